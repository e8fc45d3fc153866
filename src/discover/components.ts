// Reads what the components of a cluster's providers are made of. Of Secrets and ConfigMaps only those that a provider's
// program refers to, or that carry a label of Cluster API: what is none of our business is not even read.
import { mapWithLimit } from "../kube/concurrency.ts";
import { LABEL } from "../model/capi.ts";
import type { ClusterReader } from "../model/client.ts";
import { KubeApiError } from "../model/error.ts";
import { CERT_MANAGER_GROUP, type ComponentSource } from "../model/install.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { formatId, idOf, type KubeObject, kindKey, stringAt } from "../model/object.ts";
import { podReferences, pullSecretsOf } from "../model/pod-template.ts";
import type { Providers } from "../model/provider.ts";
import { isUnlistable, withoutManagedFields } from "./listing.ts";

/** Read in all namespaces: a role may be bound anywhere. */
const EVERYWHERE: readonly string[] = [
  "CustomResourceDefinition.apiextensions.k8s.io",
  "Role.rbac.authorization.k8s.io",
  "RoleBinding.rbac.authorization.k8s.io",
  "ClusterRole.rbac.authorization.k8s.io",
  "ClusterRoleBinding.rbac.authorization.k8s.io",
  "PriorityClass.scheduling.k8s.io",
  "MutatingWebhookConfiguration.admissionregistration.k8s.io",
  "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
  `ClusterIssuer.${CERT_MANAGER_GROUP}`,
];

/** Read in the providers' namespaces. */
const IN_NAMESPACES: readonly string[] = [
  "ServiceAccount",
  "Service",
  "Deployment.apps",
  "StatefulSet.apps",
  "DaemonSet.apps",
  "PodDisruptionBudget.policy",
  "NetworkPolicy.networking.k8s.io",
  `Certificate.${CERT_MANAGER_GROUP}`,
  `Issuer.${CERT_MANAGER_GROUP}`,
];

const WIDTH = 16;

/**
 * Bodies of everything that may be a component.
 * A kind that the cluster does not serve or this user may not list is left out; the inventory lists it as unlisted.
 */
export async function readComponents(
  reader: ClusterReader,
  { kinds }: Pick<Inventory, "kinds">,
  providers: Providers,
): Promise<ComponentSource> {
  const namespaces = namespacesOf(providers);
  const known = (keys: readonly string[]) => keys.flatMap((key) => kinds.get(key) ?? []);
  const lists: readonly ListCall[] = [
    ...known(EVERYWHERE).map((kind) => ({ kind })),
    ...known(IN_NAMESPACES).flatMap((kind) => namespaces.map((namespace) => ({ kind, namespace }))),
  ];
  const listed = (await mapWithLimit(lists, WIDTH, (call) => list(reader, call))).flat();
  const named = await mapWithLimit(
    [
      ...namedObjects(listed, kinds, providers),
      ...namespaces.flatMap((name) => namespaceOf(kinds, name)),
    ],
    WIDTH,
    (one) => getIfThere(reader, one),
  );
  const labelled = await labelledObjects(reader, kinds, namespaces);
  const objects = [...listed, ...named.flat(), ...labelled].map(withoutManagedFields);
  const byId = new Map(objects.map((object) => [formatId(idOf(object)), object]));
  const { certManager } = providers;
  return {
    objects: [...byId.values()],
    ...(certManager === undefined ? {} : { certManagerNamespace: certManager.namespace }),
  };
}

function namespacesOf({ providers, parents, certManager }: Providers): readonly string[] {
  const controllers = [...providers.flatMap((provider) => provider.controllers), ...parents];
  const names = [
    ...providers.map(({ namespace }) => namespace),
    ...[...controllers, ...(certManager?.controllers ?? [])].map(({ id }) => id.namespace),
    certManager?.namespace,
  ];
  return [...new Set(names.filter((name) => name !== undefined))];
}

interface ListCall {
  readonly kind: ResourceKind;
  readonly namespace?: string;
  readonly labelSelector?: string;
}

async function list(
  reader: ClusterReader,
  { kind, ...options }: ListCall,
): Promise<readonly KubeObject[]> {
  try {
    return await reader.list(kind, options);
  } catch (error) {
    if (isUnlistable(error)) return [];
    throw error;
  }
}

/** Credentials that clusterctl labels, because nothing else tells whose they are. */
async function labelledObjects(
  reader: ClusterReader,
  kinds: Inventory["kinds"],
  namespaces: readonly string[],
): Promise<readonly KubeObject[]> {
  const wanted = ["Secret", "ConfigMap"].flatMap((key) => kinds.get(key) ?? []);
  const calls = wanted.flatMap((kind) =>
    namespaces.flatMap((namespace) =>
      [LABEL.provider, LABEL.clusterctlCore].map((labelSelector) => ({
        kind,
        namespace,
        labelSelector,
      })),
    ),
  );
  return (await mapWithLimit(calls, WIDTH, (call) => list(reader, call))).flat();
}

interface Named {
  readonly kind: ResourceKind;
  readonly namespace?: string;
  readonly name: string;
}

function namespaceOf(kinds: Inventory["kinds"], name: string): readonly Named[] {
  const kind = kinds.get("Namespace");
  return kind === undefined ? [] : [{ kind, name }];
}

/** Secrets and ConfigMaps that programs, accounts and issuers name. */
function namedObjects(
  objects: readonly KubeObject[],
  kinds: Inventory["kinds"],
  { certManager }: Providers,
): readonly Named[] {
  const named = objects.flatMap((object) => {
    // cert-manager looks for the Secrets of ClusterIssuers where it runs.
    const namespace = object.metadata.namespace ?? certManager?.namespace;
    return Object.entries(namesIn(object)).flatMap(([key, names]) => {
      const kind = kinds.get(key);
      if (kind === undefined || namespace === undefined) return [];
      return names.map((name) => ({ kind, namespace, name }));
    });
  });
  const byId = new Map(named.map((one) => [`${one.kind.kind} ${one.namespace}/${one.name}`, one]));
  return [...byId.values()];
}

function namesIn(object: KubeObject): Readonly<Record<"Secret" | "ConfigMap", readonly string[]>> {
  switch (kindKey(idOf(object))) {
    case "Deployment.apps":
    case "StatefulSet.apps":
    case "DaemonSet.apps": {
      const { secrets, configMaps, pullSecrets } = podReferences(object);
      return {
        Secret: [...secrets.map(({ name }) => name), ...pullSecrets],
        ConfigMap: configMaps.map(({ name }) => name),
      };
    }
    case "ServiceAccount":
      return { Secret: pullSecretsOf(object), ConfigMap: [] };
    default: {
      const authority = stringAt(object, "spec", "ca", "secretName");
      return { Secret: authority === undefined ? [] : [authority], ConfigMap: [] };
    }
  }
}

async function getIfThere(
  reader: ClusterReader,
  { kind, name, namespace }: Named,
): Promise<readonly KubeObject[]> {
  const address = namespace === undefined ? { name } : { name, namespace };
  try {
    const found = await reader.get(kind, address);
    return [found];
  } catch (error) {
    if (error instanceof KubeApiError && [403, 404].includes(error.status)) return [];
    throw error;
  }
}

/**
 * The cluster's own objects of these ids (`formatId`), by id: only of those that the inventory lists, one request each.
 */
export async function readNamesakes(
  reader: ClusterReader,
  { kinds, objects }: Pick<Inventory, "kinds" | "objects">,
  ids: readonly string[],
): Promise<ReadonlyMap<string, KubeObject>> {
  const wanted = new Set(ids);
  const there = [...objects.values()].map(idOf).filter((id) => wanted.has(formatId(id)));
  const found = await mapWithLimit(there, WIDTH, (id) => {
    const kind = kinds.get(kindKey(id));
    return kind === undefined ? Promise.resolve([]) : getIfThere(reader, { ...id, kind });
  });
  return new Map(found.flat().map((object) => [formatId(idOf(object)), object]));
}
