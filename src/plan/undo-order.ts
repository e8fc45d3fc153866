// In which order copies are taken away again: dependents first, Clusters after everything that is paused through them,
// then what owns a Cluster, and its class, which a webhook keeps while it is in use. From the copies alone, so that no
// plan is needed to undo one. Pure.
import { CLUSTER_CLASS_KIND, isCluster } from "../model/capi.ts";
import { idOf, type KubeObject, kindKey } from "../model/object.ts";

/** Waves in the order of removal: nothing in one of them owns anything in a later one. An owner cycle is one wave. */
export function undoWaves(copies: readonly KubeObject[]): readonly (readonly KubeObject[])[] {
  const heights = heightsOf(copies);
  const above = ownersOfClusters(copies);
  const part = (object: KubeObject): number => {
    const id = idOf(object);
    if (isCluster(id)) return 1;
    return above.has(object.metadata.uid) || kindKey(id) === CLUSTER_CLASS_KIND ? 2 : 0;
  };
  const byWave = Map.groupBy(copies, (object) => {
    return `${part(object)} ${String(heights.get(object.metadata.uid) ?? 0).padStart(6, "0")}`;
  });
  return [...byWave].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, wave]) => wave);
}

/** By uid, how many generations of copies are below; whoever closes a cycle counts as a leaf. */
function heightsOf(copies: readonly KubeObject[]): ReadonlyMap<string, number> {
  const dependents = new Map<string, string[]>();
  for (const [uid, owners] of ownersByUid(copies)) {
    for (const owner of owners) dependents.set(owner, [...(dependents.get(owner) ?? []), uid]);
  }
  const heights = new Map<string, number>();
  const heightOf = (uid: string): number => {
    const known = heights.get(uid);
    if (known !== undefined) return known;
    heights.set(uid, 0);
    const below = (dependents.get(uid) ?? []).map((one) => heightOf(one) + 1);
    const height = Math.max(0, ...below);
    heights.set(uid, height);
    return height;
  };
  for (const { metadata } of copies) heightOf(metadata.uid);
  return heights;
}

/** Owners that are among the copies, by uid. */
function ownersByUid(copies: readonly KubeObject[]): ReadonlyMap<string, readonly string[]> {
  const known = new Set(copies.map(({ metadata }) => metadata.uid));
  return new Map(
    copies.map(({ metadata }) => {
      const owners = (metadata.ownerReferences ?? []).map(({ uid }) => uid);
      return [metadata.uid, owners.filter((uid) => known.has(uid))];
    }),
  );
}

/** Everything above a Cluster. */
function ownersOfClusters(copies: readonly KubeObject[]): ReadonlySet<string> {
  const owners = ownersByUid(copies);
  const clusters = copies.filter((object) => isCluster(idOf(object)));
  const above = new Set<string>();
  const queue = clusters.map(({ metadata }) => metadata.uid);
  for (const uid of queue) {
    for (const owner of owners.get(uid) ?? []) {
      if (above.has(owner)) continue;
      above.add(owner);
      queue.push(owner);
    }
  }
  return above;
}
