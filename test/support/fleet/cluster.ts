// `aCluster("ns1", "prod").withControlPlane({ replicas: 3 }).withMachineDeployment("md-0", { machines: 5 }).objects()`.
import { LABEL } from "../../../src/model/capi.ts";
import {
  type ClusterScope,
  clusterLabels,
  groupRef,
  KUBERNETES_VERSION,
  madeByUser,
  TOPOLOGY_OWNED,
} from "./cluster-scope.ts";
import { readyStatus } from "./conditions.ts";
import { controlPlaneName, controlPlaneObjects } from "./control-plane.ts";
import { controlledBy, type FleetObject, type Labels, MANAGER, ownedBy } from "./fleet-object.ts";
import { type MachineDeploymentOptions, machineDeploymentObjects } from "./machine-deployments.ts";
import { type MachinePoolOptions, machinePoolObjects } from "./machine-pools.ts";
import { GENERATED_PURPOSES, type Purpose, userSecret } from "./secrets.ts";

export interface ControlPlaneShape {
  readonly replicas: number;
  /** Default: ca, etcd, sa, proxy and kubeconfig, without those that the user brings. */
  readonly secrets?: readonly Purpose[];
}

interface ClusterPlan {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly paused: boolean;
  readonly topology?: { readonly name: string; readonly namespace?: string };
  readonly controlPlane?: ControlPlaneShape;
  readonly machineDeployments: readonly MachineDeploymentOptions[];
  readonly machinePools: readonly MachinePoolOptions[];
  readonly healthCheck: boolean;
  readonly userSecrets: readonly Purpose[];
}

/** Every method returns a new builder. */
export interface ClusterBuilder {
  withControlPlane(shape?: ControlPlaneShape): ClusterBuilder;
  withMachineDeployment(name: string, options?: { readonly machines: number }): ClusterBuilder;
  withMachinePool(name: string, options?: { readonly replicas: number }): ClusterBuilder;
  withMachineHealthCheck(): ClusterBuilder;
  /** `<cluster>-<purpose>`: Opaque, no owner, instead of the one that the control plane makes. */
  withUserSecret(purpose: Purpose): ClusterBuilder;
  withLabels(labels: Labels): ClusterBuilder;
  /** The cluster is a topology of this class; what it consists of is then made by capi-topology. */
  ofClass(name: string, namespace?: string): ClusterBuilder;
  /** `spec.paused: true`, and every object says so. */
  paused(): ClusterBuilder;
  objects(): readonly FleetObject[];
}

/** A provisioned cluster on the Docker provider. */
export function aCluster(namespace: string, name: string): ClusterBuilder {
  return builderOf({
    namespace,
    name,
    labels: {},
    paused: false,
    machineDeployments: [],
    machinePools: [],
    healthCheck: false,
    userSecrets: [],
  });
}

function builderOf(plan: ClusterPlan): ClusterBuilder {
  const but = (change: Partial<ClusterPlan>): ClusterBuilder => builderOf({ ...plan, ...change });
  return {
    withControlPlane: (shape = { replicas: 3 }) => but({ controlPlane: shape }),
    withMachineDeployment: (name, { machines } = { machines: 2 }) =>
      but({ machineDeployments: [...plan.machineDeployments, { name, machines }] }),
    withMachinePool: (name, { replicas } = { replicas: 2 }) =>
      but({ machinePools: [...plan.machinePools, { name, replicas }] }),
    withMachineHealthCheck: () => but({ healthCheck: true }),
    withUserSecret: (purpose) => but({ userSecrets: [...plan.userSecrets, purpose] }),
    withLabels: (labels) => but({ labels: { ...plan.labels, ...labels } }),
    ofClass: (name, namespace) =>
      but({ topology: namespace === undefined ? { name } : { name, namespace } }),
    paused: () => but({ paused: true }),
    objects: () => objectsOf(plan),
  };
}

function objectsOf(plan: ClusterPlan): readonly FleetObject[] {
  const { namespace, name, paused, controlPlane } = plan;
  const scope: ClusterScope = { namespace, name, paused, topology: plan.topology !== undefined };
  const cluster = clusterObject(plan);
  const generated = GENERATED_PURPOSES.filter((purpose) => !plan.userSecrets.includes(purpose));
  return [
    cluster,
    dockerCluster(scope, cluster),
    ...plan.userSecrets.map((purpose) => userSecret(scope, purpose)),
    ...(controlPlane === undefined
      ? []
      : controlPlaneObjects(scope, cluster, { secrets: generated, ...controlPlane })),
    ...plan.machineDeployments.flatMap((md) => machineDeploymentObjects(scope, cluster, md)),
    ...plan.machinePools.flatMap((pool) => machinePoolObjects(scope, cluster, pool)),
    ...(plan.healthCheck ? [healthCheck(scope, cluster, plan)] : []),
  ];
}

/** References to what the cluster consists of, and its endpoint. */
function references(plan: ClusterPlan): Record<string, unknown> {
  const scope = { ...plan, topology: false };
  return {
    infrastructureRef: groupRef("DockerCluster", plan.name),
    controlPlaneEndpoint: { host: "172.18.0.3", port: 6443 },
    ...(plan.controlPlane === undefined
      ? {}
      : { controlPlaneRef: groupRef("KubeadmControlPlane", controlPlaneName(scope)) }),
  };
}

function topologyOf(plan: ClusterPlan): Record<string, unknown> {
  if (plan.topology === undefined) return {};
  const machineDeployments = plan.machineDeployments.map(({ name, machines }) => ({
    class: "default-worker",
    name,
    replicas: machines,
  }));
  return {
    topology: {
      classRef: plan.topology,
      version: KUBERNETES_VERSION,
      ...(plan.controlPlane === undefined
        ? {}
        : { controlPlane: { replicas: plan.controlPlane.replicas } }),
      ...(machineDeployments.length === 0 ? {} : { workers: { machineDeployments } }),
      variables: [{ name: "imageRepository", value: "registry.example.com/kubernetes" }],
    },
  };
}

function clusterObject(plan: ClusterPlan): FleetObject {
  const { namespace, name, paused, topology } = plan;
  const control = plan.controlPlane?.replicas ?? 0;
  const workers = plan.machineDeployments.reduce((sum, { machines }) => sum + machines, 0);
  return {
    kind: "Cluster",
    namespace,
    name,
    creation: { manager: MANAGER.kubectl, labels: plan.labels },
    content: {
      spec: {
        clusterNetwork: {
          pods: { cidrBlocks: ["192.168.0.0/16"] },
          services: { cidrBlocks: ["10.128.0.0/12"] },
          serviceDomain: "cluster.local",
        },
        ...(paused ? { paused: true } : {}),
        ...(topology === undefined ? references(plan) : topologyOf(plan)),
      },
    },
    owners: [],
    adoption: {
      labels: {
        [LABEL.clusterName]: name,
        ...(topology === undefined ? {} : { [TOPOLOGY_OWNED]: "" }),
      },
      finalizers: ["cluster.cluster.x-k8s.io"],
      ...(topology === undefined ? {} : { spec: references(plan) }),
    },
    status: readyStatus({
      paused,
      observed: true,
      conditions: [
        "Available",
        "InfrastructureReady",
        "ControlPlaneAvailable",
        ["ControlPlaneInitialized", "Initialized"],
        ["WorkersAvailable", "Available"],
        ["RemoteConnectionProbe", "ProbeSucceeded"],
        ...(topology === undefined ? [] : [["TopologyReconciled", "ReconcileSucceeded"] as const]),
      ],
      fields: {
        phase: "Provisioned",
        initialization: { infrastructureProvisioned: true, controlPlaneInitialized: true },
        controlPlane: counts(control),
        workers: counts(workers),
        failureDomains: [{ name: "fd1", controlPlane: true }],
      },
    }),
  };
}

function counts(replicas: number): Record<string, number> {
  return {
    desiredReplicas: replicas,
    replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    upToDateReplicas: replicas,
  };
}

function dockerCluster(scope: ClusterScope, cluster: FleetObject): FleetObject {
  return {
    kind: "DockerCluster",
    namespace: scope.namespace,
    name: scope.name,
    creation: madeByUser(scope),
    content: { spec: { failureDomains: [{ name: "fd1", controlPlane: true }] } },
    owners: [controlledBy(cluster)],
    ownersBy: "adoption",
    adoption: {
      labels: clusterLabels(scope),
      finalizers: ["dockercluster.infrastructure.cluster.x-k8s.io"],
      spec: { controlPlaneEndpoint: { host: "172.18.0.3", port: 6443 } },
    },
    status: readyStatus({
      paused: scope.paused,
      conditions: ["Ready", ["LoadBalancerAvailable", "Available"]],
      fields: {
        initialization: { provisioned: true },
        failureDomains: [{ name: "fd1", controlPlane: true }],
      },
    }),
  };
}

function healthCheck(scope: ClusterScope, cluster: FleetObject, plan: ClusterPlan): FleetObject {
  const [first] = plan.machineDeployments;
  const healthy = first?.machines ?? 0;
  const matchLabels =
    first === undefined
      ? clusterLabels(scope)
      : { "cluster.x-k8s.io/deployment-name": `${scope.name}-${first.name}` };
  return {
    kind: "MachineHealthCheck",
    namespace: scope.namespace,
    name: `${scope.name}-unhealthy-5m`,
    creation: madeByUser(scope),
    content: {
      spec: {
        clusterName: scope.name,
        selector: { matchLabels },
        checks: {
          nodeStartupTimeoutSeconds: 600,
          unhealthyNodeConditions: [{ type: "Ready", status: "Unknown", timeoutSeconds: 300 }],
        },
        remediation: { triggerIf: { unhealthyLessThanOrEqualTo: "40%" } },
      },
    },
    owners: [ownedBy(cluster)],
    ownersBy: "adoption",
    adoption: { labels: clusterLabels(scope) },
    status: readyStatus({
      paused: scope.paused,
      observed: true,
      conditions: [["RemediationAllowed", "RemediationAllowed"]],
      fields: {
        currentHealthy: healthy,
        expectedMachines: healthy,
        remediationsAllowed: Math.floor(healthy * 0.4),
      },
    }),
  };
}
