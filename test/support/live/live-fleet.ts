// Clusters whose machines really run, in the memory of CAPD: one of a ClusterClass and one without. Users' objects only;
// the providers' managers make all the others. Pure.
import { fieldAt, type Json } from "../../../src/model/object.ts";
import type { Manifest } from "./manifests.ts";
import { capiManifests } from "./manifests.ts";

export interface LiveClusterSpec {
  readonly namespace: string;
  readonly name: string;
  /** Default: 1. */
  readonly controlPlanes?: number;
  /** Default: 1. */
  readonly workers?: number;
}

const VERSION = "v1.34.0";
const NETWORK = {
  services: { cidrBlocks: ["10.128.0.0/12"] },
  pods: { cidrBlocks: ["192.168.0.0/16"] },
  serviceDomain: "cluster.local",
};
/** Upstream's virtual machines take 10 s to start: nothing is tested in that time. */
const STARTUP = { startupDuration: "1s", startupJitter: "0.2" };

/** The class `in-memory` and its templates, as upstream publishes them, in a namespace. */
export async function inMemoryClass(namespace: string): Promise<readonly Manifest[]> {
  const { inMemoryClass: published } = await capiManifests();
  return published
    .map((object) => quick(object) as Manifest)
    .map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));
}

/** A Cluster of the class `in-memory` of its namespace. */
export function classCluster(spec: LiveClusterSpec): readonly Manifest[] {
  const { namespace, name, controlPlanes = 1, workers = 1 } = spec;
  const machineDeployments = [{ class: "default-worker", name: "md-0", replicas: workers }];
  const topology = {
    classRef: { name: "in-memory" },
    version: VERSION,
    controlPlane: { replicas: controlPlanes },
    workers: { machineDeployments },
  };
  return [
    {
      apiVersion: "cluster.x-k8s.io/v1beta2",
      kind: "Cluster",
      metadata: { namespace, name },
      spec: { clusterNetwork: NETWORK, topology },
    },
  ];
}

/** A Cluster with a control plane, workers and templates of its own. */
export async function plainCluster(spec: LiveClusterSpec): Promise<readonly Manifest[]> {
  const { namespace, name, controlPlanes = 1, workers = 1 } = spec;
  const templates = await inMemoryClass(namespace);
  const specOf = (kind: string): Json =>
    fieldAt(
      templates.find((each) => each.kind === kind),
      "spec",
      "template",
      "spec",
    );
  const own = (group: string, kind: string, suffix: string, content: Json): Manifest => ({
    apiVersion: `${group}/v1beta2`,
    kind,
    metadata: { namespace, name: `${name}${suffix}` },
    spec: content,
  });
  const machines = { template: { spec: specOf("DevMachineTemplate") } };
  const bootstrap = { template: { spec: specOf("KubeadmConfigTemplate") } };
  return [
    own(INFRASTRUCTURE, "DevMachineTemplate", "-control-plane", machines),
    own(INFRASTRUCTURE, "DevMachineTemplate", "-md-0", machines),
    own(BOOTSTRAP, "KubeadmConfigTemplate", "-md-0", bootstrap),
    // Its controller cannot add an annotation of its own to an object that has none.
    annotated(own(INFRASTRUCTURE, "DevCluster", "", specOf("DevClusterTemplate"))),
    own(CONTROL_PLANE, "KubeadmControlPlane", "", {
      replicas: controlPlanes,
      version: VERSION,
      kubeadmConfigSpec: fieldAt(specOf("KubeadmControlPlaneTemplate"), "kubeadmConfigSpec"),
      machineTemplate: {
        spec: {
          infrastructureRef: reference(
            INFRASTRUCTURE,
            "DevMachineTemplate",
            `${name}-control-plane`,
          ),
        },
      },
    }),
    own(CORE, "Cluster", "", {
      clusterNetwork: NETWORK,
      controlPlaneRef: reference(CONTROL_PLANE, "KubeadmControlPlane", name),
      infrastructureRef: reference(INFRASTRUCTURE, "DevCluster", name),
    }),
    own(CORE, "MachineDeployment", "-md-0", {
      clusterName: name,
      replicas: workers,
      selector: {},
      template: {
        spec: {
          clusterName: name,
          version: VERSION,
          bootstrap: { configRef: reference(BOOTSTRAP, "KubeadmConfigTemplate", `${name}-md-0`) },
          infrastructureRef: reference(INFRASTRUCTURE, "DevMachineTemplate", `${name}-md-0`),
        },
      },
    }),
  ];
}

const CORE = "cluster.x-k8s.io";
const BOOTSTRAP = "bootstrap.cluster.x-k8s.io";
const CONTROL_PLANE = "controlplane.cluster.x-k8s.io";
const INFRASTRUCTURE = "infrastructure.cluster.x-k8s.io";

function annotated(object: Manifest): Manifest {
  const annotations = { "example.dev/team": "platform" };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function reference(apiGroup: string, kind: string, name: string): Json {
  return { apiGroup, kind, name };
}

function quick(value: Json): Json {
  if (Array.isArray(value)) return value.map(quick);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, field]: [string, Json]) => [
    key,
    key === "provisioning" ? STARTUP : quick(field),
  ]);
  return Object.fromEntries(entries) as Json;
}
