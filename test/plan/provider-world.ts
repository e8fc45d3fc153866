// Components of a small provider as a source holds them, object by object. Pure.
import type { ComponentSet, ComponentSource } from "../../src/model/install.ts";
import { formatId, idOf, type Json, type KubeObject } from "../../src/model/object.ts";
import type { Components, Controller, Provider } from "../../src/model/provider.ts";

export type Fields = Readonly<Record<string, Json>>;

const API_VERSIONS: Readonly<Record<string, string>> = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  Role: "rbac.authorization.k8s.io/v1",
  RoleBinding: "rbac.authorization.k8s.io/v1",
  ClusterRole: "rbac.authorization.k8s.io/v1",
  ClusterRoleBinding: "rbac.authorization.k8s.io/v1",
  CustomResourceDefinition: "apiextensions.k8s.io/v1",
  MutatingWebhookConfiguration: "admissionregistration.k8s.io/v1",
  ValidatingWebhookConfiguration: "admissionregistration.k8s.io/v1",
  Certificate: "cert-manager.io/v1",
  Issuer: "cert-manager.io/v1",
  ClusterIssuer: "cert-manager.io/v1",
  PodDisruptionBudget: "policy/v1",
  NetworkPolicy: "networking.k8s.io/v1",
  PriorityClass: "scheduling.k8s.io/v1",
};

/** `anObject("Role ns/name", { rules: [] })`; `metadata` adds to what the name says. */
export function anObject(text: string, fields: Fields = {}): KubeObject {
  const [kind = "", path = ""] = text.split(" ");
  const [first = "", second] = path.split("/");
  const name = second === undefined ? { name: first } : { namespace: first, name: second };
  const { metadata, ...rest } = fields;
  return {
    apiVersion: API_VERSIONS[kind] ?? "v1",
    kind,
    metadata: {
      ...name,
      uid: `uid of ${text}`,
      resourceVersion: "7",
      ...(metadata as object | undefined),
    },
    ...rest,
  } as KubeObject;
}

/** A Deployment whose pods carry `app: NAME`. */
export function aDeployment(path: string, podSpec: Fields = {}, fields: Fields = {}): KubeObject {
  const name = path.split("/")[1] ?? "";
  return anObject(`Deployment ${path}`, {
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "manager", image: "example.com/m:v1.2.3" }], ...podSpec },
      },
    },
    ...fields,
  });
}

export function labelled(label: string): Fields {
  return { labels: { "cluster.x-k8s.io/provider": label } };
}

/** A provider called `infrastructure-small` of these controllers. */
export function aProvider(
  controllers: readonly KubeObject[],
  change: Partial<Provider> = {},
): Provider {
  return {
    label: "infrastructure-small",
    name: "small",
    type: "InfrastructureProvider",
    version: "v1.2.3",
    namespace: "small-system",
    controllers: controllers.map(aController),
    crds: [],
    evidence: ["label"],
    origin: "clusterctl",
    ...change,
  };
}

export function aController(object: KubeObject): Controller {
  const { uid } = object.metadata;
  return { id: idOf(object), uid, replicas: 1, image: "example.com/m:v1.2.3", featureGates: {} };
}

export function aSource(...objects: readonly KubeObject[]): ComponentSource {
  return { objects };
}

export function aSet(
  objects: readonly KubeObject[],
  change: Partial<ComponentSet> = {},
): ComponentSet {
  return { owner: "infrastructure-small", objects, from: "source", ...change };
}

/** As a reader writes them: `Role.rbac.authorization.k8s.io ns/name` is `Role ns/name`. */
export function namesOf({ objects }: Pick<Components, "objects">): readonly string[] {
  return objects.map((object) => formatId({ ...idOf(object), group: "" }));
}
