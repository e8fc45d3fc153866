// What a run writes down before it acts: enough for any machine with both kubeconfigs to finish or undo it.
// Never bodies: they hold Secrets. The copies in the target carry what a resume needs of each object.
import type { ClusterName } from "./error.ts";
import type { ClusterIdentity } from "./inventory.ts";
import type { KubeObject, ObjectId } from "./object.ts";
import type { Scope } from "./plan.ts";

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

/** What becomes of the providers of the source after a pivot: `--source-providers`. */
export type SourceProviders = "remove" | "stop" | "keep";

/** A program and who runs it. */
export interface Tool {
  readonly version: string;
  readonly user: string;
  readonly host: string;
}

export interface RunRecord extends Scope {
  readonly version: 1;
  readonly run: string;
  readonly phase: Phase;
  /** Raised by every process that takes the run over; a conditional write with an old one fails. */
  readonly epoch: number;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly tool: Tool;
  /** Who goes on with it, when that is somebody else's process. */
  readonly takenOverBy?: Tool;
  readonly source: ClusterIdentity;
  readonly target: ClusterIdentity;
  readonly whole: boolean;
  readonly status: "restore" | "drop";
  readonly stopControllers: "auto" | "never";
  readonly sourceProviders: SourceProviders;
  /** How long the fleet is watched after the thaw; 0: not at all. */
  readonly proveForMs: number;
  readonly deleteKindCluster: boolean;
  readonly providers: "copy" | "skip";
  /** SHA-256 of what `--components` gave; undefined without. */
  readonly manifests?: string;
  /** What was confirmed, so that whoever takes the run up sees whether it is still that. */
  readonly plan: readonly KindDigest[];
  /** When the first root was paused, RFC 3339. */
  readonly pausedAt?: string;
  /** Namespaces that this run creates in the target. */
  readonly createdNamespaces: readonly string[];
  /** How many objects the plan moves and copies. */
  readonly objects: { readonly move: number; readonly copy: number };
  /** Per Cluster what it was before: for the proof afterwards. Names and providerIDs only as a digest. */
  readonly fleet: readonly FleetEntry[];
  /** Controllers of the source that this run scales to 0, in the order of stopping. Written before the first of them is. */
  readonly replicas: readonly StoppedController[];
  /** Kinds (`kindKey`) whose admission webhooks answered before that: waited for when everything is put back. */
  readonly webhooks: readonly string[];
  /** What cleaning takes away from the source, written before the first of it goes. */
  readonly cleaning?: readonly ComponentRemoval[];
  /** Said by whoever ended the run without one of its clusters. */
  readonly note?: string;
  /** Filled when the run has ended. */
  readonly outcome?: { readonly seconds: number; readonly secondsPaused: number };
}

/** The objects of one kind that a plan is about. */
export interface KindDigest {
  /** `kindKey`. */
  readonly kind: string;
  readonly objects: number;
  /** SHA-256 of sorted lines: uid, name, verdict, version and freeze of each. */
  readonly digest: string;
}

/** Components in the order of their deletion: names and uids, never bodies. */
export interface ComponentRemoval {
  readonly objects: readonly KubeObject[];
  readonly crds: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
}

/** A controller and what it was before. */
export interface StoppedController {
  readonly id: ObjectId;
  readonly uid: string;
  readonly replicas: number;
  /** Would bring others back: stopped first, started last. */
  readonly parent: boolean;
  /** Its managedFields as run/managed-fields.ts encodes them: field names, no values. */
  readonly managedFields: string;
}

export interface FleetEntry {
  /** `ns/name`. */
  readonly cluster: string;
  readonly available: boolean;
  /** `RemoteConnectionProbe` was True. */
  readonly connected: boolean;
  /** Was rolling out or scaling: its Machines come and go. */
  readonly moving: boolean;
  readonly machines: number;
  /** SHA-256 of sorted `name providerID` lines of its Machines. */
  readonly digest: string;
}

/** Of what two clusters have stored of one run, the record that decides: the source's, when there is one. */
export function decisive({
  source,
  target,
}: Readonly<Record<ClusterName, { readonly record: RunRecord } | undefined>>): RunRecord {
  const found = source ?? target;
  if (found === undefined) throw new Error("a run without a record");
  return found.record;
}

/** Has a run in this phase nothing left to do? */
export function isClosed(phase: Phase): boolean {
  return phase === "done" || phase === "rolled-back";
}
