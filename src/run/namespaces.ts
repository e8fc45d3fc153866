// Namespaces that the target lacks: created with their labels and annotations, marked until the run has ended,
// and on the way back deleted only when nothing foreign has moved in.
import { OURS } from "../model/capi.ts";
import type { ClusterClient } from "../model/client.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { formatId, idOf, type KubeObject, kindKey } from "../model/object.ts";
import type { NamespaceToCreate } from "../model/plan.ts";
import type { RunContext } from "./context.ts";

const POLL_MS = 500;

/**
 * Creates what is missing. Somebody may have been faster: a namespace that is there is used as it is; one that is being
 * deleted is waited for.
 * @throws PivotError CREATE_REFUSED, TIMEOUT.
 */
export async function createNamespaces(
  context: RunContext,
  kind: ResourceKind,
  namespaces: readonly NamespaceToCreate[],
): Promise<void> {
  for (const { name, labels, annotations } of namespaces) {
    context.signal.throwIfAborted();
    const metadata = { name, labels, annotations: { ...annotations, [OURS.run]: context.run } };
    const start = context.clock.monotonic();
    while (!(await createOrUse(context, kind, metadata))) {
      const elapsed = context.clock.monotonic() - start;
      if (elapsed >= context.timeoutMs) throw namespaceHangs(name, context.target);
      const seconds = Math.round(elapsed / 1000);
      const reason = `for namespace ${name} of the target to be gone: it is being deleted`;
      context.emit({ type: "waiting", step: "copy", reason, seconds });
      await context.clock.sleep(POLL_MS, context.signal);
    }
  }
}

/** False while the one that is there is being deleted. */
async function createOrUse(
  { target }: RunContext,
  kind: ResourceKind,
  metadata: { readonly name: string },
): Promise<boolean> {
  const { name } = metadata;
  try {
    await target.create(kind, { apiVersion: "v1", kind: "Namespace", metadata });
    return true;
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    if (error.reason !== "AlreadyExists") throw namespaceRefused(name, error, target);
  }
  const all = await target.list(kind, { metadataOnly: true });
  const found = all.find((object) => object.metadata.name === name);
  return found !== undefined && found.metadata.deletionTimestamp === undefined;
}

function namespaceHangs(name: string, client: ClusterClient): PivotError {
  return new PivotError({
    code: "TIMEOUT",
    cluster: client.name,
    message: `namespace ${name} of the target cluster is being deleted and does not go away`,
    hint: `kubectl --context ${client.context} get namespace ${name} -o yaml   # see what holds it`,
  });
}

function namespaceRefused(name: string, error: KubeApiError, client: ClusterClient): PivotError {
  return new PivotError({
    code: "CREATE_REFUSED",
    cluster: client.name,
    message: `the target cluster refused to create namespace ${name}: ${error.message}`,
    hint: `kubectl --context ${client.context} create namespace ${name}   # see what it says, then run the same command again`,
    cause: error,
  });
}

/** Takes our mark off the namespaces of this run. */
export async function releaseNamespaces(
  client: ClusterClient,
  kind: ResourceKind,
  run: string,
): Promise<void> {
  for (const object of await marked(client, kind, run)) {
    const metadata = { uid: object.metadata.uid, annotations: { [OURS.run]: null } };
    await client.patch(kind, { name: object.metadata.name }, "merge", { metadata });
  }
}

async function marked(
  client: ClusterClient,
  kind: ResourceKind,
  run: string,
): Promise<readonly KubeObject[]> {
  const all = await client.list(kind, { metadataOnly: true });
  return all.filter(({ metadata: { annotations = {} } }) => {
    // Those of providers go with their components: run/uninstall-components.ts.
    return annotations[OURS.run] === run && !(OURS.component in annotations);
  });
}

/** What every namespace gets from the cluster itself. */
const FURNITURE: ReadonlySet<string> = new Set([
  "ConfigMap kube-root-ca.crt",
  "ConfigMap openshift-service-ca.crt",
  "ServiceAccount default",
]);

/** One object per namespace that is more than an empty one has. */
function tenantsOf({ objects }: Inventory): ReadonlyMap<string, string> {
  const tenants = new Map<string, string>();
  for (const object of objects.values()) {
    const { namespace } = object.metadata;
    const isFurniture = FURNITURE.has(`${kindKey(idOf(object))} ${object.metadata.name}`);
    if (namespace !== undefined && !isFurniture) tenants.set(namespace, formatId(idOf(object)));
  }
  return tenants;
}

/**
 * Deletes this run's namespaces that are empty, and takes the mark off the others.
 * @returns what kept a namespace, in words; empty when all are gone.
 */
export async function undoNamespaces(
  client: ClusterClient,
  kind: ResourceKind,
  run: string,
  target: Inventory,
): Promise<readonly string[]> {
  const tenants = tenantsOf(target);
  // Where a kind may not be listed, emptiness cannot be known.
  const unseen = target.unlisted.find((one) => one.kind.namespaced);
  const kept: string[] = [];
  for (const { metadata } of await marked(client, kind, run)) {
    const tenant = tenants.get(metadata.name) ?? (unseen && `perhaps ${unseen.kind.plural}`);
    if (tenant === undefined)
      await client.delete(kind, { name: metadata.name }, { uid: metadata.uid });
    else kept.push(`namespace ${metadata.name} of the target stays: it holds ${tenant}`);
  }
  if (kept.length > 0) await releaseNamespaces(client, kind, run);
  return kept;
}
