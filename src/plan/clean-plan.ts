// What of the source's components goes when it is cleaned, and what is in the way. A closure by reference is right for
// copying, where too much does no harm; here only what shows that it is a provider's is taken. Pure.
import { LABEL } from "../model/capi.ts";
import type { Inventory } from "../model/inventory.ts";
import {
  compareStrings,
  fieldAt,
  formatId,
  idOf,
  type Json,
  type KubeObject,
  kindKey,
  stringAt,
} from "../model/object.ts";
import type { Components } from "../model/provider.ts";

export interface CleanPlan {
  /** In the order of deletion. */
  readonly objects: readonly KubeObject[];
  /** Only when no object of their kind is left. */
  readonly crds: readonly KubeObject[];
  /** Only when nothing but what these components made is left in them. */
  readonly namespaces: readonly KubeObject[];
  /** Components that may be somebody else's too. */
  readonly stays: readonly KubeObject[];
}

const CRD = "CustomResourceDefinition.apiextensions.k8s.io";
const INVENTORY_GROUP = "clusterctl.cluster.x-k8s.io";

/** Kinds that a closure reaches only because they serve its controllers. Bindings are looked into. */
const OWN_KINDS: ReadonlySet<string> = new Set([
  "Deployment.apps",
  "StatefulSet.apps",
  "Service",
  "Certificate.cert-manager.io",
  "MutatingWebhookConfiguration.admissionregistration.k8s.io",
  "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
  CRD,
]);

const BINDINGS: ReadonlySet<string> = new Set([
  "RoleBinding.rbac.authorization.k8s.io",
  "ClusterRoleBinding.rbac.authorization.k8s.io",
]);

const HELM_RELEASE = "meta.helm.sh/release-name";

/** `components` in the order of creation. Their entries in clusterctl's inventory go with them. */
export function planClean(components: readonly Components[], inventory: Inventory): CleanPlan {
  const distinct = new Map<string, KubeObject>();
  for (const object of components.flatMap(({ objects }) => objects)) {
    distinct.set(object.metadata.uid, object);
  }
  const all = [...distinct.values()].reverse();
  const releases = new Set(all.filter(isWorkload).flatMap(releaseOf));
  const accounts = new Set(all.filter(isAccount).map(({ metadata }) => accountName(metadata)));
  const goes = all.filter((one) => isProviders(one, releases) || isBindingOf(one, accounts));
  const chosen = new Set(goes);
  const ofKind = (kind: string) => goes.filter((one) => keyOf(one) === kind);
  return {
    objects: [
      ...inventoryOf(components, inventory),
      ...goes.filter((one) => keyOf(one) !== CRD && keyOf(one) !== "Namespace"),
    ],
    crds: [...ofKind(CRD), ...inventoryCrd(inventory)],
    namespaces: ofKind("Namespace"),
    stays: all.filter((one) => !chosen.has(one)),
  };
}

function keyOf(object: KubeObject): string {
  return kindKey(idOf(object));
}

function isProviders(object: KubeObject, releases: ReadonlySet<string>): boolean {
  const labels = object.metadata.labels ?? {};
  if (LABEL.provider in labels || LABEL.clusterctl in labels) return true;
  if (LABEL.clusterctlCore in labels) return true;
  return OWN_KINDS.has(keyOf(object)) || releaseOf(object).some((one) => releases.has(one));
}

function isWorkload(object: KubeObject): boolean {
  return ["Deployment.apps", "StatefulSet.apps"].includes(keyOf(object));
}

/** Helm writes its release on everything that it makes. */
function releaseOf({ metadata }: KubeObject): readonly string[] {
  const release = metadata.annotations?.[HELM_RELEASE];
  const namespace = metadata.annotations?.["meta.helm.sh/release-namespace"] ?? "";
  return release === undefined ? [] : [`${namespace}/${release}`];
}

function isAccount(object: KubeObject): boolean {
  return keyOf(object) === "ServiceAccount";
}

function accountName({ namespace, name }: KubeObject["metadata"]): string {
  return `${namespace}/${name}`;
}

/** A binding that gives rights to nobody else. */
function isBindingOf(object: KubeObject, accounts: ReadonlySet<string>): boolean {
  const subjects = object["subjects"];
  if (!BINDINGS.has(keyOf(object)) || !Array.isArray(subjects)) return false;
  return subjects.every((subject: Json) => {
    const name = `${stringAt(subject, "namespace")}/${stringAt(subject, "name")}`;
    return fieldAt(subject, "kind") === "ServiceAccount" && accounts.has(name);
  });
}

/** clusterctl's Provider objects of these owners. */
function inventoryOf(
  components: readonly Components[],
  { objects }: Inventory,
): readonly KubeObject[] {
  const owners = new Set(components.map(({ owner }) => owner));
  return [...objects.values()].filter(
    (object) =>
      keyOf(object) === `Provider.${INVENTORY_GROUP}` &&
      owners.has(object.metadata.labels?.[LABEL.provider] ?? object.metadata.name),
  );
}

function inventoryCrd({ objects }: Inventory): readonly KubeObject[] {
  return [...objects.values()].filter(
    (object) => keyOf(object) === CRD && object.metadata.name === `providers.${INVENTORY_GROUP}`,
  );
}

/** What is in a namespace by itself, in every cluster. */
const FURNITURE: ReadonlySet<string> = new Set([
  "ConfigMap kube-root-ca.crt",
  "ConfigMap openshift-service-ca.crt",
  "ServiceAccount default",
]);

/**
 * What would be lost with a namespace, by name; `removed` are components that have been deleted. What these made at run
 * time does not count: what they own, their leader's lease, certificates that were issued for them, their endpoints.
 */
export function tenantsOf(
  namespace: string,
  removed: readonly KubeObject[],
  inventory: Inventory,
): readonly string[] {
  const uids = new Set(removed.map(({ metadata }) => metadata.uid));
  const names = new Set(
    removed
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map((one) => `${one.kind} ${one.metadata.name}`),
  );
  const inside = [...inventory.objects.values()].filter(
    ({ metadata }) => metadata.namespace === namespace,
  );
  return inside
    .filter((object) => !uids.has(object.metadata.uid))
    .filter((object) => !isOwned(object, uids, inventory) && !isByproduct(object, names))
    .map((object) => formatId(idOf(object)))
    .sort(compareStrings);
}

/** Owned by what is removed, directly or not: the garbage collector takes it. */
function isOwned(
  { metadata }: KubeObject,
  uids: ReadonlySet<string>,
  inventory: Inventory,
): boolean {
  const owners = metadata.ownerReferences ?? [];
  // The collector waits for the last of them; one that is not there any more does not count.
  const goes = owners.every(({ uid }) => {
    const found = inventory.objects.get(uid);
    return uids.has(uid) || found === undefined || isOwned(found, uids, inventory);
  });
  return owners.length > 0 && goes;
}

function isByproduct(object: KubeObject, removed: ReadonlySet<string>): boolean {
  const { name, annotations = {} } = object.metadata;
  if (FURNITURE.has(`${object.kind} ${name}`)) return true;
  switch (keyOf(object)) {
    case "Lease.coordination.k8s.io":
      return name.includes("leader-election");
    case "Endpoints":
      return removed.has(`Service ${name}`);
    case "Secret":
      return (
        removed.has(`Certificate ${annotations["cert-manager.io/certificate-name"]}`) ||
        removed.has(`ServiceAccount ${annotations["kubernetes.io/service-account.name"]}`)
      );
    default:
      return false;
  }
}

const CERT_MANAGER_GROUPS: ReadonlySet<string> = new Set([
  "cert-manager.io",
  "acme.cert-manager.io",
]);

/**
 * Who else lives by cert-manager, by name: certificates and issuers, and what asks for one by annotation (Ingresses,
 * webhook configurations). `own` are its components.
 */
export function certManagerUsers(own: Components, inventory: Inventory): readonly string[] {
  const uids = new Set(own.objects.map(({ metadata }) => metadata.uid));
  return [...inventory.objects.values()]
    .filter(({ metadata }) => !uids.has(metadata.uid) && metadata.deletionTimestamp === undefined)
    .filter((object) => CERT_MANAGER_GROUPS.has(idOf(object).group) || asksForCertificate(object))
    .map((object) => formatId(idOf(object)))
    .sort(compareStrings);
}

function asksForCertificate(object: KubeObject): boolean {
  // Secrets carry the name of the certificate that filled them, for ever.
  if (keyOf(object) === "Secret") return false;
  const keys = Object.keys(object.metadata.annotations ?? {});
  return keys.some((key) => key.startsWith("cert-manager.io/"));
}

/** Did `clusterctl init` bring it? */
export function isClusterctls({ objects }: Components): boolean {
  return objects.some(
    (object) => isWorkload(object) && object.metadata.labels?.[LABEL.clusterctlCore] !== undefined,
  );
}

/** Never deleted, whatever a component says. */
export function isProtectedNamespace(name: string): boolean {
  return name === "default" || name.startsWith("kube-");
}
