// What runs have marked in a cluster, counted by run. Roles do not matter here: a cluster may be the source of one run and
// the target of another. Pure.
import { isCluster, OURS } from "../model/capi.ts";
import type { Inventory } from "../model/inventory.ts";
import { numberOf } from "../model/json.ts";
import { fieldAt, type KubeObject } from "../model/object.ts";
import type { Scope } from "../model/plan.ts";
import type { RunRecord } from "../model/run-record.ts";
import type { Marks, Originals } from "../model/status.ts";
import { buildGraph } from "./graph.ts";
import { reach } from "./reach.ts";
import { judge } from "./verdicts.ts";

export const NO_MARKS: Marks = {
  moved: 0,
  shared: 0,
  pausedCopies: 0,
  pausedRoots: 0,
  cut: 0,
  controllers: 0,
  atZero: 0,
  components: 0,
  namespaces: 0,
};

/** Marks by run id. */
export function marksOf({ objects, material }: Inventory): ReadonlyMap<string, Marks> {
  const byRun = new Map<string, Marks>();
  const add = (run: string | undefined, counters: readonly (keyof Marks)[]) => {
    if (run === undefined) return;
    const marks = { ...(byRun.get(run) ?? NO_MARKS) };
    for (const counter of counters) marks[counter] += 1;
    byRun.set(run, marks);
  };
  for (const { metadata, kind } of objects.values()) {
    const { annotations = {} } = metadata;
    add(annotations[OURS.run], countersOf(annotations, kind));
  }
  for (const workload of material.workloads) {
    add(workload.metadata.labels?.[OURS.run], controllerCounters(workload));
  }
  return byRun;
}

function countersOf(
  annotations: Readonly<Record<string, string>>,
  kind: string,
): readonly (keyof Marks)[] {
  const isPaused = OURS.pausedBefore in annotations;
  if (OURS.sourceUid in annotations) {
    const made = annotations[OURS.verdict] === "copy" ? "shared" : "moved";
    return isPaused ? [made, "pausedCopies"] : [made];
  }
  if (OURS.component in annotations) return ["components"];
  if (isPaused) return ["pausedRoots"];
  if (OURS.ownersBefore in annotations) return ["cut"];
  return kind === "Namespace" ? ["namespaces"] : [];
}

function controllerCounters(workload: KubeObject): readonly (keyof Marks)[] {
  const isAtZero = numberOf(fieldAt(workload, "spec", "replicas")) === 0;
  return isAtZero ? ["controllers", "atZero"] : ["controllers"];
}

/**
 * What a run moves and is still in its source: found as the plan finds it, from the roots that the run chose. Dependents
 * are deleted before their roots, so what is left can be found to the end.
 * @param target when it was looked at: tells which of them have a copy.
 */
export function originalsOf(record: RunRecord, source: Inventory, target?: Inventory): Originals {
  const scope = scopeOf(record);
  const graph = buildGraph(source);
  const judged = judge({
    graph,
    scope,
    reach: reach(graph, scope),
    // What the target serves is not asked: it takes nothing away from the source.
    targetKinds: source.kinds,
  });
  const moving = [...judged].flatMap(([uid, { verdict, code }]) => {
    const node = graph.get(uid);
    const moves = verdict.kind === "move" || code === "OBJECT_BEING_DELETED";
    return moves && node !== undefined ? [node] : [];
  });
  const counts = {
    objects: moving.length,
    clusters: moving.filter(({ id }) => isCluster(id)).length,
  };
  if (target === undefined) return counts;
  const copied = copiedUids(record.run, target);
  return { ...counts, copied: moving.filter(({ uid }) => copied.has(uid)).length };
}

/** What a run was about, out of its record. */
export function scopeOf(record: RunRecord): Scope {
  const { namespaces, clusters, excluded, include, leave, assumeHeld, controllers, ignore } =
    record;
  const { selector, allow } = record;
  return {
    ...{ namespaces, clusters, ...(selector === undefined ? {} : { selector }), excluded },
    ...{ include, leave, assumeHeld, controllers, ignore },
    ...(allow === undefined ? {} : { allow }),
  };
}

/** uids in the source of what this run has copied and not released yet. */
function copiedUids(run: string, { objects }: Inventory): ReadonlySet<string> {
  const marked = [...objects.values()].filter(
    ({ metadata }) => metadata.annotations?.[OURS.run] === run,
  );
  return new Set(marked.flatMap(({ metadata }) => metadata.annotations?.[OURS.sourceUid] ?? []));
}
