// ClusterResourceSets of the target that would act on a Cluster as soon as its copy is there: a Cluster's pause does not
// hold them (contract C6), so the run pauses them until the thaw.
import { ANNOTATION, CRS_KIND, isCluster, OURS } from "../model/capi.ts";
import type { Inventory } from "../model/inventory.ts";
import { asRecord, fieldAt, formatId, idOf, type KubeObject, kindKey } from "../model/object.ts";
import type { Finding, TargetSet } from "../model/plan.ts";
import { matchesSelector } from "../model/selector.ts";

/**
 * The sets of the target that select one of these objects, if it is a Cluster; without copies, which are paused as
 * they are made. `moved`: of the source, that leave it.
 */
export function targetSetsOf(
  target: Pick<Inventory, "objects" | "kinds">,
  moved: readonly KubeObject[],
): readonly TargetSet[] {
  const kind = target.kinds.get(CRS_KIND);
  const clusters = moved.filter((object) => isCluster(idOf(object)));
  if (kind === undefined) return [];
  return [...target.objects.values()]
    .filter((object) => kindKey(idOf(object)) === CRS_KIND && !isCopy(object))
    .flatMap((set) => {
      const selected = clusters.filter((cluster) => isSelected(cluster, set));
      if (selected.length === 0) return [];
      return [{ ...factsOf(set), kind, clusters: selected.map(pathOf).sort() }];
    })
    .sort((a, b) => (formatId(a.id) < formatId(b.id) ? -1 : 1));
}

/** By whatever run: a copy is thawed as a copy. */
function isCopy({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[OURS.sourceUid] !== undefined;
}

/** An empty selector selects nothing here (cluster-api, clusterresourceset_controller.go). */
function isSelected({ metadata }: KubeObject, set: KubeObject): boolean {
  const selector = fieldAt(set, "spec", "clusterSelector");
  const isEmpty = Object.keys(asRecord(selector) ?? {}).length === 0;
  return (
    !isEmpty &&
    metadata.namespace === set.metadata.namespace &&
    matchesSelector(selector, metadata.labels ?? {})
  );
}

function factsOf(set: KubeObject): Pick<TargetSet, "id" | "uid" | "freeze"> {
  const { uid, annotations = {} } = set.metadata;
  const isPaused = ANNOTATION.paused in annotations && !(OURS.pausedBefore in annotations);
  return { id: idOf(set), uid, freeze: isPaused ? "already" : "annotation" };
}

function pathOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** What the operator should know: these belong to the target, and the Cluster gets what they hold. */
export function targetSetFindings(
  sets: readonly TargetSet[],
  { unlisted }: Pick<Inventory, "unlisted">,
): readonly Finding[] {
  const notes = sets.map(
    ({ id, clusters, freeze }): Finding => ({
      code: "TARGET_SET_SELECTS",
      severity: "note",
      objects: [id],
      why:
        freeze === "already"
          ? `of the target selects ${clusters.join(", ")}, is paused, and stays so`
          : `of the target selects ${clusters.join(", ")}: it is paused until the thaw, and applies its resources then`,
      hint: "",
    }),
  );
  const hidden = unlisted.filter(({ kind }) => kindKey(kind) === CRS_KIND);
  return [
    ...notes,
    ...hidden.map(
      ({ message }): Finding => ({
        code: "TARGET_SET_SELECTS",
        severity: "warning",
        objects: [],
        why: `the target may not be asked for ClusterResourceSets, so none that selects a moved Cluster can be paused: ${message}`,
        hint: "grant list and patch on clusterresourcesets.addons.cluster.x-k8s.io to this user of the target, or make sure that there are none",
      }),
    ),
  ];
}
