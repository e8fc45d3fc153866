// Bringing providers to the target: what is read of the source, and what will be created, as data.
import type { KubeObject } from "./object.ts";
import type { Components, Provider } from "./provider.ts";

/** Bodies of every object that may be a component, whole as a server returned them. */
export interface ComponentSource {
  readonly objects: readonly KubeObject[];
  /** Where cert-manager looks for the Secrets of ClusterIssuers: the namespace that it runs in. */
  readonly certManagerNamespace?: string;
}

/** Where components come from: copied, or named by `--components`. */
export type ComponentOrigin = "source" | "manifests";

/** What makes an entry of clusterctl's inventory (contract C7). */
export type InventoryFacts = Pick<Provider, "label" | "name" | "type" | "version" | "namespace">;

/** The components of one owner, to be created in the target. */
export interface ComponentSet extends Components {
  readonly from: ComponentOrigin;
  /** Absent for cert-manager, which clusterctl keeps no inventory of. */
  readonly provider?: InventoryFacts;
}

/** Empty when the target has everything already. */
export interface InstallPlan {
  /** cert-manager first, then providers in clusterctl's order of types. */
  readonly sets: readonly ComponentSet[];
  /** Providers that the target has but its inventory does not list. */
  readonly unlisted: readonly InventoryFacts[];
}

/** The owner of the set that is cert-manager. */
export const CERT_MANAGER = "cert-manager";

/** `cert-manager.io`'s annotations and group (cert-manager pkg/apis/certmanager/v1/types.go). */
export const CERT_MANAGER_GROUP = "cert-manager.io";
export const CERT_ANNOTATION = {
  /** On the Secrets that it issues: the name of their Certificate. */
  certificateName: "cert-manager.io/certificate-name",
  /** On webhook configurations and CRDs: `namespace/certificate` whose authority is put into their caBundle. */
  injectFrom: "cert-manager.io/inject-ca-from",
  injectFromSecret: "cert-manager.io/inject-ca-from-secret",
  injectApiServer: "cert-manager.io/inject-apiserver-ca",
} as const;
