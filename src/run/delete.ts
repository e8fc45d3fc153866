// Past the point of no return: the moved objects leave the source, dependents first. Before each group the target is
// asked once more: what is deleted here must be there.
import { mapWithLimit } from "../kube/concurrency.ts";
import { CLUSTER_KIND } from "../model/capi.ts";
import { PivotError } from "../model/error.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { formatId, type KubeObject, kindKey } from "../model/object.ts";
import type { MoveGroup, PlannedObject } from "../model/plan.ts";
import { isFaithful } from "../plan/compare.ts";
import { travellers } from "../plan/plan-pivot.ts";
import { providerOf } from "../plan/running-providers.ts";
import { bodyOf, type Copies, type Copy, type RunContext, type Snapshot } from "./context.ts";
import { createAgain } from "./copy.ts";
import type { Progress } from "./progress.ts";
import { beforeFarewell, isUnchangedButLeaving, requireNoNewDependents } from "./recheck.ts";
import { removeObject } from "./remove.ts";
import { type AliveProviders, listKinds } from "./settle.ts";
import { requireStillPaused } from "./still-paused.ts";
import { differencesOf, pathsOf } from "./verify.ts";

/** Deletes every object with verdict `move` from the source. Resolves to the copies, which may have been repaired. */
export async function deleteSource(
  context: RunContext,
  snapshot: Snapshot,
  copies: Copies,
  alive: AliveProviders,
  progress: Progress,
): Promise<Copies> {
  let current = copies;
  // Every kind once; before each group what users add by hand. All kinds every time would cost more than the deletes.
  let watched = watchedKinds(snapshot);
  for (const group of deleteOrder(snapshot.plan.groups)) {
    context.signal.throwIfAborted();
    const [there, here] = await Promise.all([
      listKinds(
        context.target,
        group.map((one) => one.kind),
        true,
      ),
      listKinds(context.source, watched, true),
    ]);
    current = await requireCopies(context, snapshot, current, group, there);
    requireNoNewDependents(here.values(), snapshot.plan);
    // Where nobody acts, nobody minds a pause.
    if (alive.size > 0) await requireStillPaused(context, snapshot.plan);
    watched = handmadeKinds(snapshot);
    await mapWithLimit(group, context.concurrency, async (one) => {
      context.signal.throwIfAborted();
      await removeOne(context, snapshot, one, alive);
      progress.done(one.id);
    });
  }
  return current;
}

/** Create order reversed; what is kept in the source is not in it. */
export function deleteOrder(groups: readonly MoveGroup[]): readonly (readonly PlannedObject[])[] {
  return [...groups]
    .reverse()
    .map((group) => group.objects.filter((one) => one.verdict.kind === "move"))
    .flatMap((group) => [
      // Whatever is paused through a Cluster goes before it, also within a group.
      group.filter((one) => kindKey(one.id) !== CLUSTER_KIND),
      group.filter((one) => kindKey(one.id) === CLUSTER_KIND),
    ])
    .filter((group) => group.length > 0);
}

/** Kinds in which a late dependent would show: those of the plan, and the two that users add by hand. */
function watchedKinds(snapshot: Snapshot): readonly ResourceKind[] {
  return [...travellers(snapshot.plan).map(({ kind }) => kind), ...handmadeKinds(snapshot)];
}

function handmadeKinds({ source }: Snapshot): readonly ResourceKind[] {
  return ["Secret", "ConfigMap"].flatMap((key) => source.kinds.get(key) ?? []);
}

async function removeOne(
  context: RunContext,
  snapshot: Snapshot,
  planned: PlannedObject,
  alive: AliveProviders,
): Promise<void> {
  const body = bodyOf(snapshot.bodies, planned);
  const way =
    alive.has(providerOf(planned.kind)) && planned.hold === "acknowledges"
      ? "delete-first"
      : "strip-first";
  const onChanged = (now: KubeObject) => {
    if (!isUnchangedButLeaving(body, now)) throw changedAfterCommit(planned);
  };
  await removeObject(
    { client: context.source, clock: context.clock, onChanged },
    planned,
    body,
    way,
  );
}

function changedAfterCommit(planned: PlannedObject): PivotError {
  return new PivotError({
    code: "SOURCE_CHANGED",
    cluster: "source",
    message: `${formatId(planned.id)} of the source cluster was changed after it had been copied, so it is not deleted`,
    hint: "compare it with its copy in the target, which holds the state that was copied",
  });
}

/** Every object about to be deleted has its copy: missing ones are made again, changed ones stop the run. */
async function requireCopies(
  context: RunContext,
  snapshot: Snapshot,
  copies: Copies,
  group: readonly PlannedObject[],
  there: ReadonlyMap<string, KubeObject>,
): Promise<Copies> {
  const next = new Map<string, Copy>(copies);
  const changed: Copy[] = [];
  for (const planned of group) {
    const copy = copies.get(planned.uid);
    const found = there.get(copy?.uid ?? "");
    if (copy === undefined || found === undefined)
      await createAgain(context, snapshot, planned, next);
    else if (found.metadata.resourceVersion !== copy.resourceVersion) changed.push(copy);
  }
  if (changed.length > 0) await requireFaithful(context, snapshot, next, changed);
  return next;
}

async function requireFaithful(
  context: RunContext,
  snapshot: Snapshot,
  copies: Copies,
  changed: readonly Copy[],
): Promise<void> {
  const bodies = await listKinds(
    context.target,
    changed.map((copy) => copy.planned.kind),
    false,
  );
  const before = beforeFarewells(snapshot, changed, bodies);
  for (const copy of changed) {
    const actual = bodies.get(copy.uid);
    const leaves = actual === undefined || actual.metadata.deletionTimestamp !== undefined;
    const differences = leaves ? [] : differencesOf(context, before, copy, copies, actual);
    if (!leaves && isFaithful(differences)) continue;
    const what = leaves ? "is being deleted" : `was changed (${pathsOf(differences)})`;
    throw new PivotError({
      code: "TARGET_CHANGED",
      cluster: "target",
      message: `the copy of ${formatId(copy.planned.id)} in the target cluster ${what} by somebody else, so its original is not deleted`,
      hint: `compare the two: kubectl --context ${context.target.context} get ${copy.planned.kind.plural} -A`,
    });
  }
}

/** The snapshot with those originals that an interrupted run had prepared for their deletion as they were before. */
function beforeFarewells(
  snapshot: Snapshot,
  changed: readonly Copy[],
  actual: ReadonlyMap<string, KubeObject>,
): Snapshot {
  const bodies = new Map(snapshot.bodies);
  for (const { planned, uid } of changed) {
    const [original, copy] = [bodies.get(planned.uid), actual.get(uid)];
    if (original !== undefined && copy !== undefined)
      bodies.set(planned.uid, beforeFarewell(original, copy));
  }
  return { ...snapshot, bodies };
}
