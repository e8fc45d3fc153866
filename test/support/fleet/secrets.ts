// Secrets around a cluster: those its controllers make, and those its user brings. Their bytes mean nothing.
import { CAPI_SECRET_TYPE, type ClusterScope, clusterLabels, encoded } from "./cluster-scope.ts";
import { controlledBy, type Fields, type FleetObject, MANAGER } from "./fleet-object.ts";

/** What the kubeadm control plane makes when nobody brought it. */
export const GENERATED_PURPOSES = ["ca", "etcd", "sa", "proxy", "kubeconfig"] as const;
export type Purpose = (typeof GENERATED_PURPOSES)[number] | "apiserver-etcd-client";

type Named = Pick<FleetObject, "kind" | "namespace" | "name">;

function dataOf(scope: ClusterScope, purpose: Purpose): Fields {
  const label = `${scope.namespace}/${scope.name} ${purpose}`;
  if (purpose === "kubeconfig") return { value: encoded(kubeconfig(scope)) };
  return {
    "tls.crt": encoded(`certificate of ${label}\n`.repeat(20)),
    "tls.key": encoded(`key of ${label}\n`.repeat(30)),
  };
}

function kubeconfig(scope: ClusterScope): string {
  return [
    "apiVersion: v1",
    "kind: Config",
    "clusters:",
    `- name: ${scope.name}`,
    "  cluster: {server: 'https://172.18.0.3:6443'}",
    "",
  ].join("\n");
}

/** `prod-ca` as the control plane makes it. */
export function generatedSecret(
  scope: ClusterScope,
  purpose: Purpose,
  controlPlane: Named,
): FleetObject {
  return {
    kind: "Secret",
    namespace: scope.namespace,
    name: `${scope.name}-${purpose}`,
    creation: { manager: MANAGER.controller, labels: clusterLabels(scope) },
    content: { type: CAPI_SECRET_TYPE, data: dataOf(scope, purpose) },
    owners: [controlledBy(controlPlane)],
  };
}

/** `prod-ca` as a user brings it: Opaque, no owner, bound to the cluster by its name alone. */
export function userSecret(scope: ClusterScope, purpose: Purpose): FleetObject {
  return {
    kind: "Secret",
    namespace: scope.namespace,
    name: `${scope.name}-${purpose}`,
    creation: { manager: MANAGER.kubectl, labels: clusterLabels(scope) },
    content: { type: "Opaque", data: dataOf(scope, purpose) },
    owners: [],
  };
}

/** Bootstrap data of one machine or pool. */
export function bootstrapSecret(
  scope: ClusterScope,
  config: Named,
  options: { readonly immutable: boolean },
): FleetObject {
  const script = `## template: jinja\n#cloud-config\n# ${scope.name} ${config.name}\n`;
  return {
    kind: "Secret",
    namespace: scope.namespace,
    name: config.name,
    creation: { manager: MANAGER.controller, labels: clusterLabels(scope) },
    content: {
      type: CAPI_SECRET_TYPE,
      data: { value: encoded(script.repeat(24)), format: encoded("cloud-config") },
      ...(options.immutable ? { immutable: true } : {}),
    },
    // CABPK writes `controller` without `blockOwnerDeletion`.
    owners: [{ key: controlledBy(config).key, controller: true }],
  };
}
