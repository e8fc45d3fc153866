// Deleting one object without ever letting a controller run its delete logic. Two ways (design, 4):
// where nobody reconciles, finalizers go first and the delete carries the resourceVersion just returned, so that
// nothing waits in deletion; where a controller holds still and would put finalizers back, the delete goes first.
import { ANNOTATION, GC_FINALIZERS } from "../model/capi.ts";
import type { Clock, ClusterClient } from "../model/client.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import { formatId, type KubeObject } from "../model/object.ts";
import type { PlannedObject } from "../model/plan.ts";
import { addressOf } from "./context.ts";
import { managedFieldsPatch } from "./managed-fields.ts";
import { refusal } from "./refusal.ts";

/** A webhook may refuse because its cache is behind: a class that has just gone out of use. */
const STALE_CACHE_MS = 10_000;
const RETRY_MS = 500;
/** How long a controller that holds still may keep writing finalizers before we give up. */
const STRIP_MS = 30_000;

/** What is removed, as far as a removal needs to know it. */
export type Removable = Pick<PlannedObject, "id" | "kind">;

export type Removal = "strip-first" | "delete-first";

export interface RemoveDeps {
  readonly client: ClusterClient;
  readonly clock: Clock;
  /** Called when the object is not as it was read: decides whether it may still be removed, or throws. */
  readonly onChanged: (object: KubeObject, planned: Removable) => void;
}

/** Removes `object` (as read, uid and resourceVersion are preconditions). Already gone is done. */
export async function removeObject(
  deps: RemoveDeps,
  planned: Removable,
  object: KubeObject,
  way: Removal,
): Promise<void> {
  let deadline: number | undefined;
  let current = object;
  for (;;) {
    const outcome = await attempt(deps, planned, current, way);
    if (outcome === undefined) return;
    // From the first refusal on: before it, the network may have been waited for.
    deadline ??= deps.clock.monotonic() + STALE_CACHE_MS;
    const next = await lookAgain(deps, planned, outcome, deadline);
    if (next === undefined) return;
    if (next.metadata.uid !== object.metadata.uid) throw recreated(deps.client, planned);
    deps.onChanged(next, planned);
    current = next;
  }
}

/** One try: undefined when gone, else the answer that stood in the way. */
async function attempt(
  deps: RemoveDeps,
  planned: Removable,
  object: KubeObject,
  way: Removal,
): Promise<KubeApiError | undefined> {
  try {
    if (way === "strip-first") await stripThenDelete(deps, planned, object);
    else await deleteThenStrip(deps, planned, object);
    return undefined;
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    return error.status === 404 ? undefined : error;
  }
}

/** After a refusal: wait and read again while that can help. undefined when the object is gone by now. */
async function lookAgain(
  { client, clock }: RemoveDeps,
  planned: Removable,
  error: KubeApiError,
  deadline: number,
): Promise<KubeObject | undefined> {
  const isConflict = error.status === 409;
  if (!isConflict && !isWebhookRefusal(error))
    throw refusal("DELETE_REFUSED", planned.id, error, client);
  if (clock.monotonic() > deadline) throw refusal("DELETE_REFUSED", planned.id, error, client);
  if (!isConflict) await clock.sleep(RETRY_MS);
  try {
    return await client.get(planned.kind, addressOf(planned));
  } catch (again) {
    if (again instanceof KubeApiError && again.status === 404) return undefined;
    throw again;
  }
}

function isWebhookRefusal(error: KubeApiError): boolean {
  return (
    error.message.includes("admission webhook") || error.message.includes("denied the request")
  );
}

async function stripThenDelete(
  deps: RemoveDeps,
  planned: Removable,
  object: KubeObject,
): Promise<void> {
  const ready = hasFinalizers(object)
    ? await deps.client.patch(
        planned.kind,
        addressOf(planned),
        "merge",
        farewell(planned, object),
        { metadataOnly: true },
      )
    : object;
  const { resourceVersion } = ready.metadata;
  await deleteMarked(deps, planned, ready, { resourceVersion });
}

/**
 * `delete-for-move` among the annotations that are there, finalizers gone but for the garbage collector's. The field owners
 * go as well: nobody asks for them any more, and keeping their books is half of what the patch and the delete cost.
 */
export function farewell(
  planned: Removable,
  object: KubeObject,
): { readonly metadata: Readonly<Record<string, unknown>> } {
  return {
    metadata: {
      uid: object.metadata.uid,
      resourceVersion: object.metadata.resourceVersion,
      ...(needsMark(planned, object) ? { annotations: { [ANNOTATION.deleteForMove]: "" } } : {}),
      ...(hasFinalizers(object) ? { finalizers: keptFinalizers(object) } : {}),
      managedFields: managedFieldsPatch([]),
    },
  };
}

/** Webhooks of providers let a delete pass by this mark; nobody watches Secrets and ConfigMaps for it. */
function needsMark(planned: Removable, object: KubeObject): boolean {
  const marked = ANNOTATION.deleteForMove in (object.metadata.annotations ?? {});
  return planned.kind.crd !== undefined && !marked;
}

function hasFinalizers(object: KubeObject): boolean {
  return (object.metadata.finalizers ?? []).some((name) => !GC_FINALIZERS.has(name));
}

function keptFinalizers(object: KubeObject): readonly string[] {
  return (object.metadata.finalizers ?? []).filter((name) => GC_FINALIZERS.has(name));
}

async function deleteThenStrip(
  deps: RemoveDeps,
  planned: Removable,
  object: KubeObject,
): Promise<void> {
  const { client, clock } = deps;
  const { uid } = object.metadata;
  let left = await deleteMarked(deps, planned, object);
  const deadline = clock.monotonic() + STRIP_MS;
  while (left !== undefined && left.metadata.uid === uid) {
    if (clock.monotonic() > deadline) throw stuck(client, planned);
    const patch = { metadata: { uid, finalizers: keptFinalizers(left) } };
    await client.patch(planned.kind, addressOf(planned), "merge", patch);
    left = await client.get(planned.kind, addressOf(planned));
  }
}

/** Deletes; a webhook that wants the mark gets it, which costs a write only where it is needed. */
async function deleteMarked(
  { client }: RemoveDeps,
  planned: Removable,
  object: KubeObject,
  preconditions: { readonly resourceVersion?: string } = {},
): Promise<KubeObject | undefined> {
  const { uid, resourceVersion } = object.metadata;
  const address = addressOf(planned);
  try {
    return await client.delete(planned.kind, address, { uid, ...preconditions });
  } catch (error) {
    const isRefusal = error instanceof KubeApiError && isWebhookRefusal(error);
    if (!isRefusal || !needsMark(planned, object)) throw error;
    const annotations = { [ANNOTATION.deleteForMove]: "" };
    const mark = { metadata: { uid, resourceVersion, annotations } };
    const marked = await client.patch(planned.kind, address, "merge", mark);
    const after = preconditions.resourceVersion === undefined ? {} : resourceVersionOf(marked);
    return client.delete(planned.kind, address, { uid, ...after });
  }
}

function resourceVersionOf({ metadata }: KubeObject): { readonly resourceVersion: string } {
  return { resourceVersion: metadata.resourceVersion };
}

function recreated(client: ClusterClient, planned: Removable): PivotError {
  return new PivotError({
    code: client.name === "source" ? "SOURCE_CHANGED" : "TARGET_CHANGED",
    cluster: client.name,
    message: `${formatId(planned.id)} of the ${client.name} cluster was deleted and created anew by somebody else`,
    hint: "look for a GitOps tool that owns it, and suspend it",
  });
}

function stuck(client: ClusterClient, planned: Removable): PivotError {
  return new PivotError({
    code: "TIMEOUT",
    cluster: client.name,
    message: `${formatId(planned.id)} of the ${client.name} cluster does not go away: its controller puts finalizers back`,
    hint: `stop the controller of ${planned.id.kind} in context ${client.context}`,
  });
}
