// The world as commands see it: streams, environment, signals, and how a session between two clusters is opened.
import type { Readable, Writable } from "node:stream";
import type { BaseContext } from "clipanion";
import type { ClusterName } from "../model/error.ts";
import type { Emit, Summary } from "../model/event.ts";
import type { Preview } from "../model/preview.ts";
import type { Components } from "../model/provider.ts";
import type { Status } from "../model/status.ts";
import type { Environment } from "../report/screen.ts";
import type { Interrupted, Standing } from "../take-up.ts";
import type { KubeconfigChoice, RawClusterFlags, TargetChoice } from "./cluster-flags.ts";
import type { Offer } from "./flag.ts";
import type { PivotFlags } from "./options.ts";
import type { SignalSource } from "./signals.ts";
import type { StatusFlags } from "./status-flags.ts";

export type TerminalInput = Readable & { readonly isTTY?: boolean };
export type TerminalOutput = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Two clusters that can be talked to; nothing has been asked of them yet. */
export interface Session {
  /** Reads only. */
  preview(): Promise<Preview>;
  run(preview: Preview): Promise<Summary>;
  /** Reads only: the run between these two that has not come to its end. `lost`: gone for good, not asked. */
  interrupted(lost: ClusterName | undefined): Promise<Interrupted>;
  resume(found: Standing): Promise<Summary>;
  rollBack(found: Standing): Promise<void>;
  /** Removes locks without a run. Resolves to whether there were any. */
  clearUp(): Promise<boolean>;
  close(): void;
}

export interface SessionRequest {
  readonly flags: PivotFlags;
  /** Read from the files of `--components`, by owner. */
  readonly manifests: readonly Components[];
  readonly emit: Emit;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Undefined: nobody reads it. */
  readonly log: ((level: number, line: string) => void) | undefined;
  /** Something is about to ask questions on the terminal. */
  readonly beforeCredentialPlugin: () => void;
  readonly env: Environment;
}

/** One cluster, or two, that can be looked at; nothing has been asked of them yet. */
export interface Look {
  /** Reads only. */
  status(): Promise<Status>;
  /** Servers (host and port) by context, of the kubeconfig of the first cluster. */
  servers(): Promise<ReadonlyMap<string, string>>;
  close(): void;
}

export interface LookRequest
  extends Pick<SessionRequest, "signal" | "log" | "beforeCredentialPlugin" | "env"> {
  readonly flags: StatusFlags;
}

/** Short questions, outside of a session. */
export interface Enquiries {
  /** Versions of the servers that are given; never throws for one that does not answer. */
  versions(request: VersionsRequest): Promise<readonly ServerAnswer[]>;
  /** What Tab offers, unsorted; nothing when the answer would take too long or cannot be had. */
  offers(request: OffersRequest): Promise<readonly string[]>;
}

export interface VersionsRequest
  extends Pick<SessionRequest, "signal" | "log" | "beforeCredentialPlugin" | "env"> {
  readonly source: KubeconfigChoice;
  readonly target: TargetChoice | undefined;
  readonly requestTimeoutMs: number;
}

export interface ServerAnswer {
  readonly cluster: ClusterName;
  /** The version, with where it is from, or why there is none. */
  readonly answer: ServerVersion | { readonly error: unknown };
}

export interface ServerVersion {
  readonly context: string;
  readonly server: string;
  readonly gitVersion: string;
  readonly platform: string;
}

export interface OffersRequest {
  readonly offer: Offer;
  /** The flags typed so far. */
  readonly flags: RawClusterFlags;
  readonly env: Environment;
}

export interface Io {
  readonly stdin: TerminalInput;
  readonly stdout: TerminalOutput;
  readonly stderr: TerminalOutput;
  readonly env: Environment;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
  readonly signals: SignalSource;
  /** Ends the process at once, after saying so on stderr. */
  readonly exitNow: (code: number, line: string) => void;
  readonly openSession: (request: SessionRequest) => Promise<Session>;
  readonly openLook: (request: LookRequest) => Promise<Look>;
  readonly openEnquiries: () => Promise<Enquiries>;
}

/** `argv` as the normaliser left it: one word per flag, the value in it. */
export type CliContext = BaseContext & { readonly io: Io; readonly argv: readonly string[] };
