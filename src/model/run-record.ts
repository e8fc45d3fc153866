// What a run writes down before it acts: enough for any machine with both kubeconfigs to finish or undo it.
// Never bodies: they hold Secrets. The copies in the target carry what a resume needs of each object.
import type { ClusterIdentity } from "./inventory.ts";
import type { ObjectRef } from "./plan.ts";

/**
 * `started` until the first pause; `frozen`, `copying`, `verified` before the point of no return;
 * `committed` is that point when it stands in the source's record; `done` and `rolled-back` are ends.
 */
export type Phase =
  | "started"
  | "frozen"
  | "copying"
  | "verified"
  | "committed"
  | "done"
  | "rolling-back"
  | "rolled-back";

export interface RunRecord {
  readonly version: 1;
  readonly run: string;
  readonly phase: Phase;
  /** Raised by every process that takes the run over; a conditional write with an old one fails. */
  readonly epoch: number;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly tool: { readonly version: string; readonly user: string; readonly host: string };
  readonly source: ClusterIdentity;
  readonly target: ClusterIdentity;
  readonly whole: boolean;
  readonly namespaces: readonly string[];
  readonly clusters: readonly string[];
  readonly include: readonly ObjectRef[];
  readonly leave: readonly ObjectRef[];
  readonly assumeHeld: readonly string[];
  readonly status: "restore" | "drop";
  /** Namespaces that this run creates in the target. */
  readonly createdNamespaces: readonly string[];
  /** How many objects the plan moves and copies. */
  readonly objects: { readonly move: number; readonly copy: number };
  /** Per Cluster what it was before: for the proof afterwards. Names and providerIDs only as a digest. */
  readonly fleet: readonly FleetEntry[];
  /** Filled when the run has ended. */
  readonly outcome?: { readonly seconds: number; readonly secondsPaused: number };
}

export interface FleetEntry {
  /** `ns/name`. */
  readonly cluster: string;
  readonly available: boolean;
  readonly machines: number;
  /** SHA-256 of sorted `name providerID` lines of its Machines. */
  readonly digest: string;
}

/** Has a run in this phase nothing left to do? */
export function isClosed(phase: Phase): boolean {
  return phase === "done" || phase === "rolled-back";
}
