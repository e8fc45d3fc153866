// The Cluster API contract in one place: labels, annotations, roots and pause fields, and our own annotations.
// Upstream: kubernetes-sigs/cluster-api api/core/v1beta2/common_types.go and cmd/clusterctl/api/v1alpha3/{labels,annotations}.go.

export const CAPI_GROUP = "cluster.x-k8s.io";
export const ADDONS_GROUP = "addons.cluster.x-k8s.io";
export const IPAM_GROUP = "ipam.cluster.x-k8s.io";

export const LABEL = {
  /** On every component that clusterctl installs, CRDs included. */
  clusterctl: "clusterctl.cluster.x-k8s.io",
  /** `inventory`, `cert-manager` or `capi-operator`: clusterctl's own furniture, never moved. */
  clusterctlCore: "clusterctl.cluster.x-k8s.io/core",
  provider: "cluster.x-k8s.io/provider",
  move: "clusterctl.cluster.x-k8s.io/move",
  moveHierarchy: "clusterctl.cluster.x-k8s.io/move-hierarchy",
  clusterName: "cluster.x-k8s.io/cluster-name",
} as const;

export const ANNOTATION = {
  paused: "cluster.x-k8s.io/paused",
  blockMove: "clusterctl.cluster.x-k8s.io/block-move",
  deleteForMove: "clusterctl.cluster.x-k8s.io/delete-for-move",
} as const;

/** Everything of ours on an object starts with this; nothing of it may be left after a run. */
export const OUR_PREFIX = "capi-pivot.github.io/";

export const OURS = {
  /** On whatever a run creates or freezes: the run's id. */
  run: `${OUR_PREFIX}run`,
  /** On what an installation creates, beside the run: whose component it is. */
  component: `${OUR_PREFIX}component`,
  /** On a copy: uid of the object it was made from. */
  sourceUid: `${OUR_PREFIX}source-uid`,
  /** On a copy: `move` or `copy`. */
  verdict: `${OUR_PREFIX}verdict`,
  /** The managedFields list to restore: JSON, gzip, base64. */
  managedFields: `${OUR_PREFIX}managed-fields`,
  /** What the pause was before the freeze: see `PausedBefore`. */
  pausedBefore: `${OUR_PREFIX}paused-before`,
  /** A label of a controller that this run scales to 0: the replicas it had. See run/stop-controllers.ts. */
  replicasBefore: `${OUR_PREFIX}replicas-before`,
  /** On a source object whose owner references were cut (`--leave`): the list to restore, as JSON. */
  ownersBefore: `${OUR_PREFIX}owners-before`,
  /** On our Lease: a random id of the process that holds it. */
  processId: `${OUR_PREFIX}process-id`,
  /** On our Lease: which process of which machine that is, as JSON. See model/process.ts. */
  process: `${OUR_PREFIX}process`,
} as const;

/** `absent`: the field or annotation was not there; `false`: `spec.paused: false` was written out. */
export type PausedBefore = "absent" | "false";

export const OUR_NAMESPACE = "capi-pivot-system";
/** Label on our namespace and on what we keep in it. */
export const OUR_LABEL = { "app.kubernetes.io/managed-by": "kubectl-capi-pivot" } as const;
export const FIELD_MANAGER = "kubectl-capi-pivot";

/** Finalizers of the garbage collector: stripping them would cancel what it is doing. */
export const GC_FINALIZERS: ReadonlySet<string> = new Set(["orphan", "foregroundDeletion"]);

/** Names of secrets that belong to a Cluster by name alone (util/secret/consts.go), longest suffix first. */
export const CLUSTER_SECRET_SUFFIXES = [
  "apiserver-etcd-client",
  "kubeconfig",
  "proxy",
  "etcd",
  "ca",
  "sa",
] as const;

/** Implicit move-hierarchy roots (cmd/clusterctl/client/cluster/objectgraph.go). */
export const ROOT_KINDS: ReadonlySet<string> = new Set([
  `Cluster.${CAPI_GROUP}`,
  `ClusterClass.${CAPI_GROUP}`,
  `ClusterResourceSet.${ADDONS_GROUP}`,
]);

export const CLUSTER_KIND = `Cluster.${CAPI_GROUP}`;
export const CLUSTER_CLASS_KIND = `ClusterClass.${CAPI_GROUP}`;
export const CRS_KIND = `ClusterResourceSet.${ADDONS_GROUP}`;
export const CRS_BINDING_KIND = `ClusterResourceSetBinding.${ADDONS_GROUP}`;

/** `spec.paused` of a Cluster; other kinds know the annotation only. */
export function isCluster(kind: { readonly group: string; readonly kind: string }): boolean {
  return kind.group === CAPI_GROUP && kind.kind === "Cluster";
}

/** A pool of addresses, of the IPAM contract or of a provider with its own (`ipam.metal3.io`). */
export function isIpPool(kind: { readonly group: string; readonly kind: string }): boolean {
  return kind.group.startsWith("ipam.") && kind.kind.endsWith("Pool");
}
