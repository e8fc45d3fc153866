// Plans as renderers get them, built by hand: no graph, no cluster.
import type { ResourceKind } from "../../src/model/kinds.ts";
import type { ObjectId } from "../../src/model/object.ts";
import type { Finding, Plan, PlannedObject, Verdict } from "../../src/model/plan.ts";
import type { Preview } from "../../src/model/preview.ts";
import type {
  ComparedProviders,
  Controller,
  Provider,
  Providers,
  ProviderType,
} from "../../src/model/provider.ts";
import { aScope } from "../plan/inventory-of.ts";

const GROUPS: Readonly<Record<string, string>> = {
  Secret: "",
  ConfigMap: "",
  StatefulSet: "apps",
  KubeadmConfig: "bootstrap.cluster.x-k8s.io",
  KubeadmControlPlane: "controlplane.cluster.x-k8s.io",
  DockerCluster: "infrastructure.cluster.x-k8s.io",
  DockerMachine: "infrastructure.cluster.x-k8s.io",
  DockerMachineTemplate: "infrastructure.cluster.x-k8s.io",
};

export function anId(kind: string, path: string): ObjectId {
  const group = GROUPS[kind] ?? "cluster.x-k8s.io";
  const [namespace, name] = path.split("/");
  return name === undefined
    ? { group, kind, name: path }
    : { group, kind, namespace: namespace ?? "", name };
}

export interface ObjectFacts extends Partial<Omit<PlannedObject, "id" | "uid" | "parent">> {
  readonly below?: PlannedObject;
}

/** `anObject("Machine", "ns1/m-1", { below: machineSet })`; moves unless told otherwise. */
export function anObject(kind: string, path: string, facts: ObjectFacts = {}): PlannedObject {
  const { below, ...rest } = facts;
  const id = anId(kind, path);
  return {
    id,
    uid: `uid-${kind}-${path}`,
    kind: aKind(id),
    verdict: { kind: "move", reason: "below its Cluster" },
    hold: "acknowledges",
    freeze: "none",
    hasFinalizers: true,
    owners: below === undefined ? [] : [below.uid],
    cutOwners: [],
    danglingOwners: [],
    ...(below === undefined ? {} : { parent: below.uid }),
    ...rest,
  };
}

function aKind(id: ObjectId): ResourceKind {
  const version = id.group === "" ? "v1" : "v1beta2";
  return {
    group: id.group,
    kind: id.kind,
    plural: `${id.kind.toLowerCase()}s`,
    namespaced: id.namespace !== undefined,
    versions: [version],
    version,
    verbs: ["create", "delete", "get", "list", "patch", "update"],
    hasStatus: true,
  };
}

/** A Cluster with a control plane and `machines` workers, each with its infrastructure and bootstrap objects. */
export function aCluster(path: string, machines: number): readonly (readonly PlannedObject[])[] {
  const cluster = anObject("Cluster", path, { freeze: "spec", hasFinalizers: true });
  const infrastructure = anObject("DockerCluster", path, { below: cluster });
  const ca = anObject("Secret", `${path}-ca`, { below: cluster, hold: "inert" });
  const deployment = anObject("MachineDeployment", `${path}-md-0`, { below: cluster });
  const set = anObject("MachineSet", `${path}-md-0-x7k2p`, { below: deployment });
  const workers = Array.from({ length: machines }, (_, index) => {
    const suffix = String(index + 1).padStart(3, "0");
    const machine = anObject("Machine", `${path}-md-0-x7k2p-${suffix}`, { below: set });
    const config = anObject("KubeadmConfig", `${path}-md-0-${suffix}`, { below: machine });
    const docker = anObject("DockerMachine", `${path}-md-0-${suffix}`, { below: machine });
    const secret = anObject("Secret", `${path}-md-0-${suffix}`, { below: config, hold: "inert" });
    return { machine, config, docker, secret };
  });
  const template = anObject("DockerMachineTemplate", `${path}-md-0`, {
    below: cluster,
    hold: "inert",
  });
  return [
    [cluster],
    [infrastructure, ca, deployment, template],
    [set],
    workers.map(({ machine }) => machine),
    workers.flatMap(({ config, docker }) => [config, docker]),
    workers.map(({ secret }) => secret),
  ];
}

const COPY: Verdict = { kind: "copy", reason: "cluster-scoped, shared by every Cluster" };

const NOBODY: Providers = { providers: [], parents: [], others: [], certManager: undefined };

function aController(path: string, facts: Partial<Controller> = {}): Controller {
  const [namespace = "", name = ""] = path.split("/");
  return {
    id: { group: "apps", kind: "Deployment", namespace, name },
    uid: `uid-${path}`,
    replicas: 1,
    image: "registry.example/manager:v1.14.2",
    featureGates: {},
    ...facts,
  };
}

/** A provider that clusterctl installed, unless told otherwise. */
function aProvider(
  label: string,
  type: ProviderType,
  namespace: string,
  facts: Partial<Provider> = {},
): Provider {
  return {
    ...{ label, type, namespace, version: "v1.14.2", crds: [] },
    name: label.slice(label.indexOf("-") + 1),
    controllers: [aController(`${namespace}/${namespace.replace("system", "controller-manager")}`)],
    evidence: ["inventory", "label", "crd"],
    origin: "clusterctl",
    ...facts,
  };
}

/** Two providers, in both clusters alike. */
function sameProviders(): ComparedProviders {
  const gates = { featureGates: { ClusterTopology: "true" }, replicas: 2 };
  const core = aProvider("cluster-api", "CoreProvider", "capi-system", {
    name: "cluster-api",
    crds: ["clusters.cluster.x-k8s.io"],
    controllers: [aController("capi-system/capi-controller-manager", gates)],
  });
  const docker = aProvider("infrastructure-docker", "InfrastructureProvider", "capd-system");
  const providers = { ...NOBODY, providers: [core, docker] };
  const compared = [core, docker].map(
    (one) => ({ source: one, target: one, comparison: "same" }) as const,
  );
  return { source: providers, target: providers, compared };
}

/** One of every kind that there is. */
function manyProviders(): ComparedProviders {
  const core = aProvider("cluster-api", "CoreProvider", "capi-system");
  const bootstrap = aProvider("bootstrap-kubeadm", "BootstrapProvider", "cabpk-system", {
    origin: "helm",
    evidence: ["label", "crd"],
  });
  const docker = aProvider("infrastructure-docker", "InfrastructureProvider", "capd-system", {
    origin: "operator",
    evidence: ["operator", "label", "crd"],
  });
  const aws = aProvider("infrastructure-aws", "InfrastructureProvider", "capa-system", {
    ...{ origin: "unknown", evidence: ["crd", "workload"] },
    controllers: ["capa-controller-manager", "capa-machine-pool-controller-manager"].map((name) =>
      aController(`capa-system/${name}`, { replicas: 0 }),
    ),
  });
  const addon = aProvider("addon-of-a-name-that-is-too-long", "AddonProvider", "a-system", {
    controllers: [],
  });
  const { version: _, namespace: __, ...rest } = aProvider("ipam-in-cluster", "IPAMProvider", "");
  const ipam: Provider = { ...rest, version: undefined, namespace: undefined, controllers: [] };
  const olderCore = { ...core, version: "v1.13.0" };
  const newerDocker = { ...docker, version: "v1.15.0" };
  const caren = aProvider("runtime-extension-nutanix", "RuntimeExtensionProvider", "caren");
  const certManager = {
    ...{ namespace: "cert-manager", version: "v1.21.1" },
    controllers: [aController("cert-manager/cert-manager")],
  };
  return {
    source: {
      providers: [core, bootstrap, aws, docker, ipam, addon],
      parents: [aController("capi-operator-system/capi-operator-controller-manager")],
      others: [{ ...aController("bmo-system/baremetal-operator"), groups: undefined }],
      certManager,
    },
    target: { ...NOBODY, providers: [olderCore, newerDocker, caren], certManager },
    compared: [
      { source: core, target: olderCore, comparison: "older" },
      { source: bootstrap, target: { ...bootstrap, version: undefined }, comparison: "unknown" },
      { source: aws, target: undefined, comparison: "absent" },
      { source: docker, target: newerDocker, comparison: "newer" },
      { source: ipam, target: ipam, comparison: "kinds" },
      { source: addon, target: undefined, comparison: "absent" },
    ],
  };
}

function previewOf(plan: Partial<Plan>): Preview {
  return {
    source: { uid: "u-1", server: "127.0.0.1:6443", context: "kind-boot", version: "v1.36.3" },
    target: { uid: "u-2", server: "10.0.0.1:6443", context: "prod", version: "v1.36.3" },
    install: { sets: [], unlisted: [] },
    stop: undefined,
    sourceProviders: "remove",
    scope: aScope(),
    choices: { stopControllers: "auto", providers: "copy" },
    deferred: [],
    kinds: { source: new Map(), target: new Map() },
    plan: {
      whole: true,
      groups: [],
      others: [],
      leaves: [],
      targetSets: [],
      namespaces: [],
      providers: { source: NOBODY, target: NOBODY, compared: [] },
      findings: [],
      ...plan,
    },
  };
}

/** One Cluster with three workers, nothing in the way. */
export function smallPreview(): Preview {
  const [roots = [], ...rest] = aCluster("team-a/web", 3);
  const identity = anObject("DockerClusterIdentity", "shared", { verdict: COPY, hold: "inert" });
  return previewOf({
    groups: [[...roots, identity], ...rest].map((objects) => ({ objects })),
    namespaces: [{ name: "team-a", labels: {}, annotations: {} }],
    providers: sameProviders(),
  });
}

/** Two Clusters, one of them large, with everything that a plan can say. */
export function bigPreview(): Preview {
  const big = aCluster("team-a/web", 500);
  const small = aCluster("team-b/db-with-a-rather-long-name-that-comes-close", 2);
  const foreign = anObject("StatefulSet", "team-b/etcd-backup", {
    verdict: { kind: "blocked", reason: "a built-in kind that Cluster API does not move" },
    hold: "unknown",
    ...parentOf(small),
  });
  const kept = ["one", "two"].map((name) =>
    anObject("Cluster", `team-c/${name}`, {
      verdict: { kind: "keep", reason: "reachable only from Clusters that stay" },
    }),
  );
  const left = anObject("ConfigMap", "team-a/notes");
  return previewOf({
    whole: false,
    groups: big.map((objects, index) => ({ objects: [...objects, ...(small[index] ?? [])] })),
    others: [foreign, ...kept],
    leaves: [{ id: left.id, uid: left.uid, kind: left.kind, cut: ["uid-Cluster-team-a/web"] }],
    namespaces: ["team-a", "team-b"].map((name) => ({ name, labels: {}, annotations: {} })),
    providers: manyProviders(),
    findings: bigFindings(foreign),
  });
}

function parentOf(groups: ReturnType<typeof aCluster>): { readonly below?: PlannedObject } {
  const [below] = groups[0] ?? [];
  return below === undefined ? {} : { below };
}

function bigFindings(foreign: PlannedObject): readonly Finding[] {
  const about = (kind: string, ...paths: readonly string[]) =>
    paths.map(
      (path): Finding => ({
        code: "KIND_NOT_HELD",
        severity: "warning",
        objects: [anId(kind, path)],
        why: "nothing shows that the controller of DockerMachine.infrastructure.cluster.x-k8s.io stands still while it is moved",
        hint: "stop that controller on both sides, then --assume-held DockerMachine.infrastructure.cluster.x-k8s.io",
      }),
    );
  return [
    {
      code: "FOREIGN_DEPENDENT",
      severity: "error",
      objects: [foreign.id],
      why: "StatefulSet.apps team-b/etcd-backup: a built-in kind that Cluster API does not move, but owned by a moved object",
      hint: "--include StatefulSet.apps/team-b/etcd-backup to move it, or --leave StatefulSet.apps/team-b/etcd-backup to cut its owner reference and leave it in the source",
    },
    ...about("DockerMachine", "team-a/m-1", "team-a/m-2", "team-a/m-3", "team-a/m-4", "team-a/m-5"),
    {
      code: "PAUSED_ALREADY",
      severity: "note",
      objects: [anId("Cluster", "team-a/web")],
      why: "is paused already; it stays paused, in the target too",
      hint: "",
    },
  ];
}
