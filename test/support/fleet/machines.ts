// One machine is four objects: Machine, DockerMachine, KubeadmConfig and the Secret with its bootstrap data.
import {
  type ClusterScope,
  clonedFrom,
  clusterLabels,
  groupRef,
  KUBERNETES_VERSION,
  suffixOf,
} from "./cluster-scope.ts";
import { READY_SINCE, readyStatus } from "./conditions.ts";
import { controlledBy, type FleetObject, type Labels, MANAGER } from "./fleet-object.ts";
import { bootstrapSecret } from "./secrets.ts";

export interface MachineOptions {
  readonly scope: ClusterScope;
  /** MachineSet or KubeadmControlPlane. */
  readonly owner: Pick<FleetObject, "kind" | "namespace" | "name">;
  readonly index: number;
  readonly labels: Labels;
  readonly infrastructureTemplate: string;
  /** Undefined for control planes: their config comes from the KubeadmControlPlane itself. */
  readonly configTemplate?: string;
}

interface Writers {
  readonly creator: string;
  readonly metadata: string;
}

function writersOf(ownerKind: string): Writers {
  return ownerKind === "KubeadmControlPlane"
    ? { creator: MANAGER.controlPlane, metadata: MANAGER.controlPlaneMetadata }
    : { creator: MANAGER.machineSet, metadata: MANAGER.machineSetMetadata };
}

interface MachinePlan extends MachineOptions {
  readonly name: string;
  readonly writers: Writers;
  readonly all: Labels;
  readonly providerID: string;
  readonly isControlPlane: boolean;
}

/** The four objects of one machine that runs. */
export function machineObjects(options: MachineOptions): readonly FleetObject[] {
  const { scope, owner, index } = options;
  const name = `${owner.name}-${suffixOf(scope.namespace, owner.name, index)}`;
  const plan: MachinePlan = {
    ...options,
    name,
    writers: writersOf(owner.kind),
    all: { ...clusterLabels(scope), ...options.labels },
    providerID: `docker:////${name}`,
    isControlPlane: owner.kind === "KubeadmControlPlane",
  };
  const machine = machineObject(plan);
  const config = configObject(plan, machine);
  const immutable = index % 2 === 1;
  return [
    machine,
    dockerMachineObject(plan, machine),
    config,
    bootstrapSecret(scope, config, { immutable }),
  ];
}

function machineObject(plan: MachinePlan): FleetObject {
  const { scope, name, isControlPlane } = plan;
  const failureDomain = `fd${(plan.index % 3) + 1}`;
  return {
    kind: "Machine",
    namespace: scope.namespace,
    name,
    creation: {
      manager: plan.writers.creator,
      apply: true,
      ...(isControlPlane
        ? { annotations: { "pre-terminate.delete.hook.machine.cluster.x-k8s.io/kcp-cleanup": "" } }
        : {}),
    },
    content: {
      spec: {
        clusterName: scope.name,
        version: KUBERNETES_VERSION,
        failureDomain,
        bootstrap: { configRef: groupRef("KubeadmConfig", name) },
        infrastructureRef: groupRef("DockerMachine", name),
        deletion: { nodeDeletionTimeoutSeconds: 10 },
      },
    },
    owners: [controlledBy(plan.owner)],
    layer: { manager: plan.writers.metadata, labels: plan.all },
    adoption: {
      finalizers: ["machine.cluster.x-k8s.io"],
      spec: {
        providerID: plan.providerID,
        bootstrap: { dataSecretName: name },
      },
    },
    status: readyStatus({
      paused: scope.paused,
      observed: true,
      conditions: [
        "Available",
        "Ready",
        "UpToDate",
        "BootstrapConfigReady",
        "InfrastructureReady",
        "NodeHealthy",
        "NodeReady",
      ],
      fields: {
        phase: "Running",
        initialization: { infrastructureProvisioned: true, bootstrapDataSecretCreated: true },
        nodeRef: { name },
        nodeInfo: nodeInfo(),
        addresses: [
          { type: "Hostname", address: name },
          { type: "InternalIP", address: `172.18.0.${10 + plan.index}` },
        ],
        lastUpdated: READY_SINCE,
        ...(isControlPlane ? { certificatesExpiryDate: "2027-03-01T08:30:00Z" } : {}),
      },
    }),
  };
}

function nodeInfo(): Labels {
  return {
    architecture: "amd64",
    bootID: "5c3ba3b1-6a52-4e30-9a13-08cf4ba59d0b",
    containerRuntimeVersion: "containerd://2.2.1",
    kernelVersion: "6.12.0",
    kubeProxyVersion: "",
    kubeletVersion: KUBERNETES_VERSION,
    machineID: "f1d7a6d25d7f4d3f9f2a57d9c3a3d1aa",
    operatingSystem: "linux",
    osImage: "Debian GNU/Linux 12 (bookworm)",
    systemUUID: "d0f5b6a4-5e1e-4b5e-8a9c-4e9a7a1b2c3d",
  };
}

function dockerMachineObject(plan: MachinePlan, machine: FleetObject): FleetObject {
  const { scope, name } = plan;
  return {
    kind: "DockerMachine",
    namespace: scope.namespace,
    name,
    creation: {
      manager: plan.writers.creator,
      apply: true,
      annotations: clonedFrom("DockerMachineTemplate", plan.infrastructureTemplate),
    },
    content: {
      spec: {
        customImage: `kindest/node:${KUBERNETES_VERSION}`,
        extraMounts: [{ containerPath: "/var/run/docker.sock", hostPath: "/var/run/docker.sock" }],
      },
    },
    owners: [controlledBy(machine)],
    ownersBy: "adoption",
    layer: { manager: plan.writers.metadata, labels: plan.all },
    adoption: {
      finalizers: ["dockermachine.infrastructure.cluster.x-k8s.io"],
      spec: { providerID: plan.providerID },
    },
    status: readyStatus({
      paused: scope.paused,
      conditions: [
        "Ready",
        ["ContainerProvisioned", "Provisioned"],
        ["BootstrapExecSucceeded", "Succeeded"],
      ],
      fields: {
        initialization: { provisioned: true },
        ...(plan.isControlPlane ? { loadBalancerConfigured: true } : {}),
        addresses: [{ type: "InternalIP", address: `172.18.0.${10 + plan.index}` }],
      },
    }),
  };
}

function configObject(plan: MachinePlan, machine: FleetObject): FleetObject {
  const { scope, name, configTemplate } = plan;
  const annotations =
    configTemplate === undefined ? undefined : clonedFrom("KubeadmConfigTemplate", configTemplate);
  return {
    kind: "KubeadmConfig",
    namespace: scope.namespace,
    name,
    creation: {
      manager: plan.writers.creator,
      apply: true,
      ...(annotations === undefined ? {} : { annotations }),
    },
    content: { spec: joinConfig(plan.isControlPlane) },
    owners: [controlledBy(machine)],
    ownersBy: "adoption",
    layer: { manager: plan.writers.metadata, labels: plan.all },
    status: configStatus(scope, name),
  };
}

/** Status of a KubeadmConfig whose data secret exists. */
export function configStatus(
  scope: ClusterScope,
  secret: string,
): NonNullable<FleetObject["status"]> {
  return readyStatus({
    paused: scope.paused,
    observed: true,
    conditions: [
      "Ready",
      ["DataSecretAvailable", "Available"],
      ["CertificatesAvailable", "Available"],
    ],
    fields: { dataSecretName: secret, initialization: { dataSecretCreated: true } },
  });
}

/** `spec` of a KubeadmConfig; v1beta2 refuses empty objects, so nothing in it is empty. */
export function joinConfig(controlPlane: boolean): Readonly<Record<string, unknown>> {
  const nodeRegistration = {
    kubeletExtraArgs: [
      { name: "eviction-hard", value: "nodefs.available<0%,imagefs.available<0%" },
    ],
  };
  if (!controlPlane) return { format: "cloud-config", joinConfiguration: { nodeRegistration } };
  return {
    format: "cloud-config",
    clusterConfiguration: { apiServer: { certSANs: ["localhost", "127.0.0.1"] } },
    initConfiguration: { nodeRegistration },
    joinConfiguration: { nodeRegistration },
    files: [
      {
        path: "/etc/kubernetes/audit-policy.yaml",
        owner: "root:root",
        permissions: "0600",
        content: "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n",
      },
    ],
  };
}
