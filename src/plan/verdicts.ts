// Total: every object reached gets exactly one verdict with its reason; what blocks says with which flag to go on.
import { IPAM_GROUP, isCluster } from "../model/capi.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { kindKey } from "../model/object.ts";
import type { FindingCode, Scope, Verdict } from "../model/plan.ts";
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
  const isCopy = copyTest(input);
  const judged = new Map<string, Judged>();
  for (const node of graph.values()) {
    const reason = reach.moving.get(node.uid) ?? reach.shared.get(node.uid);
    const stays = reach.staying.get(node.uid);
    if (reason !== undefined) judged.set(node.uid, judgePlanned(node, reason, isCopy(node), input));
    else if (stays !== undefined) {
      judged.set(node.uid, { kind: node.kind, verdict: { kind: "keep", reason: stays } });
    }
  }
  return judged;
}

function judgePlanned(node: GraphNode, reason: string, copy: boolean, input: JudgeInput): Judged {
  const kind = commonKind(node.kind, input.targetKinds.get(kindKey(node.id)));
  const obstacle = OBSTACLES.find((one) => one.blocks({ node, copy, kind, input }));
  if (obstacle !== undefined || kind === undefined) {
    return {
      kind: kind ?? node.kind,
      code: obstacle?.code ?? "KIND_MISSING_IN_TARGET",
      verdict: { kind: "blocked", reason: obstacle?.reason ?? "its kind is missing in the target" },
    };
  }
  if (!copy) return { kind, verdict: { kind: "move", reason } };
  return { kind, verdict: { kind: "copy", reason: `${reason}, ${sharedBecause(node, input)}` } };
}

function sharedBecause(node: GraphNode, { reach }: JudgeInput): string {
  if (!node.kind.namespaced) return "cluster-scoped";
  const stays = reach.staying.get(node.uid);
  return stays === undefined ? "shared through its owners" : `shared: also ${stays}`;
}

interface Case {
  readonly node: GraphNode;
  readonly copy: boolean;
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
    blocks: ({ node, input }) =>
      isForeign(node) &&
      node.owners.some((uid) => input.reach.moving.has(uid)) &&
      !included(node, input),
  },
  {
    code: "FOREIGN_OWNER",
    reason: "a built-in kind that Cluster API does not move, but an owner of a moved object",
    blocks: ({ node, input }) => isForeign(node) && !included(node, input),
  },
  {
    code: "OBJECT_BEING_DELETED",
    reason: "it is being deleted",
    blocks: ({ node }) => node.object.metadata.deletionTimestamp !== undefined,
  },
  {
    code: "KIND_MISSING_IN_TARGET",
    reason: "its kind is missing in the target",
    blocks: ({ kind }) => kind === undefined,
  },
  {
    code: "OWNER_STAYS",
    reason: "it stays, but owns a moved object",
    blocks: ({ node, input }) => isCluster(node.id) && !input.reach.moving.has(node.uid),
  },
  {
    code: "POOL_SHARED",
    reason: "both clusters would hand out from it",
    blocks: ({ node, input }) => isPool(node) && input.reach.staying.has(node.uid),
  },
];

function included(node: GraphNode, { scope }: JudgeInput): boolean {
  return isNamed(node, scope.include);
}

/** Built-in and neither Secret nor ConfigMap. */
function isForeign(node: GraphNode): boolean {
  const key = kindKey(node.id);
  return node.kind.crd === undefined && key !== "Secret" && key !== "ConfigMap";
}

function isPool(node: GraphNode): boolean {
  return node.id.group === IPAM_GROUP && node.id.kind.endsWith("Pool");
}

/**
 * Copied and kept: cluster-scoped, also below a root that stays, or below nothing but such objects.
 * An address of a global pool is owned by the claim of a moved machine too: it moves.
 */
function copyTest({ graph, reach, scope }: JudgeInput): (node: GraphNode) => boolean {
  const known = new Map<string, boolean>();
  const isCopy = (node: GraphNode): boolean => {
    const before = known.get(node.uid);
    if (before !== undefined) return before;
    // Members of an owner cycle decide by their owners outside the cycle.
    known.set(node.uid, true);
    const answer = decide(node);
    known.set(node.uid, answer);
    return answer;
  };
  const decide = (node: GraphNode): boolean => {
    if (!node.kind.namespaced || reach.staying.has(node.uid) || reach.shared.has(node.uid))
      return true;
    if (isRoot(node) || isNamed(node, scope.include)) return false;
    const above = [
      ...node.owners,
      ...node.softOwners.filter((edge) => edge.reachesDown).map((edge) => edge.owner),
    ].flatMap((uid) =>
      reach.moving.has(uid) || reach.shared.has(uid) ? (graph.get(uid) ?? []) : [],
    );
    return above.length > 0 && above.every(isCopy);
  };
  return isCopy;
}
