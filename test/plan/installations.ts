// Clusters as clusterctl, Helm, the CAPI operator and kubectl leave them, from a few words per object. Pure.
import type { Inventory, ProviderMaterial } from "../../src/model/inventory.ts";
import type { CrdFacts, ResourceKind } from "../../src/model/kinds.ts";
import { type KubeObject, kindKey } from "../../src/model/object.ts";
import type { Provider, Providers } from "../../src/model/provider.ts";
import { inventoryOf } from "./inventory-of.ts";

type Labels = Readonly<Record<string, string>>;

const PROVIDER = "cluster.x-k8s.io/provider";
const CLUSTERCTL = "clusterctl.cluster.x-k8s.io";
const CONTRACT = "cluster.x-k8s.io/v1beta2";
export const HELM: Labels = { "app.kubernetes.io/managed-by": "Helm" };

/** What `kustomize` puts on the components of a provider, and what `clusterctl init` adds. */
export const labelled = (label: string): Labels => ({ [PROVIDER]: label });
export const byClusterctl = (label: string): Labels => ({ [PROVIDER]: label, [CLUSTERCTL]: "" });
export const contract: Labels = { [CONTRACT]: "v1beta2" };

/** Everything that a cluster may hold; kinds as CRDs make them. */
export interface Installation extends Partial<ProviderMaterial> {
  readonly kinds?: readonly ResourceKind[];
  readonly namespaces?: readonly KubeObject[];
}

/** Several installations in one cluster. */
export function installed(...parts: readonly Installation[]): Inventory {
  const kinds = parts.flatMap((one) => one.kinds ?? []);
  const objects = (part: Exclude<keyof Installation, "kinds">): readonly KubeObject[] =>
    parts.flatMap((one) => one[part] ?? []);
  return inventoryOf(objects("namespaces"), {
    kinds: new Map(kinds.map((kind) => [kindKey(kind), kind])),
    workloads: [],
    material: {
      workloads: objects("workloads"),
      services: objects("services"),
      webhooks: objects("webhooks"),
      inventory: objects("inventory"),
      operator: objects("operator"),
      roles: objects("roles"),
      bindings: objects("bindings"),
      autoscalers: objects("autoscalers"),
    },
  });
}

const GROUPS: readonly (readonly [kinds: RegExp, group: string])[] = [
  [/^(Cluster|Machine|MachineSet)$/, "cluster.x-k8s.io"],
  [/^KubeadmConfig/, "bootstrap.cluster.x-k8s.io"],
  [/ControlPlane/, "controlplane.cluster.x-k8s.io"],
  [/^(IPAddress|InCluster)/, "ipam.cluster.x-k8s.io"],
  [/^(ClusterResourceSet|Helm)/, "addons.cluster.x-k8s.io"],
  [/^(Core|Infrastructure)Provider$/, "operator.cluster.x-k8s.io"],
  [/^(Certificate|Issuer)$/, "cert-manager.io"],
  [/^BareMetalHost$/, "metal3.io"],
];

/** A kind by its CRD: `aKind("DockerCluster", labelled("infrastructure-docker"))`. */
export function aKind(
  kind: string,
  labels: Labels = {},
  facts: Partial<CrdFacts> & { readonly group?: string } = {},
): ResourceKind {
  const { group: given, ...crd } = facts;
  const known = GROUPS.find(([kinds]) => kinds.test(kind))?.[1];
  const group = given ?? known ?? "infrastructure.cluster.x-k8s.io";
  const plural = `${kind.toLowerCase()}s`;
  return {
    ...{ group, kind, plural, namespaced: true, versions: ["v1beta2"], version: "v1beta2" },
    verbs: ["create", "delete", "get", "list", "patch"],
    hasStatus: true,
    crd: {
      ...{ name: `${plural}.${group}`, storageVersion: "v1beta2", storedVersions: ["v1beta2"] },
      ...{
        labels,
        hasConversionWebhook: crd.conversion !== undefined,
        statusVersions: ["v1beta2"],
      },
      ...crd,
    },
  };
}

interface WorkloadFacts {
  readonly kind?: string;
  readonly labels?: Labels;
  readonly podLabels?: Labels;
  readonly annotations?: Labels;
  readonly image?: string;
  readonly args?: readonly string[];
  readonly account?: string;
  readonly replicas?: number;
  /** Beside the manager. */
  readonly sidecar?: string;
}

function meta(path: string, facts: Pick<WorkloadFacts, "labels" | "annotations"> = {}) {
  const [namespace, name = ""] = path.includes("/") ? path.split("/") : [undefined, path];
  const { labels, annotations } = facts;
  return {
    ...{ name, uid: `uid of ${path}`, resourceVersion: "1" },
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** `aProgram("capi-system/capi-controller-manager", { image: "…:v1.14.2" })`; a Deployment unless told otherwise. */
export function aProgram(path: string, facts: WorkloadFacts = {}): KubeObject {
  const { kind = "Deployment", podLabels = {}, image = "test/manager", args = [] } = facts;
  const { account = "manager", replicas = 1, sidecar } = facts;
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: meta(path, facts),
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas }),
      template: {
        metadata: { labels: podLabels },
        spec: {
          serviceAccountName: account,
          containers: [
            ...(sidecar === undefined ? [] : [{ name: "proxy", image: sidecar }]),
            { name: "manager", image, args },
          ],
        },
      },
    },
  };
}

export function aNamespace(name: string, labels: Labels): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: meta(name, { labels }) };
}

export function aService(path: string, selector: Labels): KubeObject {
  return { apiVersion: "v1", kind: "Service", metadata: meta(path), spec: { selector } };
}

/** A webhook configuration that sends these groups' resources to a Service. */
export function anAdmission(
  name: string,
  service: string,
  rules: readonly { readonly groups: readonly string[]; readonly resources: readonly string[] }[],
): KubeObject {
  const [namespace, serviceName] = service.split("/");
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: meta(name),
    webhooks: [
      {
        clientConfig: { service: { namespace, name: serviceName } },
        rules: rules.map(({ groups, resources }) => ({ apiGroups: groups, resources })),
      },
    ],
  };
}

/** A ClusterRole that allows everything in these groups' resources, bound to `ns/account`. */
export function aRole(
  name: string,
  account: string,
  rules: readonly { readonly groups: readonly string[]; readonly resources: readonly string[] }[],
  verbs: readonly string[] = ["*"],
): Installation {
  const [namespace, accountName] = account.split("/");
  return {
    roles: [
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: meta(name),
        rules: rules.map(({ groups, resources }) => ({ apiGroups: groups, resources, verbs })),
      },
    ],
    bindings: [
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: meta(name),
        roleRef: { kind: "ClusterRole", name },
        subjects: [{ kind: "ServiceAccount", namespace, name: accountName }],
      },
    ],
  };
}

/** An object of clusterctl's inventory. */
export function anEntry(path: string, type: string, name: string, version: string): KubeObject {
  const labels = byClusterctl(path.slice(path.indexOf("/") + 1));
  return {
    apiVersion: "clusterctl.cluster.x-k8s.io/v1alpha3",
    kind: "Provider",
    metadata: meta(path, { labels }),
    ...{ providerName: name, type, version },
  };
}

/** An object of the CAPI operator. */
export function aRequest(
  kind: string,
  path: string,
  wanted: string | undefined,
  installedVersion?: string,
): KubeObject {
  return {
    apiVersion: "operator.cluster.x-k8s.io/v1alpha2",
    kind,
    metadata: meta(path),
    spec: wanted === undefined ? {} : { version: wanted },
    status: installedVersion === undefined ? {} : { installedVersion },
  };
}

export function anAutoscaler(path: string, target: string): KubeObject {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: target };
  const spec = { scaleTargetRef };
  return {
    ...{
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: meta(path),
      spec,
    },
  };
}

/** Core and an infrastructure provider as `clusterctl init` installs them. */
export function clusterctlInit(version = "v1.14.2"): Installation {
  const manager = (label: string, path: string, image: string) =>
    aProgram(path, {
      labels: byClusterctl(label),
      podLabels: byClusterctl(label),
      image: `registry.k8s.io/cluster-api/${image}:${version}`,
      args: ["--leader-elect", "--feature-gates=MachinePool=true,ClusterTopology=false"],
    });
  return {
    kinds: [
      aKind("Cluster", byClusterctl("cluster-api")),
      aKind("Machine", byClusterctl("cluster-api")),
      aKind("DockerCluster", { ...byClusterctl("infrastructure-docker"), ...contract }),
      aKind("DevMachine", { ...byClusterctl("infrastructure-docker"), ...contract }),
    ],
    workloads: [
      manager("cluster-api", "capi-system/capi-controller-manager", "cluster-api-controller"),
      manager("infrastructure-docker", "capd-system/capd-controller-manager", "capd-manager"),
    ],
    inventory: [
      anEntry("capi-system/cluster-api", "CoreProvider", "cluster-api", version),
      anEntry("capd-system/infrastructure-docker", "InfrastructureProvider", "docker", version),
    ],
  };
}

/** One line per provider: `cluster-api v1.14.2 in capi-system, clusterctl: inventory label crd; 1 × ns/name; 2 crds`. */
export function providersText({ providers }: Providers): readonly string[] {
  return providers.map((provider) => {
    const { label, version = "?", namespace = "?", origin, evidence } = provider;
    return [
      `${label} ${version} in ${namespace}, ${origin}: ${evidence.join(" ")}`,
      ...controllersText(provider),
      `${provider.crds.length} crds`,
    ].join("; ");
  });
}

/** `1 × capi-system/capi-controller-manager`. */
export function controllersText({ controllers }: Pick<Provider, "controllers">): readonly string[] {
  return controllers.map(({ replicas, id }) => `${replicas} × ${id.namespace}/${id.name}`);
}
