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
  const cut = backEdges(nodes, hard);
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

/** Depth-first along owner edges in sorted order; an edge to an object still on the path closes a cycle. */
function backEdges(
  nodes: readonly GraphNode[],
  edges: EdgeMap,
): ReadonlyMap<string, readonly string[]> {
  const cut = new Map<string, string[]>();
  const state = new Map<string, "open" | "done">();
  const visit = (uid: string): void => {
    state.set(uid, "open");
    for (const owner of edges.get(uid) ?? []) {
      const seen = state.get(owner);
      if (seen === "open") cut.set(uid, [...(cut.get(uid) ?? []), owner]);
      else if (seen === undefined) visit(owner);
    }
    state.set(uid, "done");
  };
  for (const node of nodes) if (!state.has(node.uid)) visit(node.uid);
  return cut;
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

function levelsOf(nodes: readonly GraphNode[], edges: EdgeMap): ReadonlyMap<string, number> {
  const levels = new Map<string, number>();
  const levelOf = (uid: string): number => {
    const known = levels.get(uid);
    if (known !== undefined) return known;
    const level = 1 + Math.max(-1, ...(edges.get(uid) ?? []).map(levelOf));
    levels.set(uid, level);
    return level;
  };
  for (const node of nodes) levelOf(node.uid);
  return levels;
}
