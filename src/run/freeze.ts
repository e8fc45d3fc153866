// Pausing the moved roots in the source, and undoing it. The patch that pauses also says what was there before,
// so that any process can put it back.
import { mapWithLimit } from "../kube/concurrency.ts";
import { ANNOTATION, isCluster, OUR_PREFIX, OURS, type PausedBefore } from "../model/capi.ts";
import type { ClusterClient } from "../model/client.ts";
import { KubeApiError } from "../model/error.ts";
import { fieldAt, idOf, type KubeObject } from "../model/object.ts";
import type { PlannedObject } from "../model/plan.ts";
import { addressOf, type RunContext } from "./context.ts";
import { decodeManagedFields, encodeManagedFields, managedFieldsPatch } from "./managed-fields.ts";
import type { Progress } from "./progress.ts";
import { isStillPaused, unpausedBefore } from "./still-paused.ts";

/** Attempts when somebody else writes the object between our read and our patch. */
const CONFLICT_ATTEMPTS = 5;

/** Roots that this run pauses: Clusters by field, the others by annotation. */
export function toFreeze(planned: readonly PlannedObject[]): readonly PlannedObject[] {
  return planned.filter((object) => object.freeze === "spec" || object.freeze === "annotation");
}

/** Pauses every given root; `bodies` are as read before. One write each, with a resourceVersion precondition. */
export async function freeze(
  context: RunContext,
  roots: readonly PlannedObject[],
  bodies: ReadonlyMap<string, KubeObject>,
  progress: Progress,
): Promise<void> {
  await mapWithLimit(roots, context.concurrency, async (root) => {
    context.signal.throwIfAborted();
    await freezeOne(context, root, bodies.get(root.uid));
    progress.done(root.id);
  });
}

async function freezeOne(
  context: RunContext,
  root: PlannedObject,
  read: KubeObject | undefined,
): Promise<void> {
  const { source, run } = context;
  let body = read ?? (await source.get(root.kind, addressOf(root)));
  for (let attempt = 1; body.metadata.annotations?.[OURS.run] !== run; attempt++) {
    const patch = freezePatch(root, body, run);
    const conflict = await conflictOf(source.patch(root.kind, addressOf(root), "merge", patch));
    if (conflict === undefined) return;
    if (attempt === CONFLICT_ATTEMPTS) throw conflict;
    body = await source.get(root.kind, addressOf(root));
  }
  if (!isStillPaused(root, body)) throw unpausedBefore(root);
}

/** Resolves to the 409 that a write met, to undefined when it was done; anything else is thrown. */
export async function conflictOf(write: Promise<unknown>): Promise<KubeApiError | undefined> {
  try {
    await write;
    return undefined;
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 409) return error;
    throw error;
  }
}

interface FreezePatch {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec?: object;
}

/** The patch that pauses a root as it was read, and remembers what was there. */
export function freezePatch(root: PlannedObject, body: KubeObject, run: string): FreezePatch {
  const bySpec = root.freeze === "spec";
  const before: PausedBefore =
    bySpec && fieldAt(body, "spec", "paused") === false ? "false" : "absent";
  return {
    metadata: {
      uid: body.metadata.uid,
      resourceVersion: body.metadata.resourceVersion,
      annotations: {
        [OURS.run]: run,
        [OURS.pausedBefore]: before,
        [OURS.managedFields]: encodeManagedFields(body.metadata.managedFields ?? []),
        ...(bySpec ? {} : { [ANNOTATION.paused]: "" }),
      },
    },
    ...(bySpec ? { spec: { paused: true } } : {}),
  };
}

/** Puts a frozen root back: pause, annotations and field ownership as they were. Clusters last, the caller orders. */
export async function unfreezeOne(
  client: ClusterClient,
  root: Pick<PlannedObject, "id" | "kind">,
  body: KubeObject,
): Promise<void> {
  for (const patch of unpausePatches(body)) {
    await client.patch(root.kind, addressOf(root), "merge", patch);
  }
}

/**
 * The patches that take everything of ours off an object: one, or two when the pause was written out as `false`
 * (a value set together with managedFields makes us its owner, a removal does not: testbed.md). Our annotations go with
 * the last of them, so that whoever dies in between is found out.
 */
export function unpausePatches(body: KubeObject): readonly object[] {
  const annotations = body.metadata.annotations ?? {};
  const before = annotations[OURS.pausedBefore];
  const encoded = annotations[OURS.managedFields];
  const managedFields =
    encoded === undefined ? undefined : managedFieldsPatch(decodeManagedFields(encoded));
  const bySpec = before !== undefined && isCluster(idOf(body));
  const dropped = Object.keys(annotations).filter((key) => key.startsWith(OUR_PREFIX));
  if (before !== undefined && !bySpec) dropped.push(ANNOTATION.paused);
  const { uid } = body.metadata;
  const metadata = {
    uid,
    annotations: Object.fromEntries(dropped.map((key) => [key, null])),
    ...(managedFields === undefined ? {} : { managedFields }),
  };
  if (!bySpec) return [{ metadata }];
  if (before !== "false") return [{ metadata, spec: { paused: null } }];
  const paused = { spec: { paused: false } };
  return managedFields === undefined
    ? [{ metadata, ...paused }]
    : [{ metadata: { uid }, ...paused }, { metadata }];
}
