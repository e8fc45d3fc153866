// The three built-in kinds that a run keeps its own things in; the same in every cluster, so known without discovery.
import type { ResourceKind } from "../model/kinds.ts";

export const NAMESPACE_KIND = builtIn("", "Namespace", "namespaces", { namespaced: false });
export const CONFIG_MAP_KIND = builtIn("", "ConfigMap", "configmaps");
export const LEASE_KIND = builtIn("coordination.k8s.io", "Lease", "leases");

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
