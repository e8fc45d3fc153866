// What `status` finds: what was read of a cluster, and what that means for its runs. Data only.
import type { ClusterName } from "./error.ts";
import type { ClusterIdentity, Inventory } from "./inventory.ts";
import type { Phase, RunRecord } from "./run-record.ts";

/** The lock of one cluster, as its holder last wrote it. Times as they are in the Lease. */
export interface LockState {
  readonly holder: string;
  readonly acquiredAt?: string;
  readonly renewedAt?: string;
  /** It runs out this long after the last renewal. */
  readonly seconds: number;
  /** Not run out by the clock of this machine: its holder may be writing right now. */
  readonly alive: boolean;
}

/** What was read of one cluster. */
export interface Look {
  readonly identity: ClusterIdentity;
  readonly lock?: LockState;
  /** Our namespace is there, labelled as ours, and not going away. */
  readonly hasNamespace: boolean;
  readonly records: readonly RunRecord[];
  /** Everything in the cluster, or why it could not be read. */
  readonly inventory: Inventory | { readonly failed: string };
  /** Groups of the API that do not answer: what they serve is not in the inventory. */
  readonly silentGroups: readonly string[];
}

/** Objects of one cluster that carry the mark of one run. */
export interface Marks {
  /** Copies made of objects that move, and of objects that are shared. */
  readonly moved: number;
  readonly shared: number;
  /** Copies that this run holds paused. */
  readonly pausedCopies: number;
  /** Originals that this run has paused. */
  readonly pausedRoots: number;
  /** Originals whose owner references this run has cut (`--leave`). */
  readonly cut: number;
  /** Controllers with the label of this run, and how many of them are at 0. */
  readonly controllers: number;
  readonly atZero: number;
  /** What was installed for providers, and other namespaces that were made. */
  readonly components: number;
  readonly namespaces: number;
}

/** What a run is in one of its clusters, when that was looked at. Without `marks` nothing could be counted. */
export interface RunSide {
  /** What its record says there; undefined: there is none. */
  readonly phase?: Phase;
  readonly marks?: Marks;
  /** Source only: objects that move and are still there, how many of them are Clusters, and how many have a copy. */
  readonly originals?: Originals;
}

export interface Originals {
  readonly objects: number;
  readonly clusters: number;
  /** When the target was looked at as well. */
  readonly copied?: number;
}

/**
 * `undecided`: only the source's record says whether the point of no return has been passed. `running`: a lock is alive.
 */
export type RunState =
  | "running"
  | "interrupted"
  | "undecided"
  | "committed"
  | "rolling-back"
  | "rolled-back"
  | "done";

/** `leftover`: a lock or our namespace without an open run; `unrecorded`: marks of a run whose record is gone. */
export type StatusState = RunState | "none" | "leftover" | "unrecorded";

export interface RunStatus {
  readonly state: RunState;
  /** The one that decides among those that were seen. */
  readonly record: RunRecord;
  readonly decidedBy: ClusterName;
  /** Absent when that cluster was not looked at. */
  readonly source?: RunSide;
  readonly target?: RunSide;
}

/** Marks of a run of which no record was found. */
export interface Stray {
  readonly run: string;
  readonly context: string;
  readonly marks: Marks;
}

export interface LookedAt {
  readonly identity: ClusterIdentity;
  /** What it is in the first run. */
  readonly role?: ClusterName;
  readonly lock?: LockState;
  readonly hasNamespace: boolean;
  /** Kinds (`kindKey`) that are not counted: this user may not list them, or (`*.GROUP`) nobody serves them. */
  readonly unlisted: readonly string[];
  /** Why nothing could be counted. */
  readonly uncounted?: string;
}

/** A command that is possible now; `lost` is a cluster that is assumed to be gone for good. */
export interface NextStep {
  readonly command: "resume" | "rollback";
  readonly lost?: ClusterName;
  /** What it does or when to take it: a phrase. */
  readonly why: string;
}

export interface Status {
  /** When the clusters were looked at, ISO 8601. */
  readonly time: string;
  /** That of the first run, unless a lock or something left over says otherwise. */
  readonly state: StatusState;
  readonly clusters: readonly LookedAt[];
  /** The one that needs somebody first, then the newest first. */
  readonly runs: readonly RunStatus[];
  readonly strays: readonly Stray[];
  readonly next: readonly NextStep[];
}
