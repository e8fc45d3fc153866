// Total: every object reached gets exactly one verdict with its reason; what blocks says with which flag to go on.
import { isCluster, isIpPool } from "../model/capi.ts";
import type { FindingCode } from "../model/finding-codes.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { kindKey } from "../model/object.ts";
import type { Scope, Verdict } from "../model/plan.ts";
import type { GraphNode, ObjectGraph } from "./graph.ts";
import type { Reach } from "./reach.ts";
import { isNamed, isRoot } from "./roots.ts";
import { commonKind } from "./versions.ts";

/** A verdict with the kind at the version both clusters speak, and the code of the finding when it blocks. */
export interface Judged {
  readonly verdict: Verdict;
  readonly kind: ResourceKind;
  readonly code?: FindingCode;
}

export interface JudgeInput {
  readonly graph: ObjectGraph;
  readonly reach: Reach;
  readonly scope: Scope;
  readonly targetKinds: ReadonlyMap<string, ResourceKind>;
}

/** Verdicts by uid, for every object that a root reaches. */
export function judge(input: JudgeInput): ReadonlyMap<string, Judged> {
  const { graph, reach } = input;
  const movers = moversOf(input);
  const judged = new Map<string, Judged>();
  for (const node of graph.values()) {
    const reason = reach.moving.get(node.uid) ?? reach.shared.get(node.uid);
    const stays = reach.staying.get(node.uid);
    if (reason !== undefined) judged.set(node.uid, judgePlanned(node, reason, movers, input));
    else if (stays !== undefined) {
      judged.set(node.uid, { kind: node.kind, verdict: { kind: "keep", reason: stays } });
    }
  }
  return judged;
}

function judgePlanned(
  node: GraphNode,
  reason: string,
  movers: ReadonlySet<string>,
  input: JudgeInput,
): Judged {
  const kind = commonKind(node.kind, input.targetKinds.get(kindKey(node.id)));
  const one: Case = { node, movers, kind, input };
  const obstacle = OBSTACLES.find(({ blocks }) => blocks(one));
  if (obstacle !== undefined) {
    const verdict = { kind: "blocked", reason: obstacle.reason } as const;
    return { kind: kind ?? node.kind, code: obstacle.code, verdict };
  }
  if (kind === undefined || isIdle(one)) {
    return { kind: node.kind, verdict: { kind: "keep", reason: `${reason}, which stays too` } };
  }
  if (movers.has(node.uid)) return { kind, verdict: { kind: "move", reason } };
  return {
    kind,
    verdict: { kind: "copy", reason: `${reason}, ${sharedBecause(node, reason, input)}` },
  };
}

function sharedBecause(node: GraphNode, reason: string, { reach }: JudgeInput): string {
  if (!node.kind.namespaced) return "cluster-scoped";
  const stays = reach.staying.get(node.uid);
  if (stays === reason) return "shared through its owners";
  if (stays !== undefined) return `shared: also ${stays}`;
  return reach.shared.has(node.uid) ? "shared with what stays" : "shared through its owners";
}

interface Case {
  readonly node: GraphNode;
  /** What leaves the source; the rest of the plan is copied and kept. */
  readonly movers: ReadonlySet<string>;
  readonly kind: ResourceKind | undefined;
  readonly input: JudgeInput;
}

interface Obstacle {
  readonly code: FindingCode;
  readonly reason: string;
  readonly blocks: (one: Case) => boolean;
}

/** First match wins. */
const OBSTACLES: readonly Obstacle[] = [
  {
    code: "FOREIGN_DEPENDENT",
    reason: "a built-in kind that Cluster API does not move, but owned by a moved object",
    blocks: (one) => isForeign(one) && one.node.owners.some((uid) => one.movers.has(uid)),
  },
  {
    code: "FOREIGN_OWNER",
    reason: "a built-in kind that Cluster API does not move, but an owner of a moved object",
    blocks: (one) => isForeign(one) && !isIdle(one),
  },
  {
    code: "OBJECT_BEING_DELETED",
    reason: "it is being deleted",
    blocks: (one) => !isIdle(one) && one.node.object.metadata.deletionTimestamp !== undefined,
  },
  {
    code: "KIND_MISSING_IN_TARGET",
    reason: "its kind is missing in the target",
    blocks: (one) => !isIdle(one) && one.kind === undefined,
  },
  {
    code: "OWNER_STAYS",
    reason: "it stays, but a moved object needs it",
    // Never a copy: nothing would keep the controllers of both clusters off it.
    blocks: ({ node, movers }) => isCluster(node.id) && !movers.has(node.uid),
  },
  {
    code: "POOL_SHARED",
    reason: "both clusters would hand out from it",
    blocks: ({ node, input }) => isIpPool(node.id) && isInUseBySource(node, input.reach),
  },
];

/** Built-in and neither Secret nor ConfigMap, and not asked for: neither by flag nor by label. */
function isForeign({ node, input }: Pick<Case, "node" | "input">): boolean {
  const key = kindKey(node.id);
  const isBuiltIn = node.kind.crd === undefined && key !== "Secret" && key !== "ConfigMap";
  return isBuiltIn && !isRoot(node) && !isNamed(node, input.scope.include);
}

/** A built-in kind below nothing but copies: its owners stay, so it does, and nobody needs it in the target. */
function isIdle(one: Case): boolean {
  const { node, movers, input } = one;
  if (!isForeign(one) || node.owners.some((uid) => movers.has(uid))) return false;
  return !node.dependents.some((uid) => {
    const below = input.graph.get(uid);
    return below !== undefined && isPlanned(uid, input.reach) && !isForeign({ node: below, input });
  });
}

function isPlanned(uid: string, { moving, shared }: Reach): boolean {
  return moving.has(uid) || shared.has(uid);
}

/** Does anything that stays take from this pool? */
function isInUseBySource(
  { uid, dependents }: GraphNode,
  { staying, shared, left }: Reach,
): boolean {
  if (staying.has(uid) || shared.has(uid)) return true;
  return dependents.some((one) => staying.has(one) && !left.has(one));
}

/**
 * What leaves the source. Copied and kept is the rest of the plan: what is cluster-scoped, what is also below a root
 * that stays, and what is below nothing but such objects. An address of a global pool is owned by the claim of a
 * moved machine too: it moves.
 */
function moversOf({ graph, reach, scope }: JudgeInput): ReadonlySet<string> {
  const planned = [...graph.values()].filter(({ uid }) => isPlanned(uid, reach));
  const isKept = (node: GraphNode) =>
    !node.kind.namespaced || reach.staying.has(node.uid) || reach.shared.has(node.uid);
  const within = (node: GraphNode) => isPlanned(node.uid, reach);
  const belowKept = downFrom(graph, planned.filter(isKept), within);
  const starts = planned.filter(
    (node) =>
      !isKept(node) && (isRoot(node) || isNamed(node, scope.include) || !belowKept.has(node.uid)),
  );
  return downFrom(graph, starts, (node) => within(node) && !isKept(node));
}

/** These and everything below them, as far as `within` goes. */
function downFrom(
  graph: ObjectGraph,
  from: readonly GraphNode[],
  within: (node: GraphNode) => boolean,
): ReadonlySet<string> {
  const seen = new Set(from.map(({ uid }) => uid));
  const queue = [...from];
  for (const node of queue) {
    for (const uid of [...node.dependents, ...node.softDependents]) {
      const below = graph.get(uid);
      if (below === undefined || seen.has(uid) || !within(below)) continue;
      seen.add(uid);
      queue.push(below);
    }
  }
  return seen;
}
