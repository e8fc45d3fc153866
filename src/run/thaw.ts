// The last writes to the copies: field ownership as it was, nothing of ours left, pause as it was. Roots last,
// Clusters very last: until then nobody reconciles what is below them.
import { mapWithLimit } from "../kube/concurrency.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import { formatId, type KubeObject } from "../model/object.ts";
import type { PlannedObject } from "../model/plan.ts";
import { travellers } from "../plan/plan-pivot.ts";
import {
  addressOf,
  type Copies,
  markedCopies,
  type RunContext,
  type Snapshot,
  withKinds,
} from "./context.ts";
import { createAgain } from "./copy.ts";
import { unpausePatches } from "./freeze.ts";
import type { Progress } from "./progress.ts";
import { refusal } from "./refusal.ts";
import { listKinds } from "./settle.ts";

/** A copy that goes away while it is thawed is made again this often. */
const REPAIRS = 2;

/**
 * Thaws whatever in the target carries this run's id: what is thawed already is not touched again. A copy that somebody
 * has deleted meanwhile is made once more: by now it is the only place where it could be.
 */
export async function thaw(
  context: RunContext,
  snapshot: Snapshot,
  copies: Copies,
  progress: Progress,
): Promise<void> {
  await thawUnplanned(context, snapshot);
  for (const wave of waves(travellers(snapshot.plan))) {
    let left = wave;
    for (let round = 0; left.length > 0; round++) {
      if (round > REPAIRS) throw vanishes(left);
      left = await thawWave(context, snapshot, copies, { wave: left, progress });
    }
  }
}

/**
 * Copies that the plan of a run that was taken up does not reach: what owns them is thawed already, so nothing tells of
 * whose original it was. No root is among them, and everything below roots comes first.
 */
async function thawUnplanned(context: RunContext, { plan, target }: Snapshot): Promise<void> {
  const planned = new Set(travellers(plan).map(({ uid }) => uid));
  const marked = [...markedCopies(target.objects.values(), context.run)];
  const left = marked.filter(([uid]) => !planned.has(uid)).map(([, copy]) => copy);
  await mapWithLimit(withKinds(left, target), context.concurrency, async (one) => {
    context.signal.throwIfAborted();
    await thawOne(context, one, one.object);
  });
}

/** Resolves to what went away between the list and the patch. */
async function thawWave(
  context: RunContext,
  snapshot: Snapshot,
  copies: Copies,
  { wave, progress }: { readonly wave: readonly PlannedObject[]; readonly progress: Progress },
): Promise<readonly PlannedObject[]> {
  let frozen = await frozenCopies(context, wave);
  if (await restoreVanished(context, snapshot, copies, { wave, frozen })) {
    frozen = await frozenCopies(context, wave);
  }
  const gone: PlannedObject[] = [];
  await mapWithLimit(wave, context.concurrency, async (one) => {
    context.signal.throwIfAborted();
    const copy = frozen.bySourceUid.get(one.uid);
    if (copy !== undefined && !(await thawOne(context, one, copy))) gone.push(one);
    else progress.done(one.id, copy === undefined ? "skipped" : "done");
  });
  return gone;
}

interface Frozen {
  /** Copies that still carry our annotations. */
  readonly bySourceUid: ReadonlyMap<string, KubeObject>;
  /** Every object of these kinds. */
  readonly uids: ReadonlySet<string>;
}

async function frozenCopies(
  context: RunContext,
  planned: readonly PlannedObject[],
): Promise<Frozen> {
  const kinds = planned.map((one) => one.kind);
  // Annotations say what is to be taken off.
  const found = await listKinds(context.target, kinds, true);
  const bySourceUid = markedCopies(found.values(), context.run);
  return { bySourceUid, uids: new Set(found.keys()) };
}

/** Owners first, so that what is made again refers to what was made again. Resolves to whether there was any. */
async function restoreVanished(
  context: RunContext,
  snapshot: Snapshot,
  copies: Copies,
  { wave, frozen }: { readonly wave: readonly PlannedObject[]; readonly frozen: Frozen },
): Promise<boolean> {
  const current = new Map(copies);
  const vanished = wave.filter((one) => {
    const uid = copies.get(one.uid)?.uid ?? "";
    return !frozen.bySourceUid.has(one.uid) && !frozen.uids.has(uid);
  });
  for (const planned of vanished) await createAgain(context, snapshot, planned, current);
  return vanished.length > 0;
}

function waves(planned: readonly PlannedObject[]): readonly (readonly PlannedObject[])[] {
  const isCluster = (one: PlannedObject) => one.freeze === "spec";
  const isRoot = (one: PlannedObject) => one.freeze === "annotation";
  return [
    planned.filter((one) => !isCluster(one) && !isRoot(one)),
    planned.filter(isRoot),
    planned.filter(isCluster),
  ];
}

/** False when it is not there any more. */
async function thawOne(
  context: RunContext,
  planned: Pick<PlannedObject, "id" | "kind">,
  copy: KubeObject,
): Promise<boolean> {
  try {
    for (const patch of unpausePatches(copy)) {
      await context.target.patch(planned.kind, addressOf(planned), "merge", patch, {
        metadataOnly: true,
      });
    }
    return true;
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    if (error.status === 404) return false;
    throw refusal("REQUEST_REFUSED", planned.id, error, context.target);
  }
}

function vanishes(planned: readonly PlannedObject[]): PivotError {
  const [first] = planned;
  return new PivotError({
    code: "COPY_VANISHED",
    cluster: "target",
    message: `something in the target cluster deletes ${first === undefined ? "copies" : formatId(first.id)} as soon as it is made`,
    hint: "look for a controller or a GitOps tool in the target that owns it, and suspend it",
  });
}
