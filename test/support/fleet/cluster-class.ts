// `aClusterClass("ns1", "quick").objects()`: a class and the templates that it owns.
import { KUBERNETES_VERSION, versionRef } from "./cluster-scope.ts";
import { readyStatus } from "./conditions.ts";
import { type Fields, type FleetObject, MANAGER, ownedBy } from "./fleet-object.ts";
import { joinConfig } from "./machines.ts";

export interface ClusterClassBuilder {
  /** The pause annotation: a class knows no `spec.paused`. */
  paused(): ClusterClassBuilder;
  objects(): readonly FleetObject[];
}

interface ClassPlan {
  readonly namespace: string;
  readonly name: string;
  readonly paused: boolean;
}

/** A class with one kind of worker, `default-worker`, and one variable. */
export function aClusterClass(namespace: string, name: string): ClusterClassBuilder {
  return builderOf({ namespace, name, paused: false });
}

function builderOf(plan: ClassPlan): ClusterClassBuilder {
  return {
    paused: () => builderOf({ ...plan, paused: true }),
    objects: () => objectsOf(plan),
  };
}

const VARIABLE = {
  name: "imageRepository",
  required: true,
  schema: { openAPIV3Schema: { type: "string", default: "" } },
};

function objectsOf(plan: ClassPlan): readonly FleetObject[] {
  const template = classObject(plan);
  const spec = {
    machine: { template: { spec: { customImage: `kindest/node:${KUBERNETES_VERSION}` } } },
    cluster: { template: { spec: { failureDomains: [{ name: "fd1", controlPlane: true }] } } },
    controlPlane: { template: { spec: { kubeadmConfigSpec: joinConfig(true) } } },
    config: { template: { spec: joinConfig(false) } },
  };
  const owned = (kind: string, suffix: string, content: Fields): FleetObject => ({
    kind,
    namespace: plan.namespace,
    name: `${plan.name}-${suffix}`,
    creation: { manager: MANAGER.kubectl },
    content: { spec: content },
    owners: [ownedBy(template)],
    ownersBy: "adoption",
  });
  return [
    template,
    owned("DockerClusterTemplate", "cluster", spec.cluster),
    owned("KubeadmControlPlaneTemplate", "control-plane", spec.controlPlane),
    owned("DockerMachineTemplate", "control-plane", spec.machine),
    owned("DockerMachineTemplate", "default-worker", spec.machine),
    owned("KubeadmConfigTemplate", "default-worker", spec.config),
  ];
}

function classObject({ namespace, name, paused }: ClassPlan): FleetObject {
  const ref = (kind: string, suffix: string) => ({
    templateRef: versionRef(kind, `${name}-${suffix}`),
  });
  return {
    kind: "ClusterClass",
    namespace,
    name,
    creation: {
      manager: MANAGER.kubectl,
      ...(paused ? { annotations: { "cluster.x-k8s.io/paused": "" } } : {}),
    },
    content: {
      spec: {
        infrastructure: ref("DockerClusterTemplate", "cluster"),
        controlPlane: {
          ...ref("KubeadmControlPlaneTemplate", "control-plane"),
          machineInfrastructure: ref("DockerMachineTemplate", "control-plane"),
        },
        workers: {
          machineDeployments: [
            {
              class: "default-worker",
              bootstrap: ref("KubeadmConfigTemplate", "default-worker"),
              infrastructure: ref("DockerMachineTemplate", "default-worker"),
            },
          ],
        },
        variables: [VARIABLE],
      },
    },
    owners: [],
    status: readyStatus({
      paused,
      observed: true,
      conditions: [
        ["RefVersionsUpToDate", "RefVersionsUpToDate"],
        ["VariablesReady", "VariablesReady"],
      ],
      fields: {
        variables: [
          {
            name: VARIABLE.name,
            definitions: [{ from: "inline", required: VARIABLE.required, schema: VARIABLE.schema }],
          },
        ],
      },
    }),
  };
}
