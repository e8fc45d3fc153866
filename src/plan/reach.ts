// The walk: what hangs below the chosen roots, what hangs below the others, and which owners must come along.
import { CRS_BINDING_KIND, CRS_KIND } from "../model/capi.ts";
import { kindKey } from "../model/object.ts";
import type { Scope } from "../model/plan.ts";
import type { GraphNode, ObjectGraph } from "./graph.ts";
import { isChosen, isNamed, isProviderObject, isRoot, isWhole } from "./roots.ts";

/** How an object was reached: the first root above it, in words. */
export type Reached = ReadonlyMap<string, string>;

export interface Reach {
  /** Below a chosen root, or pulled in by something that is. */
  readonly moving: Reached;
  /** Below a root that stays where it is. */
  readonly staying: Reached;
  /** Owners of planned objects that belong to roots that stay: shared. */
  readonly shared: Reached;
  /** Edges cut by `--leave`: dependent uid -> owner uids. */
  readonly left: ReadonlyMap<string, readonly string[]>;
}

/** Walks the graph. Pure and total: repeated until nothing new is pulled in. */
export function reach(graph: ObjectGraph, scope: Scope): Reach {
  const nodes = [...graph.values()];
  const stays = new Set(nodes.filter((node) => isNamed(node, scope.leave)).map(({ uid }) => uid));
  const roots = nodes.filter((node) => isRoot(node) && !stays.has(node.uid));
  const moving = new Map<string, string>();
  const staying = new Map<string, string>();
  const walk = walker(graph, stays);
  for (const node of roots.filter((one) => isChosen(one, scope)))
    walk(node, moving, rootReason(node));
  for (const node of roots.filter((one) => !isChosen(one, scope)))
    walk(node, staying, rootReason(node));
  for (const node of nodes.filter((one) => isNamed(one, scope.include))) {
    walk(node, moving, "named by --include");
  }
  if (isWhole(scope)) takeUnowned(nodes, moving, walk, stays);
  const shared = joinOwners(graph, { moving, staying, walk, stays });
  return { moving, staying, shared, left: leftEdges(graph, stays, moving) };
}

type Walk = (from: GraphNode, into: Map<string, string>, reason: string) => void;

function walker(graph: ObjectGraph, stays: ReadonlySet<string>): Walk {
  return (from, into, reason) => {
    const isNew = (node: GraphNode) => !into.has(node.uid) && !stays.has(node.uid);
    if (!isNew(from)) return;
    into.set(from.uid, reason);
    const queue = [from];
    for (const node of queue) {
      const found = hangingFrom(node, graph).filter(isNew);
      for (const next of found) into.set(next.uid, `below ${from.label}`);
      queue.push(...found);
    }
  };
}

/** What is directly below. A binding follows the Cluster it is about, not the set that made it. */
function hangingFrom(node: GraphNode, graph: ObjectGraph): readonly GraphNode[] {
  const isSet = kindKey(node.id) === CRS_KIND;
  return [...node.dependents, ...node.softDependents].flatMap((uid) => {
    const below = graph.get(uid);
    if (below === undefined || (isSet && followsCluster(below))) return [];
    return [below];
  });
}

function followsCluster(node: GraphNode): boolean {
  return kindKey(node.id) === CRS_BINDING_KIND && node.softOwners.some((edge) => edge.reachesDown);
}

function rootReason(node: GraphNode): string {
  return isRoot(node) ? `root ${node.id.kind}` : "unowned";
}

/** In a whole pivot nothing of a provider stays behind, whether or not anything refers to it. */
function takeUnowned(
  nodes: readonly GraphNode[],
  moving: Map<string, string>,
  walk: Walk,
  stays: ReadonlySet<string>,
): void {
  const candidates = nodes.filter((node) => isProviderObject(node) && !stays.has(node.uid));
  const isTop = (node: GraphNode) => node.owners.length === 0;
  // Owners before the owned, so that a dependent's reason names what it hangs below.
  for (const node of [...candidates.filter(isTop), ...candidates]) {
    if (!moving.has(node.uid)) walk(node, moving, "unowned, of a provider's kind");
  }
}

interface Join {
  readonly moving: Map<string, string>;
  readonly staying: Map<string, string>;
  readonly walk: Walk;
  readonly stays: ReadonlySet<string>;
}

/** Live owners of planned objects join; owners that belong to roots that stay are shared, with what is below them. */
function joinOwners(graph: ObjectGraph, join: Join): Reached {
  const shared = new Map<string, string>();
  for (let before = -1; before !== join.moving.size + shared.size; ) {
    before = join.moving.size + shared.size;
    for (const uid of [...join.moving.keys(), ...shared.keys()].sort(byLabel(graph))) {
      const node = graph.get(uid);
      if (node !== undefined) joinOwnersOf(node, graph, join, shared);
    }
  }
  return shared;
}

function byLabel(graph: ObjectGraph): (a: string, b: string) => number {
  const order = new Map([...graph.keys()].map((uid, index) => [uid, index]));
  return (a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0);
}

function joinOwnersOf(
  node: GraphNode,
  graph: ObjectGraph,
  join: Join,
  shared: Map<string, string>,
): void {
  const softly = node.softOwners.filter((edge) => edge.joinsUp).map((edge) => edge.owner);
  const missing = [...node.owners, ...softly].filter(
    (uid) => !(join.stays.has(uid) || join.moving.has(uid) || shared.has(uid)),
  );
  for (const owner of missing.flatMap((uid) => graph.get(uid) ?? [])) {
    const reason = `owner of ${node.label}`;
    if (!join.staying.has(owner.uid)) join.walk(owner, join.moving, reason);
    else if (join.moving.has(node.uid)) shareHierarchy(owner, graph, shared, reason);
    else shared.set(owner.uid, reason);
  }
}

/** A shared class or set is useless without its templates and resources; bindings of clusters that stay are not. */
function shareHierarchy(
  owner: GraphNode,
  graph: ObjectGraph,
  shared: Map<string, string>,
  reason: string,
): void {
  shared.set(owner.uid, reason);
  for (const node of hangingFrom(owner, graph)) {
    if (!shared.has(node.uid) && kindKey(node.id) !== CRS_BINDING_KIND) {
      shareHierarchy(node, graph, shared, `below ${owner.label}`);
    }
  }
}

/** `--leave` cuts every owner reference of the named object that leads into the plan. */
function leftEdges(
  graph: ObjectGraph,
  stays: ReadonlySet<string>,
  moving: Reached,
): ReadonlyMap<string, readonly string[]> {
  const left = new Map<string, readonly string[]>();
  for (const uid of stays) {
    const owners = (graph.get(uid)?.owners ?? []).filter((owner) => moving.has(owner));
    if (owners.length > 0) left.set(uid, owners);
  }
  return left;
}
