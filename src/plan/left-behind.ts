// What belongs to the source alone and is made anew in any cluster: by the cluster itself, by cert-manager, or by the
// program at run time (contract C9).
import { LABEL } from "../model/capi.ts";
import { CERT_ANNOTATION } from "../model/install.ts";
import { type KubeObject, stringAt } from "../model/object.ts";
import { type ComponentIndex, keyOfKind } from "./component-index.ts";
import { CERTIFICATE, CONFIG_MAP, NAMESPACE, SECRET, SERVICE_ACCOUNT } from "./component-kinds.ts";

const BUILT_IN_NAMESPACES: ReadonlySet<string> = new Set([
  "default",
  "kube-system",
  "kube-public",
  "kube-node-lease",
]);

/** Every cluster fills them into every namespace. */
const CLUSTER_CONFIG_MAPS: ReadonlySet<string> = new Set([
  "kube-root-ca.crt",
  "openshift-service-ca.crt",
]);

const RUNTIME_SECRETS: ReadonlySet<string> = new Set([
  "kubernetes.io/service-account-token",
  "bootstrap.kubernetes.io/token",
  // A release names the cluster it is in; nothing runs from it.
  "helm.sh/release.v1",
]);

const RBAC_DEFAULTS = "kubernetes.io/bootstrapping";
const OLD_LEADER = "control-plane.alpha.kubernetes.io/leader";

/** Must an object stay, although a component refers to it? */
export function isLeftBehind(object: KubeObject, index: ComponentIndex): boolean {
  const { metadata } = object;
  if (metadata.deletionTimestamp !== undefined) return true;
  switch (keyOfKind(object)) {
    case NAMESPACE:
      return BUILT_IN_NAMESPACES.has(metadata.name);
    case SERVICE_ACCOUNT:
      return metadata.name === "default";
    case CONFIG_MAP:
      return CLUSTER_CONFIG_MAPS.has(metadata.name) || OLD_LEADER in (metadata.annotations ?? {});
    case SECRET:
      return isRuntimeSecret(object, index);
    default:
      return RBAC_DEFAULTS in (metadata.labels ?? {}) || isInventory(object);
  }
}

/** clusterctl's own objects are completed by us, not copied: they list what the source has. */
function isInventory({ kind, metadata }: KubeObject): boolean {
  return kind === "Provider" && metadata.labels?.[LABEL.clusterctlCore] === "inventory";
}

/**
 * Tokens, and what cert-manager issues: its key must belong to the authority of its own cluster. A certificate that
 * nobody would issue again is copied after all.
 */
function isRuntimeSecret(secret: KubeObject, index: ComponentIndex): boolean {
  if (RUNTIME_SECRETS.has(stringAt(secret, "type") ?? "")) return true;
  return (
    CERT_ANNOTATION.certificateName in (secret.metadata.annotations ?? {}) &&
    issuersOfSecret(index, secret.metadata.namespace, secret.metadata.name).length > 0
  );
}

/** Certificates that fill a Secret. */
export function issuersOfSecret(
  index: ComponentIndex,
  namespace: string | undefined,
  name: string,
): readonly KubeObject[] {
  return index
    .inNamespace(CERTIFICATE, namespace)
    .filter((certificate) => stringAt(certificate, "spec", "secretName") === name);
}
