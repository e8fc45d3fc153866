// Kinds for tests of the client.
import type { ResourceKind } from "../../src/model/kinds.ts";

export function kindOf(group: string, version: string, kind: string, plural: string): ResourceKind {
  return {
    group,
    kind,
    plural,
    namespaced: true,
    versions: [version],
    version,
    verbs: ["list", "create"],
    hasStatus: false,
  };
}

export const CONFIG_MAP = kindOf("", "v1", "ConfigMap", "configmaps");
