// Where the walk starts: roots by kind, by label, and in a whole pivot whatever of a provider nobody reaches.
import { isCluster, LABEL, ROOT_KINDS } from "../model/capi.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { kindKey } from "../model/object.ts";
import type { ObjectRef, Scope } from "../model/plan.ts";
import type { GraphNode } from "./graph.ts";

/** Groups whose CRDs belong to the tools around Cluster API, not to what they manage. */
const FURNITURE_GROUPS: ReadonlySet<string> = new Set([
  "clusterctl.cluster.x-k8s.io",
  "operator.cluster.x-k8s.io",
]);

const CRD_KIND_KEY = "CustomResourceDefinition.apiextensions.k8s.io";

/** `cluster.x-k8s.io/v1beta2: v1beta2`: which version of the kind fulfils the contract. */
export const CONTRACT_LABEL = /^cluster\.x-k8s\.io\/v\d/;

/** Is the whole management cluster meant? */
export function isWhole(scope: Scope): boolean {
  const { namespaces, clusters } = scope;
  return namespaces.length === 0 && clusters.length === 0 && !choosesClusters(scope);
}

/** Are Clusters picked out, by label or by leaving some out? Then `namespaces` only says where. */
export function choosesClusters({ selector, excluded }: Scope): boolean {
  return selector !== undefined || excluded.length > 0;
}

/**
 * A root whatever the scope: by kind, or labelled `move` or `move-hierarchy` (itself or its CRD). Upstream takes
 * nothing below an object that is only labelled `move`; the garbage collector would, once the object is deleted.
 */
export function isRoot(node: GraphNode): boolean {
  if (ROOT_KINDS.has(kindKey(node.id))) return true;
  // The label of a CustomResourceDefinition speaks for the objects of its kind, not for itself.
  if (kindKey(node.id) === CRD_KIND_KEY) return false;
  return [node.object.metadata.labels ?? {}, node.kind.crd?.labels ?? {}].some(
    (labels) => LABEL.move in labels || LABEL.moveHierarchy in labels,
  );
}

/** Is this root among what the operator chose? */
export function isChosen(node: GraphNode, scope: Scope): boolean {
  if (isWhole(scope)) return true;
  const namespace = node.id.namespace ?? "";
  if (!choosesClusters(scope) && scope.namespaces.includes(namespace)) return true;
  return isCluster(node.id) && scope.clusters.includes(`${namespace}/${node.id.name}`);
}

/**
 * A kind of a Cluster API provider by any evidence: its group, the provider label, a contract label.
 * Helm, operator and GitOps installations carry some of these, clusterctl's carry all.
 */
export function isProviderKind(kind: ResourceKind): boolean {
  if (kind.crd === undefined || FURNITURE_GROUPS.has(kind.group)) return false;
  const { labels } = kind.crd;
  if (LABEL.clusterctlCore in labels) return false;
  if (LABEL.clusterctl in labels || LABEL.provider in labels) return true;
  if (Object.keys(labels).some((label) => CONTRACT_LABEL.test(label))) return true;
  return kind.group === "cluster.x-k8s.io" || kind.group.endsWith(".cluster.x-k8s.io");
}

/** An object of a provider's kind that belongs to the users, not to the provider's own components. */
export function isProviderObject(node: GraphNode): boolean {
  const labels = node.object.metadata.labels ?? {};
  return isProviderKind(node.kind) && !(LABEL.clusterctl in labels);
}

/** Does `KIND/ns/name` name this object? KIND without a group matches any group. */
export function isNamed(node: GraphNode, refs: readonly ObjectRef[]): boolean {
  return refs.some(
    (ref) =>
      (ref.kind === node.id.kind || ref.kind === kindKey(node.id)) &&
      ref.name === node.id.name &&
      (ref.namespace ?? "") === (node.id.namespace ?? ""),
  );
}
