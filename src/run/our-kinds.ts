// Built-in kinds that a run speaks of by name: the three it keeps its own things in, and those of controllers. The same
// in every cluster, so known without discovery.
import type { ResourceKind } from "../model/kinds.ts";

export const NAMESPACE_KIND = builtIn("", "Namespace", "namespaces", { namespaced: false });
export const CONFIG_MAP_KIND = builtIn("", "ConfigMap", "configmaps");
export const CRD_KIND = builtIn(
  "apiextensions.k8s.io",
  "CustomResourceDefinition",
  "customresourcedefinitions",
  { namespaced: false },
);
export const SECRET_KIND = builtIn("", "Secret", "secrets");
export const LEASE_KIND = builtIn("coordination.k8s.io", "Lease", "leases");
export const POD_KIND = builtIn("", "Pod", "pods");
export const SERVICE_KIND = builtIn("", "Service", "services");
export const DEPLOYMENT_KIND = builtIn("apps", "Deployment", "deployments");
export const STATEFUL_SET_KIND = builtIn("apps", "StatefulSet", "statefulsets");
export const MUTATING_WEBHOOK_KIND = builtIn(
  "admissionregistration.k8s.io",
  "MutatingWebhookConfiguration",
  "mutatingwebhookconfigurations",
  { namespaced: false },
);
export const VALIDATING_WEBHOOK_KIND = builtIn(
  "admissionregistration.k8s.io",
  "ValidatingWebhookConfiguration",
  "validatingwebhookconfigurations",
  { namespaced: false },
);

function builtIn(
  group: string,
  kind: string,
  plural: string,
  { namespaced = true }: { readonly namespaced?: boolean } = {},
): ResourceKind {
  return {
    group,
    kind,
    plural,
    namespaced,
    versions: ["v1"],
    version: "v1",
    verbs: ["create", "delete", "get", "list", "patch", "update"],
    hasStatus: false,
  };
}
