// What shows which providers a cluster has: a few lists of whole objects. What they mean is worked out by
// plan/providers.ts. Secrets are not read: no evidence is in them.
import { mapWithLimit } from "../kube/concurrency.ts";
import type { ClusterReader } from "../model/client.ts";
import type { ProviderMaterial } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { listOrNothing, withoutManagedFields } from "./listing.ts";

/** Which kinds, by `kindKey`, make up which part. */
const PARTS: Readonly<Record<keyof ProviderMaterial, RegExp>> = {
  workloads: /^(Deployment|StatefulSet|DaemonSet)\.apps$/,
  services: /^Service$/,
  webhooks: /^(Mutating|Validating)WebhookConfiguration\.admissionregistration\.k8s\.io$/,
  inventory: /^Provider\.clusterctl\.cluster\.x-k8s\.io$/,
  operator: /^[A-Za-z]+Provider\.operator\.cluster\.x-k8s\.io$/,
  roles: /^ClusterRole\.rbac\.authorization\.k8s\.io$/,
  bindings: /^ClusterRoleBinding\.rbac\.authorization\.k8s\.io$/,
  autoscalers: /^HorizontalPodAutoscaler\.autoscaling$/,
};

const LIST_WIDTH = 32;

/**
 * One list per kind that the cluster has. A kind that may not be listed leaves its part empty (the sweep reports it);
 * every other failure is thrown.
 */
export async function readMaterial(
  reader: ClusterReader,
  kinds: ReadonlyMap<string, ResourceKind>,
): Promise<ProviderMaterial> {
  const wanted = [...kinds].filter(([key]) => Object.values(PARTS).some((part) => part.test(key)));
  const lists = await mapWithLimit(wanted, LIST_WIDTH, async ([key, kind]) => {
    const objects = await listOrNothing(reader, kind);
    return { key, objects: objects.map(withoutManagedFields) };
  });
  const part = (name: keyof ProviderMaterial) =>
    lists.filter(({ key }) => PARTS[name].test(key)).flatMap(({ objects }) => objects);
  return {
    workloads: part("workloads"),
    services: part("services"),
    webhooks: part("webhooks"),
    inventory: part("inventory"),
    operator: part("operator"),
    roles: part("roles"),
    bindings: part("bindings"),
    autoscalers: part("autoscalers"),
  };
}
