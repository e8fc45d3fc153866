// ClusterResourceSets of the target that select a moved Cluster hold still from the freeze to the thaw. What is to be put
// back is found by the mark on the object, never remembered: any process can do it, whenever the last one died.
//
//   mark (run, paused-before) and pause are one write     put back: all of it goes in one write
//   a component of this run keeps its own mark            run/uninstall-components.ts and releaseComponents need it
import { mapWithLimit } from "../kube/concurrency.ts";
import { preferredKind } from "../kube/preferred-kind.ts";
import { ADDONS_GROUP, ANNOTATION, OURS } from "../model/capi.ts";
import { KubeApiError } from "../model/error.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { idOf, type KubeObject } from "../model/object.ts";
import type { Plan, TargetSet } from "../model/plan.ts";
import { pausedCondition } from "../plan/hold.ts";
import { runningProviders } from "../plan/running-providers.ts";
import { addressOf, type RunContext } from "./context.ts";
import { conflictOf } from "./freeze.ts";
import { refusal } from "./refusal.ts";
import { isAcknowledged, listKinds, waitForAcknowledgements } from "./settle.ts";

const RESOURCE_SETS = {
  group: ADDONS_GROUP,
  kind: "ClusterResourceSet",
  plural: "clusterresourcesets",
} as const;

/** Attempts when the set's controller writes it between our read and our patch. */
const CONFLICT_ATTEMPTS = 5;

/**
 * Pauses the sets of the plan that are not paused, and waits until their controller says so. May be repeated: what this
 * run has paused is not touched again.
 * @throws PivotError REQUEST_REFUSED, FORBIDDEN, PAUSE_NOT_ACKNOWLEDGED.
 */
export async function pauseTargetSets(
  context: RunContext,
  { targetSets, providers }: Pick<Plan, "targetSets" | "providers">,
): Promise<void> {
  const wanted = targetSets.filter(({ freeze }) => freeze === "annotation");
  if (wanted.length === 0) return;
  const kinds = wanted.map(({ kind }) => kind);
  const bodies = await listKinds(context.target, kinds, false);
  await mapWithLimit(wanted, context.concurrency, async (set) => {
    context.signal.throwIfAborted();
    await pauseOne(context, set, bodies.get(set.uid));
  });
  const running = runningProviders(providers.target, kinds);
  const awaited = wanted.flatMap((set) => {
    const body = bodies.get(set.uid);
    if (body === undefined || pausedCondition(body) === undefined) return [];
    return [{ uid: set.uid, planned: set, before: isAcknowledged(body) }];
  });
  await waitForAcknowledgements(
    context,
    { client: context.target, step: "freeze", running },
    awaited,
  );
}

/** One that is gone selects nothing; one that somebody else has paused meanwhile stays as it is. */
async function pauseOne(
  context: RunContext,
  set: TargetSet,
  read: KubeObject | undefined,
): Promise<void> {
  let body = read;
  for (let attempt = 1; body !== undefined && !isPaused(body); attempt++) {
    const write = context.target.patch(
      set.kind,
      addressOf(set),
      "merge",
      pausePatch(body, context.run),
    );
    const conflict = await conflictOf(write.catch((error) => rethrow(error, set, context)));
    if (conflict === undefined) return;
    if (attempt === CONFLICT_ATTEMPTS) throw conflict;
    body = (await listKinds(context.target, [set.kind], true)).get(set.uid);
  }
}

function isPaused({ metadata }: KubeObject): boolean {
  return ANNOTATION.paused in (metadata.annotations ?? {});
}

/** That the annotation was absent is all there is to remember: the fields that we add are owned by us alone. */
function pausePatch({ metadata: { uid, resourceVersion } }: KubeObject, run: string): object {
  const annotations = {
    [OURS.run]: run,
    [OURS.pausedBefore]: "absent",
    [ANNOTATION.paused]: "",
  };
  return { metadata: { uid, resourceVersion, annotations } };
}

/** Puts back every set of the target that carries this run's mark. Resolves to their number. */
export async function unpauseTargetSets(context: RunContext): Promise<number> {
  // As the target serves it now, known without a plan.
  const kind = await preferredKind(context.target, RESOURCE_SETS);
  if (kind === undefined) return 0;
  const frozen = (await listSets(context, kind)).filter((set) => isFrozenBy(set, context.run));
  await mapWithLimit(frozen, context.concurrency, (set) => unpauseOne(context, kind, set));
  return frozen.length;
}

/** Copies carry where they come from: they are thawed, or undone, as copies. */
function isFrozenBy({ metadata: { annotations = {} } }: KubeObject, run: string): boolean {
  return (
    annotations[OURS.run] === run &&
    annotations[OURS.pausedBefore] !== undefined &&
    annotations[OURS.sourceUid] === undefined
  );
}

async function unpauseOne(context: RunContext, kind: ResourceKind, set: KubeObject): Promise<void> {
  const { uid, annotations = {} } = set.metadata;
  const id = idOf(set);
  const cleared = {
    [ANNOTATION.paused]: null,
    [OURS.pausedBefore]: null,
    ...(OURS.component in annotations ? {} : { [OURS.run]: null }),
  };
  try {
    const patch = { metadata: { uid, annotations: cleared } };
    await context.target.patch(kind, addressOf({ id }), "merge", patch);
  } catch (error) {
    // Gone, or another one by now: that carries no mark of ours.
    if (error instanceof KubeApiError && [404, 409].includes(error.status)) return;
    rethrow(error, { id }, context);
  }
}

/** Who may not list them has paused none. */
async function listSets(
  { target }: RunContext,
  kind: ResourceKind,
): Promise<readonly KubeObject[]> {
  try {
    return await target.list(kind, { metadataOnly: true });
  } catch (error) {
    if (error instanceof KubeApiError && [403, 404, 405].includes(error.status)) return [];
    throw error;
  }
}

/** A conflict stays what it is: it is tried again. */
function rethrow(error: unknown, { id }: Pick<TargetSet, "id">, { target }: RunContext): never {
  if (!(error instanceof KubeApiError) || error.status === 409) throw error;
  throw refusal("REQUEST_REFUSED", id, error, target);
}
