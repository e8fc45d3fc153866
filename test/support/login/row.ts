// A row of the table of kubeconfigs.
import type { ErrorCode } from "../../../src/model/error.ts";
import type { Login } from "./ask-both.ts";
import type { LoginWorld, ProxyName } from "./login-world.ts";

interface RowBase {
  /** As the end of the sentence "the API server sees the same user with ...". */
  readonly name: string;
  readonly login: (world: LoginWorld) => Login;
  /** Our side runs in a process of its own too: the working directory matters. */
  readonly isApart?: boolean;
}

/** Either both get in as the same user, or neither does. */
export type LoginRow =
  | (RowBase & {
      /** The user's name. */
      readonly who: string;
      /** The proxies that both go through. */
      readonly via?: readonly ProxyName[];
      /** kubectl asks for a user name instead, and ends without a terminal: the one thing that we do not. */
      readonly isAskedByKubectl?: boolean;
    })
  | (RowBase & {
      /** Our error, or the status of an answer that is one; kubectl has no codes. */
      readonly refused: ErrorCode | `HTTP ${number}`;
      /** Part of our message. */
      readonly words?: string;
    });
