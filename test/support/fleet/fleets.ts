// Ready fleets for tests of the whole pivot. Cluster-scoped names carry the namespace, so tests can share a pair.
import { aCluster } from "./cluster.ts";
import { aClusterClass } from "./cluster-class.ts";
import { aClusterResourceSet } from "./cluster-resource-set.ts";
import {
  aLargeNumber,
  aMachineDrainRule,
  anExtensionConfig,
  anIdentity,
  aServerClaim,
} from "./companions.ts";
import type { FleetObject } from "./fleet-object.ts";
import { anIpPool } from "./ip-pool.ts";

/** Objects and every namespace that they need. */
export interface Fleet {
  readonly namespaces: readonly string[];
  readonly objects: readonly FleetObject[];
}

/** Namespaces from the objects themselves. */
export function fleetOf(objects: readonly FleetObject[]): Fleet {
  const named = objects.flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace]));
  return { namespaces: [...new Set(named)], objects };
}

/** Objects of one kind. */
export function ofKind(objects: readonly FleetObject[], kind: string): readonly FleetObject[] {
  return objects.filter((object) => object.kind === kind);
}

function first(objects: readonly FleetObject[], kind: string): FleetObject {
  const [found] = ofKind(objects, kind);
  if (found === undefined) throw new Error(`fleet has no ${kind}`);
  return found;
}

/** `prod`: 3 control planes, 2 MachineDeployments, a health check, a resource set, secrets that the user brought. */
export function plainFleet(namespace: string): Fleet {
  const prod = aCluster(namespace, "prod")
    .withLabels({ cni: "calico", environment: "production" })
    .withControlPlane({ replicas: 3 })
    .withMachineDeployment("md-0", { machines: 3 })
    .withMachineDeployment("md-1", { machines: 2 })
    .withMachineHealthCheck()
    .withUserSecret("ca")
    .withUserSecret("etcd")
    .withUserSecret("sa")
    .withUserSecret("proxy")
    .withUserSecret("apiserver-etcd-client")
    .objects();
  const addons = aClusterResourceSet(namespace, "calico", {
    secrets: ["calico-secret"],
    configMaps: ["calico-manifest"],
    clusters: ["prod"],
  });
  const numbers = aLargeNumber(first(prod, "Cluster"), "limits");
  return fleetOf([...prod, ...addons, ...numbers]);
}

/** A ClusterClass, `blue` in its namespace and `green` of the same class in `<namespace>-tenant`. */
export function classFleet(namespace: string): Fleet {
  const tenant = `${namespace}-tenant`;
  const blue = aCluster(namespace, "blue")
    .ofClass("quick")
    .withControlPlane({ replicas: 1 })
    .withMachineDeployment("md-0", { machines: 2 });
  const green = aCluster(tenant, "green")
    .ofClass("quick", namespace)
    .withControlPlane({ replicas: 3 })
    .withMachineDeployment("md-0", { machines: 1 });
  return fleetOf([
    ...aClusterClass(namespace, "quick").objects(),
    ...blue.objects(),
    ...green.objects(),
  ]);
}

/** Names of cluster-scoped objects of `poolFleet`. */
export function poolFleetNames(namespace: string): {
  readonly globalPool: string;
  readonly identity: string;
  readonly extension: string;
  readonly providerNamespace: string;
} {
  return {
    globalPool: `global-${namespace}`,
    identity: `identity-${namespace}`,
    extension: `extension-${namespace}`,
    providerNamespace: `${namespace}-provider`,
  };
}

/** MachinePool, two IPAM pools in use, identity, drain rule, extension, and a cluster that was paused before. */
export function poolFleet(namespace: string): Fleet {
  const names = poolFleetNames(namespace);
  const edge = aCluster(namespace, "edge")
    .withControlPlane({ replicas: 1 })
    .withMachineDeployment("md-0", { machines: 2 })
    .withMachinePool("mp-0", { replicas: 2 })
    .objects();
  const asleep = aCluster(namespace, "asleep").withControlPlane({ replicas: 1 }).paused();
  const machines = ofKind(edge, "DockerMachine");
  return fleetOf([
    ...edge,
    ...asleep.objects(),
    ...anIpPool({ namespace, name: "rack-7", network: "10.20.30", cluster: "edge", machines }),
    ...anIpPool({
      name: names.globalPool,
      network: "10.20.31",
      cluster: "edge",
      machines: machines.slice(0, 1),
    }),
    ...anIdentity(names.identity, {
      secretNamespace: names.providerNamespace,
      allowedNamespaces: [namespace],
    }),
    ...aMachineDrainRule(namespace, "monitoring-last"),
    ...anExtensionConfig(names.extension, { namespaces: [namespace] }),
  ]);
}

/** A cluster with a ServerClaim on its first machine: what clusterctl loses. */
export function claimFleet(namespace: string): Fleet {
  const metal = aCluster(namespace, "metal").withControlPlane({ replicas: 1 }).objects();
  return fleetOf([...metal, ...aServerClaim(first(metal, "DockerMachine"))]);
}

export interface BenchOptions {
  readonly clusters: number;
  readonly namespace: string;
  /** Default 3. */
  readonly controlPlanes?: number;
  /** Default 10. */
  readonly workers?: number;
}

/** Plain clusters of 12 + 4 × machines objects: 64 with the default 3 + 10 machines. */
export function benchFleet(options: BenchOptions): Fleet {
  const { clusters, namespace, controlPlanes = 3, workers = 10 } = options;
  const objects = Array.from({ length: clusters }, (_, index) =>
    aCluster(namespace, `bench-${String(index).padStart(2, "0")}`)
      // kubeadm's front-proxy secret is left out to make the number round.
      .withControlPlane({ replicas: controlPlanes, secrets: ["ca", "etcd", "sa", "kubeconfig"] })
      .withMachineDeployment("md-0", { machines: workers })
      .objects(),
  );
  return fleetOf(objects.flat());
}
