// Deleting one component by uid, in either cluster.
import type { ClusterClient } from "../model/client.ts";
import { KubeApiError } from "../model/error.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { idOf, type KubeObject, kindKey } from "../model/object.ts";
import { isOperatorKind } from "../plan/provider-parents.ts";
import { addressOf } from "./context.ts";

const CLUSTER_ROLE = "ClusterRole.rbac.authorization.k8s.io";

/** Rejects with the server's answer: 404 when it is gone, 409 when another object has its name by now. */
export async function deleteComponent(
  client: ClusterClient,
  kind: ResourceKind,
  object: KubeObject,
): Promise<void> {
  const address = addressOf({ id: idOf(object) });
  const { uid } = object.metadata;
  if (kindKey(kind) === CLUSTER_ROLE) await stopAggregating(client, kind, address, uid);
  // The operator, which would take it off and the provider away, is stopped: the provider is gone already.
  if (isOperatorKind(kind))
    await client.patch(kind, address, "merge", { metadata: { uid, finalizers: null } });
  await client.delete(kind, address, { uid });
}

/**
 * The controller that fills aggregated roles applies them, and so makes one again that was deleted while it looked
 * (kubernetes pkg/controller/clusterroleaggregation): without its rule a role is none of its business.
 */
async function stopAggregating(
  client: ClusterClient,
  kind: ResourceKind,
  address: ReturnType<typeof addressOf>,
  uid: string,
): Promise<void> {
  try {
    await client.patch(kind, address, "merge", { metadata: { uid }, aggregationRule: null });
  } catch (error) {
    // Whoever may delete a role may not always write one: then the role is deleted as it is.
    if (!(error instanceof KubeApiError && error.status === 403)) throw error;
  }
}
