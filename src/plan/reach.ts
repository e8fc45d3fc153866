// The walk: what hangs below the chosen roots, what hangs below the others, and which owners must come along.
import { CRS_BINDING_KIND, CRS_KIND, isCluster, isIpPool } from "../model/capi.ts";
import { kindKey } from "../model/object.ts";
import type { Scope } from "../model/plan.ts";
import type { GraphNode, ObjectGraph } from "./graph.ts";
import { isChosen, isNamed, isProviderObject, isRoot, isWhole } from "./roots.ts";

/** How an object was reached: the first root above it, in words. */
export type Reached = ReadonlyMap<string, string>;

export interface Reach {
  /** Below a chosen root, or pulled in by something that is. */
  readonly moving: Reached;
  /** Below a root that stays where it is, or used by something that is. */
  readonly staying: Reached;
  /** Owners of planned objects that belong to what stays. */
  readonly shared: Reached;
  /** Edges cut by `--leave`: dependent uid -> owner uids. */
  readonly left: ReadonlyMap<string, readonly string[]>;
}

/** Walks the graph. Pure and total. */
export function reach(graph: ObjectGraph, scope: Scope): Reach {
  const nodes = [...graph.values()];
  const left = new Set(nodes.filter((node) => isNamed(node, scope.leave)).map(({ uid }) => uid));
  const free = nodes.filter((node) => !left.has(node.uid));
  const chosen = free.filter((node) => isRoot(node) && isChosen(node, scope));
  const included = free.filter((node) => isNamed(node, scope.include));
  const moving = new Map<string, string>();
  for (const node of chosen) walk(graph, node, moving, `root ${node.id.kind}`, left);
  for (const node of included) walk(graph, node, moving, "named by --include", left);
  const staying = stayingReach(graph, { left, moving, chosen: [...chosen, ...included] });
  if (isWhole(scope)) takeUnowned(graph, free, moving, { left, staying });
  const shared = joinOwners(graph, { left, moving, staying });
  return { moving, staying, shared, left: leftEdges(graph, left, moving) };
}

type Uids = Pick<ReadonlySet<string>, "has">;

/** Marks `from` and everything below it, but for what is `closed` or marked already. Returns what was marked. */
function walk(
  graph: ObjectGraph,
  from: GraphNode,
  into: Map<string, string>,
  reason: string,
  closed: Uids,
): readonly string[] {
  if (into.has(from.uid)) return [];
  into.set(from.uid, reason);
  const queue = [from];
  for (const node of queue) {
    for (const next of hangingFrom(node, graph)) {
      if (into.has(next.uid) || closed.has(next.uid)) continue;
      into.set(next.uid, `below ${node.label}`);
      queue.push(next);
    }
  }
  return queue.map(({ uid }) => uid);
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

interface Moved {
  readonly left: ReadonlySet<string>;
  readonly moving: Reached;
  readonly chosen: readonly GraphNode[];
}

/**
 * What hangs below the roots that stay. A root below something that moves is none of them, or a bare metal host
 * would stay, as its kind is labelled, while the machine on it moves. Neither is a pool: only who takes from it tells.
 */
function stayingReach(graph: ObjectGraph, { left, moving, chosen }: Moved): Map<string, string> {
  const staying = new Map<string, string>();
  for (const node of graph.values()) {
    // What is below both an object left behind and a moved one moves: two controllers would act on a copy.
    if (left.has(node.uid)) walk(graph, node, staying, "named by --leave", unionOf(left, moving));
  }
  const closed = new Set([...left, ...chosen.map(({ uid }) => uid)]);
  for (const node of graph.values()) {
    const stays = isRoot(node) && !isIpPool(node.id) && !moving.has(node.uid);
    if (stays) walk(graph, node, staying, "a root that stays", closed);
  }
  takeUsed(graph, staying, closed);
  return staying;
}

/** A class or set that a staying Cluster was made with is still needed where it is, chosen or not. */
function takeUsed(graph: ObjectGraph, staying: Map<string, string>, closed: Uids): void {
  // Entries that are added meanwhile are visited too.
  for (const uid of staying.keys()) {
    const node = graph.get(uid);
    if (node === undefined) continue;
    for (const used of usedBy(node, graph)) {
      walk(graph, used, staying, `used by ${node.label}`, closed);
    }
  }
}

/** The class of a Cluster, the sets of a binding. */
function usedBy(node: GraphNode, graph: ObjectGraph): readonly GraphNode[] {
  const classes = node.softOwners.filter((edge) => edge.joinsUp).map((edge) => edge.owner);
  const sets = node.owners.filter((uid) => kindKey(graph.get(uid)?.id ?? node.id) === CRS_KIND);
  const isBinding = kindKey(node.id) === CRS_BINDING_KIND;
  return [...classes, ...(isBinding ? sets : [])].flatMap((uid) => graph.get(uid) ?? []);
}

function unionOf(one: Uids, other: Uids): Uids {
  return { has: (uid) => one.has(uid) || other.has(uid) };
}

/** In a whole pivot nothing of a provider stays behind, whether or not anything refers to it. */
function takeUnowned(
  graph: ObjectGraph,
  nodes: readonly GraphNode[],
  moving: Map<string, string>,
  { left, staying }: { readonly left: Uids; readonly staying: Reached },
): void {
  const candidates = nodes.filter((node) => isProviderObject(node) && !staying.has(node.uid));
  const isTop = (node: GraphNode) => node.owners.length === 0;
  // Owners before the owned, so that a dependent's reason names what it hangs below.
  for (const node of [...candidates.filter(isTop), ...candidates]) {
    walk(graph, node, moving, "unowned, of a provider's kind", left);
  }
}

interface Join {
  readonly left: Uids;
  readonly moving: Map<string, string>;
  readonly staying: Reached;
}

/** Live owners of planned objects join; owners that belong to what stays are shared. */
function joinOwners(graph: ObjectGraph, join: Join): Reached {
  const shared = new Map<string, string>();
  const above = aboveStaying(graph, join);
  const queue = [...join.moving.keys()];
  for (const uid of queue) {
    const node = graph.get(uid);
    if (node === undefined) continue;
    for (const owner of missingOwners(node, join, shared).flatMap((one) => graph.get(one) ?? [])) {
      const reason = `owner of ${node.label}`;
      queue.push(
        ...(join.staying.has(owner.uid) || above.has(owner.uid) || isIdentityOf(node, owner)
          ? share(graph, owner, shared, reason, join.left)
          : walk(graph, owner, join.moving, reason, join.left)),
      );
    }
  }
  return shared;
}

/** Of what stays nobody has read who uses it, so it stays too. */
function isIdentityOf(node: GraphNode, { uid }: GraphNode): boolean {
  return node.softOwners.some(({ isShared = false, owner }) => isShared && owner === uid);
}

/** What owns a staying object stays too; not by way of what moves anyhow. */
function aboveStaying(graph: ObjectGraph, { left, moving, staying }: Join): ReadonlySet<string> {
  const above = new Set<string>();
  const queue = [...staying.keys()];
  for (const uid of queue) {
    for (const owner of graph.get(uid)?.owners ?? []) {
      if (above.has(owner) || moving.has(owner) || left.has(owner)) continue;
      above.add(owner);
      queue.push(owner);
    }
  }
  return above;
}

/** Owners that are not in the plan yet. A copy comes without those that stay if it has one in the plan. */
function missingOwners(node: GraphNode, join: Join, shared: Reached): readonly string[] {
  const isPlanned = (uid: string) => join.moving.has(uid) || shared.has(uid);
  const stays = join.staying.has(node.uid) || shared.has(node.uid);
  const above = [
    ...node.owners,
    ...node.softOwners.filter((edge) => edge.reachesDown).map((edge) => edge.owner),
  ];
  const hard = stays && above.some(isPlanned) ? [] : node.owners;
  const soft = node.softOwners.filter((edge) => edge.joinsUp).map((edge) => edge.owner);
  return [...hard, ...soft].filter((uid) => !(isPlanned(uid) || join.left.has(uid)));
}

/** A shared class, set or identity is useless without its templates, resources or Secret; bindings of clusters that stay are not. */
function share(
  graph: ObjectGraph,
  from: GraphNode,
  shared: Map<string, string>,
  reason: string,
  left: Uids,
): readonly string[] {
  const isIdentity = from.id.kind.endsWith("Identity") && isProviderObject(from);
  const isHierarchy = (isRoot(from) || isIdentity) && !isCluster(from.id) && !isIpPool(from.id);
  const stops = (node: GraphNode | undefined) =>
    node === undefined || isRoot(node) || kindKey(node.id) === CRS_BINDING_KIND;
  const has = (uid: string) => !isHierarchy || left.has(uid) || stops(graph.get(uid));
  return walk(graph, from, shared, reason, { has });
}

/** `--leave` cuts every owner reference of the named object that leads into the plan. */
function leftEdges(
  graph: ObjectGraph,
  left: ReadonlySet<string>,
  moving: Reached,
): ReadonlyMap<string, readonly string[]> {
  const edges = new Map<string, readonly string[]>();
  for (const uid of left) {
    const owners = (graph.get(uid)?.owners ?? []).filter((owner) => moving.has(owner));
    if (owners.length > 0) edges.set(uid, owners);
  }
  return edges;
}
