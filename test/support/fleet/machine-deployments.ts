// Workers: MachineDeployment, its templates, its MachineSet and the machines.
import {
  type ClusterScope,
  clusterLabels,
  groupRef,
  KUBERNETES_VERSION,
  madeByUser,
  suffixOf,
  TOPOLOGY_OWNED,
} from "./cluster-scope.ts";
import { readyStatus, replicaCounts } from "./conditions.ts";
import { machineTemplate } from "./control-plane.ts";
import {
  controlledBy,
  type Fields,
  type FleetObject,
  type Labels,
  MANAGER,
  ownedBy,
} from "./fleet-object.ts";
import { joinConfig, machineObjects } from "./machines.ts";

export interface MachineDeploymentOptions {
  readonly name: string;
  readonly machines: number;
}

interface Workers {
  readonly scope: ClusterScope;
  readonly name: string;
  readonly machines: number;
  /** Labels on the MachineDeployment, the MachineSet and every machine. */
  readonly labels: Labels;
  readonly hash: string;
  readonly template: string;
}

/** The objects of one MachineDeployment with all machines running. */
export function machineDeploymentObjects(
  scope: ClusterScope,
  cluster: FleetObject,
  options: MachineDeploymentOptions,
): readonly FleetObject[] {
  const name = `${scope.name}-${options.name}`;
  const workers: Workers = {
    scope,
    name,
    machines: options.machines,
    labels: {
      "cluster.x-k8s.io/deployment-name": name,
      ...(scope.topology
        ? { [TOPOLOGY_OWNED]: "", "topology.cluster.x-k8s.io/deployment-name": options.name }
        : {}),
    },
    hash: suffixOf(scope.namespace, name, "hash"),
    template: name,
  };
  const deployment = machineDeployment(workers, cluster);
  const set = machineSet(workers, deployment);
  const labels = {
    ...workers.labels,
    "cluster.x-k8s.io/set-name": set.name,
    "machine-template-hash": workers.hash,
  };
  return [
    machineTemplate(scope, workers.template, cluster),
    configTemplate(scope, workers.template, cluster),
    deployment,
    set,
    ...Array.from({ length: options.machines }, (_, index) =>
      machineObjects({
        scope,
        owner: set,
        index,
        labels,
        infrastructureTemplate: workers.template,
        configTemplate: workers.template,
      }),
    ).flat(),
  ];
}

/** A KubeadmConfigTemplate, adopted by the cluster. */
export function configTemplate(
  scope: ClusterScope,
  name: string,
  cluster: FleetObject,
): FleetObject {
  return {
    kind: "KubeadmConfigTemplate",
    namespace: scope.namespace,
    name,
    creation: madeByUser(scope),
    content: { spec: { template: { spec: joinConfig(false) } } },
    owners: [ownedBy(cluster)],
    ownersBy: "adoption",
  };
}

function templateOf(workers: Workers, labels: Labels): Fields {
  return {
    metadata: { labels },
    spec: {
      clusterName: workers.scope.name,
      version: KUBERNETES_VERSION,
      bootstrap: { configRef: groupRef("KubeadmConfigTemplate", workers.template) },
      infrastructureRef: groupRef("DockerMachineTemplate", workers.template),
    },
  };
}

function machineDeployment(workers: Workers, cluster: FleetObject): FleetObject {
  const { scope, name, machines, labels } = workers;
  const selector = { ...clusterLabels(scope), ...labels };
  return {
    kind: "MachineDeployment",
    namespace: scope.namespace,
    name,
    creation: madeByUser(scope, labels),
    content: {
      spec: {
        clusterName: scope.name,
        replicas: machines,
        selector: { matchLabels: selector },
        rollout: {
          strategy: {
            type: "RollingUpdate",
            rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
          },
        },
        template: templateOf(workers, selector),
      },
    },
    owners: [ownedBy(cluster)],
    ownersBy: "adoption",
    adoption: {
      ...(scope.topology ? {} : { labels: clusterLabels(scope) }),
      annotations: { "machinedeployment.clusters.x-k8s.io/revision": "1" },
      finalizers: [
        "cluster.x-k8s.io/machinedeployment",
        ...(scope.topology ? ["machinedeployment.topology.cluster.x-k8s.io"] : []),
      ],
    },
    status: workerStatus(workers, ["Available", "MachinesReady", "MachinesUpToDate"], {
      phase: "Running",
    }),
  };
}

function machineSet(workers: Workers, deployment: FleetObject): FleetObject {
  const { scope, name, machines, hash } = workers;
  const labels = {
    ...clusterLabels(scope),
    ...workers.labels,
    "machine-template-hash": hash,
  };
  return {
    kind: "MachineSet",
    namespace: scope.namespace,
    name: `${name}-${hash}`,
    creation: {
      manager: MANAGER.machineDeployment,
      apply: true,
      labels,
      annotations: {
        "machinedeployment.clusters.x-k8s.io/revision": "1",
        "machinedeployment.clusters.x-k8s.io/desired-replicas": String(machines),
        "machinedeployment.clusters.x-k8s.io/max-replicas": String(machines + 1),
      },
    },
    content: {
      spec: {
        clusterName: scope.name,
        replicas: machines,
        selector: { matchLabels: labels },
        template: templateOf(workers, labels),
      },
    },
    owners: [controlledBy(deployment)],
    adoption: {
      finalizers: [
        "cluster.x-k8s.io/machineset",
        ...(scope.topology ? ["machineset.topology.cluster.x-k8s.io"] : []),
      ],
    },
    status: workerStatus(workers, ["MachinesReady", "MachinesUpToDate"], {}),
  };
}

function workerStatus(
  workers: Workers,
  conditions: readonly string[],
  fields: Fields,
): NonNullable<FleetObject["status"]> {
  const { scope, machines, labels } = workers;
  const selector = { ...clusterLabels(scope), ...labels };
  return readyStatus({
    paused: scope.paused,
    observed: true,
    conditions: conditions.map((type) => [type, type.replace(/^Machines/, "")] as const),
    fields: {
      ...replicaCounts(machines, KUBERNETES_VERSION),
      selector: Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(","),
      ...fields,
    },
  });
}
