// Composes the walk, the verdicts, the sequence and the findings into a Plan. Pure: the same inventories in any
// order give the same plan. Called twice: before the operator confirms, and again on the frozen source.
import { isCluster } from "../model/capi.ts";
import type { Inventory } from "../model/inventory.ts";
import { formatId, type KubeObject, kindKey } from "../model/object.ts";
import type { Bodies, LeftObject, Plan, PlannedObject, Scope } from "../model/plan.ts";
import type { ComparedProviders, Providers } from "../model/provider.ts";
import { findingsOf, sortFindings } from "./findings.ts";
import { buildGraph, type GraphNode, type ObjectGraph } from "./graph.ts";
import { freezeOf, holdOf } from "./hold.ts";
import { lackingNamespaces } from "./lacking-namespaces.ts";
import { afterStop } from "./late-providers.ts";
import { providerFindings } from "./provider-findings.ts";
import { compareProviders } from "./provider-match.ts";
import { findProviders } from "./providers.ts";
import { type Reach, reach } from "./reach.ts";
import { isWhole } from "./roots.ts";
import { sequence } from "./sequence.ts";
import { targetSetFindings, targetSetsOf } from "./target-sets.ts";
import { type Judged, judge } from "./verdicts.ts";

export interface PlanInput {
  readonly source: Inventory;
  readonly target: Inventory;
  readonly scope: Scope;
  /** Bodies of planned objects; without them (a first pass that finds out what to read) holds are provisional. */
  readonly bodies: Bodies;
  /** Labels of the providers that the run brings to the target. */
  readonly arriving?: ReadonlySet<string>;
  /** `auto`: a whole pivot stops the source's controllers before it copies. Default: `never`. */
  readonly stopControllers?: "auto" | "never";
}

/** Plans the pivot. Never throws: whatever is wrong is a finding. */
export function planPivot(input: PlanInput): Plan {
  const graph = buildGraph(input.source, input.bodies);
  const reached = reach(graph, input.scope);
  const judged = judge({
    graph,
    reach: reached,
    scope: input.scope,
    targetKinds: input.target.kinds,
  });
  const travelling = new Set([...judged].filter(([, one]) => travels(one)).map(([uid]) => uid));
  const { groups, cut } = sequence(graph, travelling);
  const providers = compared(input);
  const whole = isWhole(input.scope);
  const arriving = input.arriving ?? new Set<string>();
  const isStopping = whole && input.stopControllers === "auto";
  const moving = [...judged.values()].filter(travels);
  const stopped = isStopping ? afterStop(providers.source, moving) : providers.source;
  const context: Context = { input, graph, judged, cut, providers, stopped, arriving };
  const moveGroups = groups.map((uids) => ({ objects: toObjects(uids, context) }));
  const others = toObjects(
    [...judged.keys()].filter((uid) => !travelling.has(uid)),
    context,
  );
  const planned = moveGroups.flatMap((group) => group.objects);
  const missing = missingKinds(context);
  const named = input.scope.controllers;
  const targetSets = targetSetsOf(input.target, movedSources(judged, graph));
  return {
    whole,
    groups: moveGroups,
    others,
    leaves: leavesOf(reached, context),
    namespaces: lackingNamespaces(planned, input),
    targetSets,
    providers,
    findings: sortFindings([
      ...findingsOf({ source: input.source, graph, judged, planned, cut, whole, isStopping }),
      ...providerFindings({ providers, planned, missing, whole, named, arriving }),
      ...targetSetFindings(targetSets, input.target),
    ]),
  };
}

function compared({ source, target, scope }: PlanInput): ComparedProviders {
  const of = (inventory: Inventory) => findProviders(inventory, scope.controllers);
  const both = { source: of(source), target: of(target) };
  return { ...both, compared: compareProviders(both) };
}

function movedSources(judged: Context["judged"], graph: ObjectGraph): readonly KubeObject[] {
  const moved = [...judged].filter(([, { verdict }]) => verdict.kind === "move");
  return moved.flatMap(([uid]) => graph.get(uid)?.object ?? []);
}

/** CRD names of the kinds that the target lacks. */
function missingKinds({ graph, judged }: Context): ReadonlySet<string> {
  const missing = [...judged].filter(([, { code }]) => code === "KIND_MISSING_IN_TARGET");
  return new Set(missing.flatMap(([uid]) => graph.get(uid)?.kind.crd?.name ?? []));
}

function travels({ verdict }: Judged): boolean {
  return verdict.kind === "move" || verdict.kind === "copy";
}

interface Context {
  readonly input: PlanInput;
  readonly graph: ObjectGraph;
  readonly judged: ReadonlyMap<string, Judged>;
  readonly cut: ReadonlyMap<string, readonly string[]>;
  readonly providers: ComparedProviders;
  readonly stopped: Providers;
  readonly arriving: ReadonlySet<string>;
}

function toObjects(uids: readonly string[], context: Context): readonly PlannedObject[] {
  return uids.flatMap((uid) => {
    const node = context.graph.get(uid);
    const judged = context.judged.get(uid);
    return node === undefined || judged === undefined ? [] : [toPlanned(node, judged, context)];
  });
}

function toPlanned(node: GraphNode, judged: Judged, context: Context): PlannedObject {
  const { input, providers, stopped, arriving } = context;
  const body: KubeObject = input.bodies.get(node.uid) ?? node.object;
  const parent = parentOf(node, context);
  const cut = context.cut.get(node.uid) ?? [];
  const owners = node.owners.filter((uid) => {
    const owner = context.judged.get(uid);
    return owner !== undefined && travels(owner);
  });
  return {
    id: node.id,
    uid: node.uid,
    kind: judged.kind,
    verdict: judged.verdict,
    hold: holdOf(node, body, { scope: input.scope, providers, stopped, arriving }),
    freeze: freezeOf(node, body, judged.verdict),
    hasFinalizers: (body.metadata.finalizers ?? []).length > 0,
    owners,
    cutOwners: cut,
    danglingOwners: node.dangling,
    ...(parent === undefined ? {} : { parent }),
  };
}

/** The controller first, then any owner, then a soft owner: where the tree view hangs the object. */
function parentOf(node: GraphNode, { judged }: Context): string | undefined {
  const references = node.object.metadata.ownerReferences ?? [];
  const controller = references.find((owner) => owner.controller === true)?.uid;
  const soft = node.softOwners.filter((edge) => edge.reachesDown).map((edge) => edge.owner);
  return [...(controller === undefined ? [] : [controller]), ...node.owners, ...soft].find(
    (uid) => judged.has(uid) && uid !== node.uid,
  );
}

/** An owner that is copied stays as well: there is no need to cut that reference. */
function leavesOf({ left }: Reach, { graph, judged }: Context): readonly LeftObject[] {
  return [...left].flatMap(([uid, owners]) => {
    const node = graph.get(uid);
    const cut = owners.filter((owner) => judged.get(owner)?.verdict.kind !== "copy");
    return node === undefined || cut.length === 0
      ? []
      : [{ id: node.id, uid, kind: node.kind, cut }];
  });
}

/** Every object that travels, in create order. */
export function travellers(plan: Plan): readonly PlannedObject[] {
  return plan.groups.flatMap((group) => group.objects);
}

/** Every object that leaves the source. */
export function movedObjects(plan: Plan): readonly PlannedObject[] {
  return travellers(plan).filter(({ verdict }) => verdict.kind === "move");
}

/** How many Clusters leave the source. */
export function movedClusters(plan: Plan): number {
  return movedObjects(plan).filter(({ id }) => isCluster(id)).length;
}

/** What travels, and what is in the way; not what is kept. */
export function concerned(plan: Plan): readonly PlannedObject[] {
  return [...travellers(plan), ...plan.others.filter(({ verdict }) => verdict.kind !== "keep")];
}

/**
 * What makes two plans the same run: which objects, with which verdict, kind version and freeze. What stays in the
 * source lives on, so objects come and go there.
 */
export function fingerprint(plan: Plan): ReadonlyMap<string, string> {
  return new Map(
    concerned(plan).map((object) => [
      object.uid,
      `${formatId(object.id)} ${object.verdict.kind} ${kindKey(object.kind)}/${object.kind.version} ${object.freeze}`,
    ]),
  );
}
