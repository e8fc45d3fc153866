// How a moved object is kept from being reconciled between freeze and thaw, and how a root is frozen.
import {
  ANNOTATION,
  CLUSTER_CLASS_KIND,
  CRS_BINDING_KIND,
  CRS_KIND,
  IPAM_GROUP,
  isCluster,
  isIpPool,
  OURS,
} from "../model/capi.ts";
import { conditionOf } from "../model/conditions.ts";
import { fieldAt, type KubeObject, kindKey, type ObjectId } from "../model/object.ts";
import type { Freeze, Hold, Scope, Verdict } from "../model/plan.ts";
import type { BothProviders, Providers } from "../model/provider.ts";
import { isActedOn } from "./acting-controllers.ts";
import type { GraphNode } from "./graph.ts";
import { isMarked, isToBeMarked } from "./markers.ts";
import { isProviderKind } from "./roots.ts";

/** Kinds that no controller acts on by themselves. Templates are recognised by their name. */
const INERT_KINDS: ReadonlySet<string> = new Set([
  "Secret",
  "ConfigMap",
  CRS_BINDING_KIND,
  "MachineDrainRule.cluster.x-k8s.io",
  // The claim's controller handles both.
  `IPAddress.${IPAM_GROUP}`,
  // What is known of a host's hardware: baremetal-operator writes them while it acts on the host.
  "HardwareData.metal3.io",
  "FirmwareSchema.metal3.io",
]);

/** Kinds that look at nothing but their own `cluster.x-k8s.io/paused` annotation. */
const ANNOTATION_KINDS: ReadonlySet<string> = new Set([
  CLUSTER_CLASS_KIND,
  CRS_KIND,
  "ExtensionConfig.runtime.cluster.x-k8s.io",
]);

export interface HoldInput {
  readonly scope: Scope;
  readonly providers: BothProviders;
  /** The source as it is when objects are copied: with what is stopped before at 0. */
  readonly stopped: Providers;
  /** Labels of the providers that will run in the target by then. */
  readonly arriving: ReadonlySet<string>;
}

/** First rule that fits; `unknown` becomes the finding KIND_NOT_HELD. `body` may be metadata only. */
export function holdOf(node: GraphNode, body: KubeObject, input: HoldInput): Hold {
  const rule = HOLDS.find(([, fits]) => fits(node, body, input));
  return rule?.[0] ?? "unknown";
}

const HOLDS: readonly (readonly [
  Hold,
  (node: GraphNode, body: KubeObject, input: HoldInput) => boolean,
])[] = [
  ["assumed", (node, _body, { scope }) => isAssumed(node, scope)],
  ["inert", (node) => isInert(node)],
  ["acknowledges", (_node, body) => pausedCondition(body) !== undefined],
  ["annotation", (node) => ANNOTATION_KINDS.has(kindKey(node.id))],
  ["marker", (node, body) => isMarked(node.id, body)],
  ["no-controller", (node, _body, input) => hasNoController(node, input)],
  // Provisional: waited for when the source is paused (run/markers.ts).
  ["marker", (node, body, { providers }) => isToBeMarked(node.id, body, providers.source)],
];

function isAssumed(node: GraphNode, scope: Scope): boolean {
  return scope.assumeHeld.includes(node.id.kind) || scope.assumeHeld.includes(kindKey(node.id));
}

function isInert(node: GraphNode): boolean {
  if (INERT_KINDS.has(kindKey(node.id))) return true;
  return isProviderKind(node.kind) && node.id.kind.endsWith("Template");
}

/** Only a kind that somebody claims can be known to have no controller. What arrives runs, as it does in the source. */
function hasNoController(
  { kind }: GraphNode,
  { providers, stopped, arriving }: HoldInput,
): boolean {
  const { source, target } = providers;
  const comes = source.providers.some(
    ({ label, crds, controllers }) =>
      arriving.has(label) &&
      crds.includes(kind.crd?.name ?? "") &&
      controllers.some(({ replicas }) => replicas > 0),
  );
  return !comes && isActedOn(kind, [stopped, target]) === false;
}

/** The condition `Paused`. */
export function pausedCondition(body: KubeObject): unknown {
  return conditionOf(body, "Paused");
}

/**
 * Kinds that are looked at now and then only, so that a pause is acknowledged late. What their controllers do is done in
 * the API alone, and cut off anywhere leaves nothing half done outside of it: stopped is as good as paused, once they
 * are.
 *
 * The controller of MachineHealthChecks looks at each every 15 s at most, whatever changes (core/reconcilers/
 * machinehealthcheck/machinehealthcheck_controller.go, WithRateLimitInterval), and marks Machines for their owners.
 */
const LATE_KINDS: ReadonlySet<string> = new Set(["MachineHealthCheck.cluster.x-k8s.io"]);

export function answersLate(id: Pick<ObjectId, "group" | "kind">): boolean {
  return LATE_KINDS.has(kindKey(id));
}

/** How this object is frozen. Only what is moved, paused on its own, and not paused already is written to. */
export function freezeOf(node: GraphNode, body: KubeObject, verdict: Verdict): Freeze {
  if (verdict.kind !== "move") return "none";
  const frozenByUs = body.metadata.annotations?.[OURS.pausedBefore] !== undefined;
  if (isCluster(node.id)) {
    return fieldAt(body, "spec", "paused") === true && !frozenByUs ? "already" : "spec";
  }
  if (!pausesByAnnotation(node)) return "none";
  const annotated = body.metadata.annotations?.[ANNOTATION.paused] !== undefined;
  return annotated && !frozenByUs ? "already" : "annotation";
}

/** Classes, sets, extensions and pools; everything else is paused through its Cluster or not at all. */
function pausesByAnnotation(node: GraphNode): boolean {
  if (ANNOTATION_KINDS.has(kindKey(node.id))) return true;
  return isIpPool(node.id);
}
