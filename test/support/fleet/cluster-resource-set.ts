// ClusterResourceSets: the set, the Secrets and ConfigMaps that it applies, and a binding per cluster.
import { encoded } from "./cluster-scope.ts";
import { READY_SINCE, readyStatus } from "./conditions.ts";
import { type FleetObject, type Labels, MANAGER, ownedBy } from "./fleet-object.ts";

export interface ClusterResourceSetOptions {
  readonly secrets?: readonly string[];
  readonly configMaps?: readonly string[];
  /** Names of clusters that it was applied to, same namespace. */
  readonly clusters?: readonly string[];
  readonly selector?: Labels;
}

interface ResourceRef {
  readonly kind: "Secret" | "ConfigMap";
  readonly name: string;
}

/** A set that was applied; one binding per cluster, so give each cluster to one set only. */
export function aClusterResourceSet(
  namespace: string,
  name: string,
  options: ClusterResourceSetOptions,
): readonly FleetObject[] {
  const resources: readonly ResourceRef[] = [
    ...(options.secrets ?? []).map((each) => ({ kind: "Secret", name: each }) as const),
    ...(options.configMaps ?? []).map((each) => ({ kind: "ConfigMap", name: each }) as const),
  ];
  const set: FleetObject = {
    kind: "ClusterResourceSet",
    namespace,
    name,
    creation: { manager: MANAGER.kubectl },
    content: {
      spec: {
        strategy: "ApplyOnce",
        clusterSelector: { matchLabels: options.selector ?? { cni: name } },
        resources,
      },
    },
    owners: [],
    adoption: { finalizers: ["addons.cluster.x-k8s.io"] },
    status: readyStatus({
      observed: true,
      conditions: [["ResourcesApplied", "Applied"]],
    }),
  };
  return [
    set,
    ...resources.map((resource) => appliedObject(set, resource)),
    ...(options.clusters ?? []).map((cluster) => binding(set, cluster, resources)),
  ];
}

function appliedObject(set: FleetObject, { kind, name }: ResourceRef): FleetObject {
  const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: kube-system}\n`;
  const content =
    kind === "Secret"
      ? { type: "addons.cluster.x-k8s.io/resource-set", data: { "cni.yaml": encoded(manifest) } }
      : { data: { "cni.yaml": manifest } };
  return {
    kind,
    ...(set.namespace === undefined ? {} : { namespace: set.namespace }),
    name,
    creation: { manager: MANAGER.kubectl },
    content,
    owners: [ownedBy(set)],
    ownersBy: "adoption",
  };
}

function binding(
  set: FleetObject,
  cluster: string,
  resources: readonly ResourceRef[],
): FleetObject {
  return {
    kind: "ClusterResourceSetBinding",
    ...(set.namespace === undefined ? {} : { namespace: set.namespace }),
    name: cluster,
    creation: { manager: MANAGER.controller },
    content: {
      spec: {
        clusterName: cluster,
        bindings: [
          {
            clusterResourceSetName: set.name,
            resources: resources.map(({ kind, name }) => ({
              kind,
              name,
              applied: true,
              hash: `sha256:${Bun.hash(`${kind}/${name}`).toString(16).padStart(64, "0")}`,
              lastAppliedTime: READY_SINCE,
            })),
          },
        ],
      },
    },
    owners: [ownedBy(set)],
  };
}
