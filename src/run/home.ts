// Our namespace in each cluster: made when a run starts, gone when nothing is left to keep in it.
import { OUR_LABEL, OUR_NAMESPACE } from "../model/capi.ts";
import type { Clock, ClusterClient } from "../model/client.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import type { KubeObject } from "../model/object.ts";
import { CONFIG_MAP_KIND, LEASE_KIND, NAMESPACE_KIND } from "./our-kinds.ts";

/** How long a namespace that is still going away after an earlier run is waited for. */
const TERMINATION_MS = 60_000;

/** Creates our namespace unless it is there; waits for one that is still terminating. */
export async function ensureHome(client: ClusterClient, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + TERMINATION_MS;
  for (;;) {
    const found = await createOrGet(client);
    if (found.metadata.deletionTimestamp === undefined) return;
    if (clock.monotonic() > deadline) throw stuck(client);
    await clock.sleep(500);
  }
}

async function createOrGet(client: ClusterClient): Promise<KubeObject> {
  const metadata = { name: OUR_NAMESPACE, labels: OUR_LABEL };
  const body = { apiVersion: "v1", kind: "Namespace", metadata };
  try {
    return await client.create(NAMESPACE_KIND, body);
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.reason !== "AlreadyExists") throw error;
  }
  try {
    return await client.get(NAMESPACE_KIND, { name: OUR_NAMESPACE });
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 404) return createOrGet(client);
    throw error;
  }
}

function stuck(client: ClusterClient): PivotError {
  return new PivotError({
    code: "TIMEOUT",
    cluster: client.name,
    message: `namespace ${OUR_NAMESPACE} of the ${client.name} cluster is being deleted and does not go away; nothing was changed`,
    hint: `kubectl --context ${client.context} get namespace ${OUR_NAMESPACE} -o yaml   # see what holds it`,
  });
}

/** Deletes our namespace when it is labelled as ours and holds neither a lock nor a record. Resolves to whether it did. */
export async function removeHomeIfEmpty(client: ClusterClient): Promise<boolean> {
  try {
    const found = await client.get(NAMESPACE_KIND, { name: OUR_NAMESPACE });
    const isOurs = Object.entries(OUR_LABEL).every(
      ([key, value]) => found.metadata.labels?.[key] === value,
    );
    if (!isOurs || found.metadata.deletionTimestamp !== undefined) return false;
    if (await isInUse(client)) return false;
    await client.delete(NAMESPACE_KIND, { name: OUR_NAMESPACE }, { uid: found.metadata.uid });
    return true;
  } catch (error) {
    if (!(error instanceof KubeApiError && error.status === 404)) throw error;
    return false;
  }
}

async function isInUse(client: ClusterClient): Promise<boolean> {
  const options = { namespace: OUR_NAMESPACE };
  const leases = await client.list(LEASE_KIND, options);
  const maps = await client.list(CONFIG_MAP_KIND, options);
  return leases.length > 0 || maps.some(({ metadata }) => metadata.name !== ROOT_CA);
}

/** Every namespace gets it from the cluster itself. */
const ROOT_CA = "kube-root-ca.crt";
