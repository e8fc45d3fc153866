// What the operator must know before anything is written: one finding per code and reason, with the flag to go on.
import { ANNOTATION, isIpPool } from "../model/capi.ts";
import type { FindingCode } from "../model/finding-codes.ts";
import type { Inventory } from "../model/inventory.ts";
import { compareStrings, formatId, kindKey, type ObjectId } from "../model/object.ts";
import type { Finding, PlannedObject, Severity } from "../model/plan.ts";
import type { GraphNode, ObjectGraph } from "./graph.ts";
import { markerOf, markerText } from "./markers.ts";
import type { Judged } from "./verdicts.ts";

export interface FindingInput {
  readonly source: Inventory;
  readonly graph: ObjectGraph;
  readonly judged: ReadonlyMap<string, Judged>;
  readonly planned: readonly PlannedObject[];
  readonly cut: ReadonlyMap<string, readonly string[]>;
  /** The whole management cluster moves. */
  readonly whole: boolean;
  /** The source's controllers are stopped before anything is copied. */
  readonly isStopping: boolean;
}

/** All findings that planning alone can make, sorted: errors first, then by code. */
export function findingsOf(input: FindingInput): readonly Finding[] {
  const found = [
    ...blocked(input),
    ...unlisted(input.source),
    ...notHeld(input),
    ...cycles(input),
    ...dangling(input),
    ...ownersThatStay(input),
    ...ownersThatMove(input),
    ...poolsInTwo(input),
    ...withAnnotation(input),
    ...pausedAlready(input.planned),
  ];
  return sortFindings(found);
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** Errors first; the same findings in any order give the same list. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort(
    (a, b) =>
      RANK[a.severity] - RANK[b.severity] ||
      compareStrings(a.code, b.code) ||
      compareStrings(a.why, b.why) ||
      compareStrings(a.objects.map(formatId).join(), b.objects.map(formatId).join()),
  );
}

const BLOCK_HINTS: Readonly<Partial<Record<FindingCode, string>>> = {
  KIND_MISSING_IN_TARGET: "install the provider of this kind in the target, then run again",
  OBJECT_BEING_DELETED: "wait until the deletion has finished, then run again",
  OWNER_STAYS:
    "move that Cluster too (--cluster ns/name), or everything (no -n, --cluster, --selector or --exclude-cluster)",
  POOL_SHARED: "move every Cluster that uses the pool in one run",
};

function blocked({ graph, judged }: FindingInput): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [uid, { verdict, code }] of judged) {
    const node = graph.get(uid);
    if (verdict.kind !== "blocked" || node === undefined || code === undefined) continue;
    const edge = edgeOf(node, graph, judged);
    findings.push({
      code,
      severity: "error",
      objects: [node.id],
      why:
        code === "KIND_MISSING_IN_TARGET"
          ? `the target does not serve ${kindKey(node.id)} at any version of the source`
          : `${formatId(node.id)}: ${verdict.reason}${edge}`,
      hint: BLOCK_HINTS[code] ?? includeOrLeave(node, code, { graph, judged }),
    });
  }
  return findings;
}

/** Names the edge that led here, so that the operator sees why the object matters. */
function edgeOf(node: GraphNode, graph: ObjectGraph, judged: ReadonlyMap<string, Judged>): string {
  const owner = node.owners.find((uid) => judged.has(uid));
  if (owner !== undefined) return ` (owned by ${graph.get(owner)?.label})`;
  const dependent = node.dependents.find((uid) => judged.has(uid));
  return dependent === undefined ? "" : ` (owner of ${graph.get(dependent)?.label})`;
}

/** What is owned can be cut off; of what owns, the owned side is what can be cut off. */
function includeOrLeave(
  node: GraphNode,
  code: FindingCode,
  { graph, judged }: Pick<FindingInput, "graph" | "judged">,
): string {
  const isPlanned = (uid: string) => (judged.get(uid)?.verdict.kind ?? "keep") !== "keep";
  const dependent = graph.get(node.dependents.find(isPlanned) ?? "");
  const left = code === "FOREIGN_OWNER" && dependent !== undefined ? dependent.id : node.id;
  return `--include ${refOf(node.id)} to move it, or --leave ${refOf(left)} to cut its owner reference and leave it in the source`;
}

/** `Kind.group/ns/name`: the form that `--include` and `--leave` take. */
export function refOf(id: ObjectId): string {
  return [kindKey(id), ...(id.namespace === undefined ? [] : [id.namespace]), id.name].join("/");
}

function unlisted(source: Inventory): readonly Finding[] {
  return source.unlisted.map(({ kind, message }) => ({
    code: "KIND_NOT_LISTED",
    severity: "error",
    objects: [],
    why: `the source may not be asked for ${kind.plural}${kind.group === "" ? "" : `.${kind.group}`}, so what belongs to the clusters cannot be known: ${message}`,
    hint: `grant the rule {apiGroups: ["${kind.group}"], resources: ["${kind.plural}"], verbs: ["list"]} to this user of the source`,
  }));
}

function notHeld({ planned, isStopping }: FindingInput): readonly Finding[] {
  return planned
    .filter((object) => object.hold === "unknown" && object.verdict.kind === "move")
    .map((object) => ({
      code: "KIND_NOT_HELD",
      severity: object.hasFinalizers ? "error" : "warning",
      objects: [object.id],
      why: `nothing shows that the controller of ${kindKey(object.id)} stands still while it is moved`,
      hint: holdHint(object.id, isStopping),
    }));
}

/** A program that is named is stopped in the source, or known to be at 0; what runs in the target nobody stops. */
function holdHint(id: ObjectId, isStopping: boolean): string {
  const marker = markerOf(id);
  const pause =
    marker === undefined ? "" : `pause it yourself (annotation ${markerText(marker)}), or `;
  const named = isStopping
    ? "name that controller with --controller NAMESPACE/NAME, so that it is stopped in the source, and stop it in the target"
    : "stop that controller on both sides, and name it with --controller NAMESPACE/NAME";
  return `${pause}${named}; or vouch for it with --assume-held ${kindKey(id)}`;
}

function cycles({ graph, cut }: FindingInput): readonly Finding[] {
  return [...cut].flatMap(([uid, owners]) => {
    const node = graph.get(uid);
    if (node === undefined) return [];
    const names = owners.map((owner) => graph.get(owner)?.label).join(", ");
    return [
      {
        code: "OWNER_CYCLE" as const,
        severity: "note" as const,
        objects: [node.id],
        why: `${node.label} and its owner ${names} own each other; the reference is put back once both exist`,
        hint: "",
      },
    ];
  });
}

function dangling({ planned }: FindingInput): readonly Finding[] {
  return planned
    .filter((object) => object.danglingOwners.length > 0)
    .map((object) => ({
      code: "OWNER_DANGLING",
      severity: "note",
      objects: [object.id],
      why: "an owner reference leads to an object that no longer exists; the copy is made without it",
      hint: "",
    }));
}

/** An owner that is not in the plan and not in the way either: the reference to it is lost, which must be said. */
function ownersThatStay({ graph, judged, planned }: FindingInput): readonly Finding[] {
  const stays = (uid: string) => ["keep", undefined].includes(judged.get(uid)?.verdict.kind);
  return planned.flatMap((object) => {
    const owners = (graph.get(object.uid)?.owners ?? []).filter(stays);
    if (owners.length === 0) return [];
    const names = owners.map((uid) => graph.get(uid)?.label).join(", ");
    return [
      {
        code: "OWNER_STAYS" as const,
        severity: object.verdict.kind === "move" ? ("warning" as const) : ("note" as const),
        objects: [object.id],
        why: `its owner ${names} stays in the source; the copy is made without that reference`,
        hint: "",
      },
    ];
  });
}

/** What is kept must keep an owner, or the garbage collector of the source takes it away from those that share it. */
function ownersThatMove({ graph, judged, planned }: FindingInput): readonly Finding[] {
  const moves = (uid: string) => judged.get(uid)?.verdict.kind === "move";
  return planned
    .filter(({ uid, verdict }) => {
      const owners = graph.get(uid)?.owners ?? [];
      return verdict.kind === "copy" && owners.length > 0 && owners.every(moves);
    })
    .map((object) => ({
      code: "OWNER_MOVES",
      severity: "error",
      objects: [object.id],
      why: "is shared with what stays, but everything that owns it moves: the source would collect it",
      hint: "move what shares it too, or let something that stays own it",
    }));
}

/** Nobody of the source takes from it now, or it would be in the way; nothing keeps anybody from doing so later. */
function poolsInTwo({ planned, whole }: FindingInput): readonly Finding[] {
  return planned
    .filter((object) => !whole && isIpPool(object.id) && object.verdict.kind === "copy")
    .map((object) => ({
      code: "POOL_SHARED",
      severity: "warning",
      objects: [object.id],
      why: "is copied and kept: the source could hand out addresses that moved Clusters use",
      hint: `delete ${refOf(object.id)} from the source after the pivot, if nothing there needs it`,
    }));
}

function withAnnotation({ graph, planned }: FindingInput): readonly Finding[] {
  return planned
    .filter((object) => {
      const annotations = graph.get(object.uid)?.object.metadata.annotations ?? {};
      return ANNOTATION.blockMove in annotations;
    })
    .map((object) => ({
      code: "MOVE_BLOCKED_BY_ANNOTATION",
      severity: "warning",
      objects: [object.id],
      why: `carries ${ANNOTATION.blockMove}; the pivot waits for its controller to take that away`,
      hint: "",
    }));
}

function pausedAlready(planned: readonly PlannedObject[]): readonly Finding[] {
  return planned
    .filter((object) => object.freeze === "already")
    .map((object) => ({
      code: "PAUSED_ALREADY",
      severity: "note",
      objects: [object.id],
      why: "is paused already; it stays paused, in the target too",
      hint: "",
    }));
}
