// Who a cluster is: the first thing asked of it, and the proof that source and target differ.
import type { ClusterReader } from "../model/client.ts";
import { EXIT, PivotError } from "../model/error.ts";
import type { ClusterIdentity } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { stringAt } from "../model/object.ts";

/** Namespaces, known before discovery. */
export const NAMESPACE_KIND: ResourceKind = {
  group: "",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
  versions: ["v1"],
  version: "v1",
  verbs: ["create", "delete", "get", "list", "patch"],
  hasStatus: true,
};

/** Reads the uid of Namespace kube-system and the version. Throws what the client throws. */
export async function identify(reader: ClusterReader): Promise<ClusterIdentity> {
  const [system, version] = await Promise.all([
    reader.get(NAMESPACE_KIND, { name: "kube-system" }),
    reader.getRaw("/version"),
  ]);
  return {
    uid: system.metadata.uid,
    server: reader.server,
    context: reader.context,
    version: stringAt(version, "gitVersion") ?? "unknown",
  };
}

/** @throws PivotError SAME_CLUSTER when both connections lead to one cluster, whatever their addresses. */
export function requireDifferent(source: ClusterIdentity, target: ClusterIdentity): void {
  if (source.uid !== target.uid) return;
  throw new PivotError({
    code: "SAME_CLUSTER",
    exitCode: EXIT.usage,
    message: `source (context ${source.context}, ${source.server}) and target (context ${target.context}, ${target.server}) are the same cluster; nothing was changed`,
    hint: "kubectl capi-pivot --to-kubeconfig FILE   # a file whose current context is another cluster",
  });
}
