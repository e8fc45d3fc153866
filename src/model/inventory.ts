// What one cluster held at one moment: the only input of planning.
import type { ResourceKind } from "./kinds.ts";
import type { KubeObject } from "./object.ts";

/** Who a cluster is. `uid` is that of Namespace kube-system: two connections with the same uid are one cluster. */
export interface ClusterIdentity {
  readonly uid: string;
  /** Host and port of the API server, for messages. */
  readonly server: string;
  /** Name of the kubeconfig context, for messages. */
  readonly context: string;
  /** `v1.36.3`. */
  readonly version: string;
}

/** A kind that exists but may not be listed by this user. */
export interface UnlistedKind {
  readonly kind: ResourceKind;
  readonly message: string;
}

export interface Inventory {
  readonly identity: ClusterIdentity;
  /** Every listable, deletable kind, by `kindKey`. */
  readonly kinds: ReadonlyMap<string, ResourceKind>;
  /** Metadata of every object of these kinds (bodies for the kinds of `BODY_KINDS`), by uid. */
  readonly objects: ReadonlyMap<string, KubeObject>;
  readonly unlisted: readonly UnlistedKind[];
  readonly material: ProviderMaterial;
}

/** What shows who manages a cluster, beside its kinds: whole objects without managedFields, no Secret among them. */
export interface ProviderMaterial {
  /** Deployments, StatefulSets, DaemonSets. */
  readonly workloads: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  /** Validating- and MutatingWebhookConfigurations. */
  readonly webhooks: readonly KubeObject[];
  /** clusterctl's Provider objects. */
  readonly inventory: readonly KubeObject[];
  /** The CAPI operator's CoreProvider, BootstrapProvider, … objects. */
  readonly operator: readonly KubeObject[];
  /** ClusterRoles. */
  readonly roles: readonly KubeObject[];
  /** ClusterRoleBindings. */
  readonly bindings: readonly KubeObject[];
  /** HorizontalPodAutoscalers. */
  readonly autoscalers: readonly KubeObject[];
}
