// Workers as a pool: MachinePool, DockerMachinePool, KubeadmConfig and its bootstrap secret.
import {
  type ClusterScope,
  clusterLabels,
  groupRef,
  KUBERNETES_VERSION,
  madeByUser,
} from "./cluster-scope.ts";
import { readyStatus, replicaCounts } from "./conditions.ts";
import { controlledBy, type FleetObject, ownedBy } from "./fleet-object.ts";
import { configStatus, joinConfig } from "./machines.ts";
import { bootstrapSecret } from "./secrets.ts";

export interface MachinePoolOptions {
  readonly name: string;
  readonly replicas: number;
}

/** The four objects of one pool. */
export function machinePoolObjects(
  scope: ClusterScope,
  cluster: FleetObject,
  options: MachinePoolOptions,
): readonly FleetObject[] {
  const name = `${scope.name}-${options.name}`;
  const providerIDs = Array.from(
    { length: options.replicas },
    (_, index) => `docker:////${name}-${index}`,
  );
  const pool = machinePool(scope, cluster, name, providerIDs);
  const config: FleetObject = {
    kind: "KubeadmConfig",
    namespace: scope.namespace,
    name,
    creation: madeByUser(scope),
    content: { spec: joinConfig(false) },
    owners: [controlledBy(pool)],
    ownersBy: "adoption",
    adoption: { labels: clusterLabels(scope) },
    status: configStatus(scope, name),
  };
  return [
    pool,
    dockerMachinePool(scope, pool, providerIDs),
    config,
    bootstrapSecret(scope, config, { immutable: false }),
  ];
}

function machinePool(
  scope: ClusterScope,
  cluster: FleetObject,
  name: string,
  providerIDs: readonly string[],
): FleetObject {
  return {
    kind: "MachinePool",
    namespace: scope.namespace,
    name,
    creation: madeByUser(scope),
    content: {
      spec: {
        clusterName: scope.name,
        replicas: providerIDs.length,
        template: {
          spec: {
            clusterName: scope.name,
            version: KUBERNETES_VERSION,
            bootstrap: { configRef: groupRef("KubeadmConfig", name) },
            infrastructureRef: groupRef("DockerMachinePool", name),
          },
        },
      },
    },
    owners: [ownedBy(cluster)],
    ownersBy: "adoption",
    adoption: {
      labels: clusterLabels(scope),
      finalizers: ["machinepool.cluster.x-k8s.io"],
      spec: { providerIDList: providerIDs },
    },
    status: readyStatus({
      paused: scope.paused,
      observed: true,
      conditions: ["Ready", "BootstrapConfigReady", "InfrastructureReady"],
      fields: {
        ...replicaCounts(providerIDs.length, KUBERNETES_VERSION),
        phase: "Running",
        initialization: { infrastructureProvisioned: true, bootstrapDataSecretCreated: true },
        // Nodes live in the workload cluster: these uids are none of the management cluster's.
        nodeRefs: providerIDs.map((_, index) => ({
          kind: "Node",
          apiVersion: "v1",
          name: `${name}-${index}`,
          uid: `0f9d3a52-11c4-4c55-8a01-00000000000${index}`,
        })),
      },
    }),
  };
}

function dockerMachinePool(
  scope: ClusterScope,
  pool: FleetObject,
  providerIDs: readonly string[],
): FleetObject {
  return {
    kind: "DockerMachinePool",
    namespace: scope.namespace,
    name: pool.name,
    creation: madeByUser(scope),
    content: { spec: { template: { customImage: `kindest/node:${KUBERNETES_VERSION}` } } },
    owners: [controlledBy(pool)],
    ownersBy: "adoption",
    adoption: {
      labels: clusterLabels(scope),
      finalizers: ["dockermachinepool.infrastructure.cluster.x-k8s.io"],
      spec: { providerIDList: providerIDs },
    },
    status: readyStatus({
      paused: scope.paused,
      observed: true,
      conditions: ["Ready"],
      fields: {
        ready: true,
        replicas: providerIDs.length,
        infrastructureMachineKind: "DockerMachine",
        instances: providerIDs.map((providerID, index) => ({
          instanceName: `${pool.name}-${index}`,
          providerID,
          version: KUBERNETES_VERSION,
          ready: true,
          bootstrapped: true,
        })),
      },
    }),
  };
}
