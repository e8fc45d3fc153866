// The kinds that components are made of, in the order in which they are created (issue: namespaces, CRDs, issuers and
// certificates, rights, what pods mount, services, programs, and webhooks when somebody serves them).
import { CERT_MANAGER_GROUP } from "../model/install.ts";
import type { KubeObject } from "../model/object.ts";
import { keyOfKind } from "./component-index.ts";

/** Stages of an installation; objects of one stage do not need each other. */
export const STAGES = [
  "namespaces",
  "crds",
  "certificates",
  "accounts",
  "roles",
  "bindings",
  "configuration",
  "services",
  "others",
  "workloads",
  "webhooks",
] as const;

export type Stage = (typeof STAGES)[number];

export const NAMESPACE = "Namespace";
export const CRD = "CustomResourceDefinition.apiextensions.k8s.io";
export const CERTIFICATE = `Certificate.${CERT_MANAGER_GROUP}`;
export const ISSUER = `Issuer.${CERT_MANAGER_GROUP}`;
export const CLUSTER_ISSUER = `ClusterIssuer.${CERT_MANAGER_GROUP}`;
export const SERVICE_ACCOUNT = "ServiceAccount";
export const ROLE = "Role.rbac.authorization.k8s.io";
export const CLUSTER_ROLE = "ClusterRole.rbac.authorization.k8s.io";
export const ROLE_BINDING = "RoleBinding.rbac.authorization.k8s.io";
export const CLUSTER_ROLE_BINDING = "ClusterRoleBinding.rbac.authorization.k8s.io";
export const SECRET = "Secret";
export const CONFIG_MAP = "ConfigMap";
export const SERVICE = "Service";
export const PRIORITY_CLASS = "PriorityClass.scheduling.k8s.io";
export const DISRUPTION_BUDGET = "PodDisruptionBudget.policy";
export const NETWORK_POLICY = "NetworkPolicy.networking.k8s.io";
export const DEPLOYMENT = "Deployment.apps";
export const STATEFUL_SET = "StatefulSet.apps";
export const DAEMON_SET = "DaemonSet.apps";
export const VALIDATING = "ValidatingWebhookConfiguration.admissionregistration.k8s.io";
export const MUTATING = "MutatingWebhookConfiguration.admissionregistration.k8s.io";

export const WORKLOADS: readonly string[] = [DEPLOYMENT, STATEFUL_SET, DAEMON_SET];
export const WEBHOOKS: readonly string[] = [MUTATING, VALIDATING];

const STAGE_OF: Readonly<Record<string, Stage>> = {
  [NAMESPACE]: "namespaces",
  [CRD]: "crds",
  [ISSUER]: "certificates",
  [CLUSTER_ISSUER]: "certificates",
  [CERTIFICATE]: "certificates",
  [SERVICE_ACCOUNT]: "accounts",
  [PRIORITY_CLASS]: "accounts",
  [ROLE]: "roles",
  [CLUSTER_ROLE]: "roles",
  [ROLE_BINDING]: "bindings",
  [CLUSTER_ROLE_BINDING]: "bindings",
  [SECRET]: "configuration",
  [CONFIG_MAP]: "configuration",
  [SERVICE]: "services",
  [DEPLOYMENT]: "workloads",
  [STATEFUL_SET]: "workloads",
  [DAEMON_SET]: "workloads",
  [MUTATING]: "webhooks",
  [VALIDATING]: "webhooks",
};

/** When an object is created; kinds that we do not know come before the programs that may want them. */
export function stageOf(object: KubeObject): Stage {
  return STAGE_OF[keyOfKind(object)] ?? "others";
}

/** In creation order, and as they came within a stage. */
export function inCreationOrder(objects: readonly KubeObject[]): readonly KubeObject[] {
  return STAGES.flatMap((stage) => objects.filter((object) => stageOf(object) === stage));
}
