// What a flag is: the normaliser, the help, completion, the man page and the suggestions read the tables of these.
import type { ClusterName } from "../model/error.ts";

/** What Tab offers for a value: files, entries of a kubeconfig, or what the server of a cluster knows. */
export interface Offer {
  readonly what: "files" | "contexts" | "entries" | "users" | "namespaces" | "clusters";
  readonly of: ClusterName;
}

export interface Flag {
  readonly long: string;
  readonly short?: string;
  /** Other names of the same flag: clusterctl's. */
  readonly aliases?: readonly string[];
  /** What stands for the value in help, words that it may be with bars between them; absent: a switch. */
  readonly value?: string;
  readonly repeatable?: boolean;
  /** As help prints it. */
  readonly default: string;
  readonly about: string;
  readonly offers?: Offer;
  /** Shown by the command `options`, and not in the help of each command. */
  readonly isGlobal?: boolean;
  /** Its value is never printed. */
  readonly isSecret?: boolean;
}

/** The only words that a value may be; empty for free text. */
export function choicesOf({ value }: Flag): readonly string[] {
  return value?.includes("|") === true ? value.split("|") : [];
}
