// An inventory as a graph: who owns whom, by uid, in an order that does not depend on how the lists came in.
import type { Inventory } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import {
  compareStrings,
  formatId,
  idOf,
  type KubeObject,
  kindKey,
  type ObjectId,
} from "../model/object.ts";
import type { Bodies } from "../model/plan.ts";
import { identityEdges } from "./identities.ts";
import { type SoftEdge, softEdges } from "./soft-owners.ts";

/** One object with its edges: owners in the order of its references, dependents sorted by their ids. */
export interface GraphNode {
  readonly uid: string;
  readonly id: ObjectId;
  /** `formatId(id)`: the sort key of everything deterministic. */
  readonly label: string;
  readonly object: KubeObject;
  readonly kind: ResourceKind;
  /** Owners by reference that exist. */
  readonly owners: readonly string[];
  /** Owners by reference that do not exist (uids). */
  readonly dangling: readonly string[];
  readonly softOwners: readonly SoftEdge[];
  /** What lists this object as an owner. */
  readonly dependents: readonly string[];
  /** What hangs below it softly. */
  readonly softDependents: readonly string[];
}

export type ObjectGraph = ReadonlyMap<string, GraphNode>;

/**
 * Builds the graph of all objects whose kind is known. Pure; nodes come sorted by label.
 * @param bodies what was read of them: some edges show in their specs alone.
 */
export function buildGraph(inventory: Inventory, bodies: Bodies = new Map()): ObjectGraph {
  const objects = sortedObjects(inventory);
  const known = new Set(objects.map(({ object }) => object.metadata.uid));
  const all = objects.map(({ object }) => object);
  const soft = [...softEdges(all), ...identityEdges(all, bodies)];
  const softByDependent = groupBy(soft, (edge) => edge.dependent);
  const softByOwner = groupBy(
    soft.filter((edge) => edge.reachesDown),
    (edge) => edge.owner,
  );
  const dependents = dependentsOf(objects, known);
  return new Map(
    objects.map(({ object, label, kind }) => {
      const { uid } = object.metadata;
      const owners = ownerUids(object);
      const node: GraphNode = {
        uid,
        id: idOf(object),
        label,
        object,
        kind,
        owners: owners.filter((owner) => known.has(owner)),
        dangling: owners.filter((owner) => !known.has(owner)),
        softOwners: softByDependent.get(uid) ?? [],
        dependents: dependents.get(uid) ?? [],
        softDependents: (softByOwner.get(uid) ?? []).map((edge) => edge.dependent),
      };
      return [uid, node];
    }),
  );
}

interface Labelled {
  readonly object: KubeObject;
  readonly label: string;
  readonly kind: ResourceKind;
}

function sortedObjects(inventory: Inventory): readonly Labelled[] {
  const labelled: Labelled[] = [];
  for (const object of inventory.objects.values()) {
    const id = idOf(object);
    const kind = inventory.kinds.get(kindKey(id));
    if (kind !== undefined) labelled.push({ object, label: formatId(id), kind });
  }
  return labelled.sort(
    (a, b) =>
      compareStrings(a.label, b.label) ||
      compareStrings(a.object.metadata.uid, b.object.metadata.uid),
  );
}

function ownerUids(object: KubeObject): readonly string[] {
  return [...new Set((object.metadata.ownerReferences ?? []).map((owner) => owner.uid))];
}

function dependentsOf(
  objects: readonly Labelled[],
  known: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>();
  for (const { object } of objects) {
    for (const owner of ownerUids(object)) {
      if (!known.has(owner)) continue;
      const list = dependents.get(owner) ?? [];
      list.push(object.metadata.uid);
      dependents.set(owner, list);
    }
  }
  return dependents;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item)) ?? [];
    group.push(item);
    groups.set(key(item), group);
  }
  return groups;
}
