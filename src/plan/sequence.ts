// Planned objects -> groups in which every owner comes before what it owns. Cycles are cut, and said to be.
import type { GraphNode, ObjectGraph } from "./graph.ts";

/** Create order by uid, and the owner references that had to be cut to find one. */
export interface Sequence {
  readonly groups: readonly (readonly string[])[];
  /** dependent uid -> owner uids, to be put back when every owner exists. */
  readonly cut: ReadonlyMap<string, readonly string[]>;
}

/** Layers the planned objects. Pure; the order inside a group is that of the graph, i.e. sorted. */
export function sequence(graph: ObjectGraph, planned: ReadonlySet<string>): Sequence {
  const nodes = [...graph.values()].filter((node) => planned.has(node.uid));
  const inPlan = (uid: string) => planned.has(uid);
  const hard = new Map(nodes.map((node) => [node.uid, node.owners.filter(inPlan)]));
  const cut = ownersFirst(nodes, hard).closing;
  const levels = levelsOf(nodes, addSoftEdges(nodes, without(hard, cut), inPlan));
  const groups: string[][] = [];
  for (const node of nodes) {
    const level = levels.get(node.uid) ?? 0;
    const group = groups[level] ?? [];
    group.push(node.uid);
    groups[level] = group;
  }
  return { groups, cut };
}

type EdgeMap = ReadonlyMap<string, readonly string[]>;

/** A walk along owner edges: everything after its owners, but for the edges that close a cycle. */
interface OwnersFirst {
  readonly order: string[];
  readonly closing: Map<string, readonly string[]>;
  readonly state: Map<string, "open" | "done">;
  /** From a start up to where the walk is. */
  readonly path: { readonly uid: string; readonly owners: Iterator<string> }[];
  readonly edges: EdgeMap;
}

/** Depth-first in sorted order. No recursion: a chain of owners may be longer than the stack. */
function ownersFirst(nodes: readonly GraphNode[], edges: EdgeMap): OwnersFirst {
  const walk: OwnersFirst = {
    order: [],
    closing: new Map(),
    state: new Map(),
    path: [],
    edges,
  };
  for (const { uid } of nodes) {
    if (!walk.state.has(uid)) enter(walk, uid);
    for (let top = walk.path.at(-1); top !== undefined; top = walk.path.at(-1)) {
      const { value: owner, done } = top.owners.next();
      if (done === true) leave(walk, top.uid);
      else meet(walk, top.uid, owner);
    }
  }
  return walk;
}

function enter({ state, path, edges }: OwnersFirst, uid: string): void {
  state.set(uid, "open");
  path.push({ uid, owners: (edges.get(uid) ?? []).values() });
}

function leave({ state, path, order }: OwnersFirst, uid: string): void {
  state.set(uid, "done");
  path.pop();
  order.push(uid);
}

/** An edge to an object still on the path closes a cycle. */
function meet(walk: OwnersFirst, uid: string, owner: string): void {
  const seen = walk.state.get(owner);
  if (seen === undefined) enter(walk, owner);
  else if (seen === "open") walk.closing.set(uid, [...(walk.closing.get(uid) ?? []), owner]);
}

function without(edges: EdgeMap, cut: EdgeMap): EdgeMap {
  return new Map(
    [...edges].map(([uid, owners]) => {
      const gone = cut.get(uid) ?? [];
      return [uid, owners.filter((owner) => !gone.includes(owner))];
    }),
  );
}

/** Adds each soft edge unless it would close a cycle: order by convention yields to order by reference. */
function addSoftEdges(
  nodes: readonly GraphNode[],
  hard: EdgeMap,
  inPlan: (uid: string) => boolean,
): EdgeMap {
  const merged = new Map([...hard].map(([uid, owners]) => [uid, [...owners]]));
  for (const node of nodes) {
    const owners = merged.get(node.uid) ?? [];
    for (const edge of node.softOwners) {
      const wanted = edge.orders && inPlan(edge.owner) && !owners.includes(edge.owner);
      if (wanted && !reaches(merged, edge.owner, node.uid)) owners.push(edge.owner);
    }
  }
  return merged;
}

function reaches(edges: EdgeMap, from: string, to: string): boolean {
  const seen = new Set([from]);
  const queue = [from];
  for (const uid of queue) {
    if (uid === to) return true;
    const next = (edges.get(uid) ?? []).filter((owner) => !seen.has(owner));
    for (const owner of next) seen.add(owner);
    queue.push(...next);
  }
  return false;
}

/** The length of the longest way up. */
function levelsOf(nodes: readonly GraphNode[], edges: EdgeMap): ReadonlyMap<string, number> {
  const levels = new Map<string, number>();
  for (const uid of ownersFirst(nodes, edges).order) {
    const above = (edges.get(uid) ?? []).map((owner) => levels.get(owner) ?? 0);
    levels.set(uid, 1 + Math.max(-1, ...above));
  }
  return levels;
}
