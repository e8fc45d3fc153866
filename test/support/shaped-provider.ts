// The same small infrastructure provider as three tools leave it behind: Helm, plain `kubectl apply`, the CAPI operator.
// No webhooks, no certificates: what differs is who is told by what.
import { LABEL } from "../../src/model/capi.ts";
import type { KubeObject } from "../../src/model/object.ts";
import { ask, type FleetApi } from "./fleet/fleet-api.ts";
import { pathOf } from "./small-provider.ts";

export type Shape = "helm" | "kubectl" | "operator";

export interface ShapedProvider {
  readonly shape: Shape;
  readonly namespace: string;
  readonly label: string;
  /** `RedCluster`, `redclusters`. */
  readonly kind: string;
  readonly plural: string;
}

const GROUP = "infrastructure.cluster.x-k8s.io";
const RBAC = "rbac.authorization.k8s.io";
const OPERATOR = "operator.cluster.x-k8s.io";
export const OPERATOR_NAMESPACE = "capi-operator-system";

/** `red` of that shape. Its name begins with the provider's, as kinds of the contract do. */
export function shapedProvider(shape: Shape, name: string): ShapedProvider {
  const kind = `${name.charAt(0).toUpperCase()}${name.slice(1)}Cluster`;
  return {
    shape,
    namespace: `${name}-system`,
    label: `infrastructure-${name}`,
    kind,
    plural: kind.toLowerCase().concat("s"),
  };
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly [field: string]: unknown;
}

const nameOf = ({ label }: ShapedProvider): string => label.slice("infrastructure-".length);

/** Puts it into a cluster; with the operator's shape, the operator and what it was asked for, too. */
export async function applyShaped(api: FleetApi, provider: ShapedProvider): Promise<void> {
  const home = { apiVersion: "v1", kind: "Namespace", metadata: { name: provider.namespace } };
  await make(api, home);
  const request = provider.shape === "operator" ? await applyOperator(api, provider) : undefined;
  for (const object of components(provider)) await make(api, shaped(object, provider, request));
  if (provider.shape === "helm") await make(api, helmRelease(provider));
}

async function make(api: FleetApi, object: Manifest): Promise<KubeObject> {
  return (await ask(api, "POST", collectionOf(object), object)) as KubeObject;
}

function collectionOf(object: Manifest): string {
  return pathOf(object as unknown as KubeObject);
}

function components(provider: ShapedProvider): readonly Manifest[] {
  const { namespace } = provider;
  const name = `${nameOf(provider)}-controller-manager`;
  const rule = { apiGroups: [GROUP], verbs: ["*"] };
  const resources = [provider.plural, `${provider.plural}/status`];
  return [
    crdOf(GROUP, provider.kind, "v1"),
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data: { level: "4" } },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "ClusterRole",
      metadata: { name },
      rules: [{ ...rule, resources }],
    },
    bindingOf(name, [{ namespace, name }]),
    programOf(namespace, name, `registry.example.com/${nameOf(provider)}:v1.2.3`),
  ];
}

function crdOf(group: string, kind: string, version: string, labels: object = {}): Manifest {
  const plural = `${kind.toLowerCase()}s`;
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, labels },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: open } }],
    },
  };
}

/** A ClusterRoleBinding of that ClusterRole to these ServiceAccounts. */
export function bindingOf(
  name: string,
  accounts: readonly { readonly namespace: string; readonly name: string }[],
  role = name,
): Manifest {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
    subjects: accounts.map((account) => ({ kind: "ServiceAccount", ...account })),
  };
}

function programOf(namespace: string, name: string, image: string): Manifest {
  const app = { app: name };
  const envFrom = [{ configMapRef: { name, optional: true } }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace, name },
    spec: {
      replicas: 1,
      selector: { matchLabels: app },
      template: {
        metadata: { labels: app },
        spec: { serviceAccountName: name, containers: [{ name: "manager", image, envFrom }] },
      },
    },
  };
}

function shaped(object: Manifest, provider: ShapedProvider, request?: KubeObject): Manifest {
  const { label, namespace, shape } = provider;
  const name = nameOf(provider);
  const isCrd = object.kind === "CustomResourceDefinition";
  switch (shape) {
    case "helm":
      // Helm leaves what is in crds/ as it is.
      return isCrd
        ? object
        : withMetadata(object, {
            labels: {
              "app.kubernetes.io/managed-by": "Helm",
              "app.kubernetes.io/instance": name,
              "helm.sh/chart": `${name}-1.2.3`,
            },
            annotations: {
              "meta.helm.sh/release-name": name,
              "meta.helm.sh/release-namespace": namespace,
            },
          });
    case "kubectl":
      return withMetadata(object, {
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(object) },
      });
    case "operator":
      return withMetadata(object, {
        labels: { [LABEL.clusterctl]: "", [LABEL.provider]: label },
        ...ownedBy(request, object),
      });
  }
}

function withMetadata(object: Manifest, metadata: object): Manifest {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

/** As component_customizer.go does: namespaced objects only. */
function ownedBy(request: KubeObject | undefined, { metadata }: Manifest): object {
  if (request === undefined || metadata["namespace"] === undefined) return {};
  const { name, uid } = request.metadata;
  const kind = "InfrastructureProvider";
  return { ownerReferences: [{ apiVersion: `${OPERATOR}/v1alpha2`, kind, name, uid }] };
}

function helmRelease(provider: ShapedProvider): Manifest {
  const { namespace } = provider;
  const name = `sh.helm.release.v1.${nameOf(provider)}.v1`;
  const labels = { owner: "helm", name: nameOf(provider), status: "deployed" };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace, name, labels },
    type: "helm.sh/release.v1",
    data: { release: btoa("the chart") },
  };
}

/** Resolves to what asked for the provider. */
async function applyOperator(api: FleetApi, provider: ShapedProvider): Promise<KubeObject> {
  const labels = { [LABEL.clusterctlCore]: "capi-operator" };
  const [namespace, name] = [OPERATOR_NAMESPACE, "capi-operator"];
  const home = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } };
  const before: readonly Manifest[] = [
    home,
    crdOf(OPERATOR, "InfrastructureProvider", "v1alpha2", labels),
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name, labels } },
    withMetadata(bindingOf(name, [{ namespace, name }], "cluster-admin"), { labels }),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace, name, labels },
      spec: { selector: { app: name }, ports: [{ port: 443 }] },
    },
    withMetadata(programOf(namespace, name, "registry.example.com/cluster-api-operator:v0.24.0"), {
      labels,
    }),
  ];
  for (const object of before) await make(api, object);
  const request = await ask(api, "POST", requestPath(provider.namespace), {
    apiVersion: `${OPERATOR}/v1alpha2`,
    kind: "InfrastructureProvider",
    metadata: { name: nameOf(provider), finalizers: ["provider.cluster.x-k8s.io"] },
    spec: { version: "v1.2.3" },
    status: { installedVersion: "v1.2.3" },
  });
  // Nobody serves it: whoever wrote a request now would be refused.
  await make(api, operatorWebhook(namespace, name, labels));
  return request as KubeObject;
}

export function requestPath(namespace: string): string {
  return `/apis/${OPERATOR}/v1alpha2/namespaces/${namespace}/infrastructureproviders`;
}

function operatorWebhook(namespace: string, name: string, labels: object): Manifest {
  const rule = { apiGroups: [OPERATOR], apiVersions: ["*"], resources: ["*"] };
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name, labels },
    webhooks: [
      {
        name: "requests.operator.test",
        admissionReviewVersions: ["v1"],
        clientConfig: { service: { namespace, name } },
        failurePolicy: "Fail",
        sideEffects: "None",
        timeoutSeconds: 2,
        rules: [{ ...rule, operations: ["CREATE", "UPDATE", "DELETE"] }],
      },
    ],
  };
}
