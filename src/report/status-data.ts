// A status as data for programs: `status -o json|yaml`. docs/status.md is the contract; fields are only added. Pure.
import type { ClusterName } from "../model/error.ts";
import type { ClusterIdentity } from "../model/inventory.ts";
import type { Phase, RunRecord, Tool } from "../model/run-record.ts";
import type {
  LockState,
  LookedAt,
  Marks,
  Originals,
  RunSide,
  RunState,
  RunStatus,
  StatusState,
  Stray,
} from "../model/status.ts";
import type { CommandLine, StatusView } from "./status-text.ts";

export interface StatusData {
  readonly apiVersion: "capi-pivot.github.io/v1alpha1";
  readonly kind: "Status";
  readonly time: string;
  readonly state: StatusState;
  readonly clusters: readonly ClusterData[];
  readonly runs: readonly RunData[];
  readonly strays: readonly Stray[];
  readonly commands: readonly CommandLine[];
}

interface ClusterData extends ClusterIdentity {
  readonly role?: ClusterName;
  readonly namespace: boolean;
  readonly lock?: LockState;
  readonly unlisted: readonly string[];
  readonly uncounted?: string;
}

interface RunData
  extends Pick<
    RunRecord,
    "run" | "phase" | "startedAt" | "updatedAt" | "whole" | "namespaces" | "clusters"
  > {
  readonly state: RunState;
  readonly decidedBy: ClusterName;
  readonly tool: Tool;
  readonly takenOverBy?: Tool;
  readonly source: ClusterIdentity;
  readonly target: ClusterIdentity;
  readonly objects: RunRecord["objects"];
  readonly pausedAt?: string;
  readonly note?: string;
  readonly outcome?: RunRecord["outcome"];
  readonly inSource?: SourceData;
  readonly inTarget?: TargetData;
}

interface SourceData {
  readonly phase?: Phase;
  readonly originals?: Originals;
  readonly pausedRoots?: number;
  readonly cut?: number;
  readonly controllers?: {
    readonly recorded: number;
    readonly marked: number;
    readonly atZero: number;
  };
}

interface TargetData {
  readonly phase?: Phase;
  readonly copies?: { readonly move: number; readonly copy: number; readonly paused: number };
  readonly components?: number;
  readonly namespaces?: number;
}

/** Plain values only: what JSON and YAML can write. */
export function statusData({ status, commands }: StatusView): StatusData {
  return {
    apiVersion: "capi-pivot.github.io/v1alpha1",
    kind: "Status",
    time: status.time,
    state: status.state,
    clusters: status.clusters.map(clusterData),
    runs: status.runs.map(runData),
    strays: status.strays,
    commands,
  };
}

function clusterData(cluster: LookedAt): ClusterData {
  const { identity, role, hasNamespace, lock, unlisted, uncounted } = cluster;
  return {
    ...(role === undefined ? {} : { role }),
    ...identityData(identity),
    namespace: hasNamespace,
    ...(lock === undefined ? {} : { lock }),
    unlisted,
    ...(uncounted === undefined ? {} : { uncounted }),
  };
}

function identityData({ context, server, version, uid }: ClusterIdentity): ClusterIdentity {
  return { context, server, version, uid };
}

function runData({ record, state, decidedBy, source, target }: RunStatus): RunData {
  const { run, phase, startedAt, updatedAt, tool, whole, namespaces, clusters } = record;
  return {
    ...{ run, state, phase, decidedBy, startedAt, updatedAt },
    tool: toolData(tool),
    source: identityData(record.source),
    target: identityData(record.target),
    ...{ whole, namespaces, clusters },
    objects: { move: record.objects.move, copy: record.objects.copy },
    ...laterData(record),
    ...(source === undefined ? {} : { inSource: sourceData(source, record) }),
    ...(target === undefined ? {} : { inTarget: targetData(target) }),
  };
}

function toolData({ version, user, host }: Tool): Tool {
  return { version, user, host };
}

/** What a record says from some moment on. */
function laterData({ takenOverBy, pausedAt, note, outcome }: RunRecord): Partial<RunData> {
  return {
    ...(takenOverBy === undefined ? {} : { takenOverBy: toolData(takenOverBy) }),
    ...(pausedAt === undefined ? {} : { pausedAt }),
    ...(note === undefined ? {} : { note }),
    ...(outcome === undefined
      ? {}
      : { outcome: { seconds: outcome.seconds, secondsPaused: outcome.secondsPaused } }),
  };
}

function sourceData(side: RunSide, { replicas }: RunRecord): SourceData {
  const { phase, originals, marks } = side;
  return {
    ...(phase === undefined ? {} : { phase }),
    ...(originals === undefined ? {} : { originals }),
    ...(marks === undefined ? {} : sourceMarks(marks, replicas.length)),
  };
}

function sourceMarks(marks: Marks, recorded: number): SourceData {
  const { pausedRoots, cut, controllers, atZero } = marks;
  return { pausedRoots, cut, controllers: { recorded, marked: controllers, atZero } };
}

function targetData({ phase, marks }: RunSide): TargetData {
  return {
    ...(phase === undefined ? {} : { phase }),
    ...(marks === undefined ? {} : targetMarks(marks)),
  };
}

function targetMarks({ moved, shared, pausedCopies, components, namespaces }: Marks): TargetData {
  return { copies: { move: moved, copy: shared, paused: pausedCopies }, components, namespaces };
}
