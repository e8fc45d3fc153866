// The control plane of a cluster: KubeadmControlPlane, its machine template, machines and secrets.
import {
  type ClusterScope,
  clusterLabels,
  groupRef,
  KUBERNETES_VERSION,
  madeByUser,
  TOPOLOGY_OWNED,
} from "./cluster-scope.ts";
import { readyStatus, replicaCounts } from "./conditions.ts";
import { controlledBy, type FleetObject, ownedBy } from "./fleet-object.ts";
import { joinConfig, machineObjects } from "./machines.ts";
import { generatedSecret, type Purpose } from "./secrets.ts";

export interface ControlPlaneOptions {
  readonly replicas: number;
  /** Secrets that the control plane made itself. */
  readonly secrets: readonly Purpose[];
}

/** The cluster's own name for its control plane; the reference in Cluster.spec. */
export function controlPlaneName(scope: ClusterScope): string {
  return `${scope.name}-control-plane`;
}

/** A DockerMachineTemplate, made by whoever made the cluster and adopted by it. */
export function machineTemplate(
  scope: ClusterScope,
  name: string,
  cluster: FleetObject,
): FleetObject {
  const spec = {
    customImage: `kindest/node:${KUBERNETES_VERSION}`,
    extraMounts: [{ containerPath: "/var/run/docker.sock", hostPath: "/var/run/docker.sock" }],
  };
  return {
    kind: "DockerMachineTemplate",
    namespace: scope.namespace,
    name,
    creation: madeByUser(scope),
    content: { spec: { template: { spec } } },
    owners: [ownedBy(cluster)],
    ownersBy: "adoption",
    status: () => ({ capacity: { cpu: "4", memory: "8Gi" } }),
  };
}

/** KubeadmControlPlane, template, generated secrets and machines. */
export function controlPlaneObjects(
  scope: ClusterScope,
  cluster: FleetObject,
  options: ControlPlaneOptions,
): readonly FleetObject[] {
  const template = machineTemplate(scope, controlPlaneName(scope), cluster);
  const controlPlane = kubeadmControlPlane(scope, cluster, options.replicas, template.name);
  const labels = {
    "cluster.x-k8s.io/control-plane": "",
    "cluster.x-k8s.io/control-plane-name": controlPlane.name,
    ...(scope.topology ? { [TOPOLOGY_OWNED]: "" } : {}),
  };
  return [
    template,
    controlPlane,
    ...options.secrets.map((purpose) => generatedSecret(scope, purpose, controlPlane)),
    ...Array.from({ length: options.replicas }, (_, index) =>
      machineObjects({
        scope,
        owner: controlPlane,
        index,
        labels,
        infrastructureTemplate: template.name,
      }),
    ).flat(),
  ];
}

function kubeadmControlPlane(
  scope: ClusterScope,
  cluster: FleetObject,
  replicas: number,
  template: string,
): FleetObject {
  const name = controlPlaneName(scope);
  return {
    kind: "KubeadmControlPlane",
    namespace: scope.namespace,
    name,
    creation: madeByUser(scope),
    content: {
      spec: {
        replicas,
        version: KUBERNETES_VERSION,
        kubeadmConfigSpec: joinConfig(true),
        machineTemplate: {
          spec: { infrastructureRef: groupRef("DockerMachineTemplate", template) },
        },
        rollout: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } },
      },
    },
    owners: [controlledBy(cluster)],
    ownersBy: "adoption",
    adoption: {
      labels: clusterLabels(scope),
      finalizers: ["kubeadm.controlplane.cluster.x-k8s.io"],
    },
    status: readyStatus({
      paused: scope.paused,
      observed: true,
      conditions: [
        "Available",
        "Initialized",
        "CertificatesAvailable",
        ["EtcdClusterHealthy", "Healthy"],
        ["ControlPlaneComponentsHealthy", "Healthy"],
        ["MachinesReady", "Ready"],
        ["MachinesUpToDate", "UpToDate"],
      ],
      fields: {
        ...replicaCounts(replicas, KUBERNETES_VERSION),
        version: KUBERNETES_VERSION,
        selector: `cluster.x-k8s.io/cluster-name=${scope.name},cluster.x-k8s.io/control-plane`,
        initialization: { controlPlaneInitialized: true },
      },
    }),
  };
}
