// The kinds that fleets are made of, and their URLs. Plain facts: knows no server.
import { apiVersionOf } from "../../../src/model/object.ts";

export interface FleetKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly hasStatus: boolean;
}

type Scope = "namespaced" | "cluster";
type Row = readonly [kind: string, plural: string, status: boolean, scope?: Scope];

function kindsOf(group: string, version: string, rows: readonly Row[]): readonly FleetKind[] {
  return rows.map(([kind, plural, hasStatus, scope]) => ({
    group,
    version,
    kind,
    plural,
    namespaced: scope !== "cluster",
    hasStatus,
  }));
}

/** Every kind that a fleet may hold. */
export const FLEET_KINDS: readonly FleetKind[] = [
  ...kindsOf("", "v1", [
    ["Secret", "secrets", false],
    ["ConfigMap", "configmaps", false],
  ]),
  ...kindsOf("cluster.x-k8s.io", "v1beta2", [
    ["Cluster", "clusters", true],
    ["ClusterClass", "clusterclasses", true],
    ["Machine", "machines", true],
    ["MachineSet", "machinesets", true],
    ["MachineDeployment", "machinedeployments", true],
    ["MachinePool", "machinepools", true],
    ["MachineHealthCheck", "machinehealthchecks", true],
    ["MachineDrainRule", "machinedrainrules", false],
  ]),
  ...kindsOf("controlplane.cluster.x-k8s.io", "v1beta2", [
    ["KubeadmControlPlane", "kubeadmcontrolplanes", true],
    ["KubeadmControlPlaneTemplate", "kubeadmcontrolplanetemplates", false],
  ]),
  ...kindsOf("bootstrap.cluster.x-k8s.io", "v1beta2", [
    ["KubeadmConfig", "kubeadmconfigs", true],
    ["KubeadmConfigTemplate", "kubeadmconfigtemplates", false],
  ]),
  ...kindsOf("infrastructure.cluster.x-k8s.io", "v1beta2", [
    ["DockerCluster", "dockerclusters", true],
    ["DockerClusterTemplate", "dockerclustertemplates", false],
    ["DockerMachine", "dockermachines", true],
    ["DockerMachineTemplate", "dockermachinetemplates", true],
    ["DockerMachinePool", "dockermachinepools", true],
  ]),
  ...kindsOf("addons.cluster.x-k8s.io", "v1beta2", [
    ["ClusterResourceSet", "clusterresourcesets", true],
    ["ClusterResourceSetBinding", "clusterresourcesetbindings", false],
  ]),
  ...kindsOf("ipam.cluster.x-k8s.io", "v1beta2", [
    ["IPAddressClaim", "ipaddressclaims", true],
    ["IPAddress", "ipaddresses", false],
  ]),
  ...kindsOf("runtime.cluster.x-k8s.io", "v1beta2", [
    ["ExtensionConfig", "extensionconfigs", true, "cluster"],
  ]),
  ...kindsOf("ipam.cluster.x-k8s.io", "v1alpha2", [
    ["InClusterIPPool", "inclusterippools", true],
    ["GlobalInClusterIPPool", "globalinclusterippools", true, "cluster"],
  ]),
  ...kindsOf("infrastructure.cluster.x-k8s.io", "v1alpha1", [
    ["FleetClusterIdentity", "fleetclusteridentities", true, "cluster"],
  ]),
  ...kindsOf("metal.example.dev", "v1alpha1", [["ServerClaim", "serverclaims", true]]),
  ...kindsOf("numbers.cluster.x-k8s.io", "v1alpha1", [["LargeNumber", "largenumbers", true]]),
];

const byKind: ReadonlyMap<string, FleetKind> = new Map(
  FLEET_KINDS.map((kind) => [kind.kind, kind]),
);

/** The entry of a kind; throws for a kind that no fleet knows. */
export function fleetKind(kind: string): FleetKind {
  const found = byKind.get(kind);
  if (found === undefined) throw new Error(`no fleet kind ${kind}: add it to fleet-kinds.ts`);
  return found;
}

/** `cluster.x-k8s.io/v1beta2`. */
export function apiVersionOfKind(kind: FleetKind): string {
  return apiVersionOf(kind.group, kind.version);
}

/** URL path of a kind's collection, or of one object of it. */
export function pathOf(kind: FleetKind, namespace: string | undefined, name?: string): string {
  const root = kind.group === "" ? `/api/${kind.version}` : `/apis/${apiVersionOfKind(kind)}`;
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "";
  return `${root}${scope}/${kind.plural}${name === undefined ? "" : `/${name}`}`;
}
