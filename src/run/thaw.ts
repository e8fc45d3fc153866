// The last writes to the copies: field ownership as it was, nothing of ours left, pause as it was. Roots last,
// Clusters very last: until then nobody reconciles what is below them.
import { mapWithLimit } from "../kube/concurrency.ts";
import { OURS } from "../model/capi.ts";
import { KubeApiError } from "../model/error.ts";
import type { KubeObject } from "../model/object.ts";
import type { PlannedObject } from "../model/plan.ts";
import { travellers } from "../plan/plan-pivot.ts";
import { addressOf, type RunContext, type Snapshot } from "./context.ts";
import { unpausePatches } from "./freeze.ts";
import type { Progress } from "./progress.ts";
import { refusal } from "./refusal.ts";
import { listKinds } from "./settle.ts";

/** Thaws whatever in the target carries this run's id: what is thawed already is not touched again. */
export async function thaw(
  context: RunContext,
  snapshot: Snapshot,
  progress: Progress,
): Promise<void> {
  const planned = travellers(snapshot.plan);
  const found = await listKinds(
    context.target,
    planned.map((one) => one.kind),
    false,
  );
  const bySourceUid = new Map<string, KubeObject>();
  for (const object of found.values()) {
    const annotations = object.metadata.annotations ?? {};
    const uid = annotations[OURS.sourceUid];
    if (annotations[OURS.run] === context.run && uid !== undefined) bySourceUid.set(uid, object);
  }
  for (const wave of waves(planned)) {
    await mapWithLimit(wave, context.concurrency, async (one) => {
      context.signal.throwIfAborted();
      const copy = bySourceUid.get(one.uid);
      if (copy !== undefined) await thawOne(context, one, copy);
      progress.done(one.id, copy === undefined ? "skipped" : "done");
    });
  }
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

async function thawOne(
  context: RunContext,
  planned: PlannedObject,
  copy: KubeObject,
): Promise<void> {
  try {
    for (const patch of unpausePatches(copy)) {
      await context.target.patch(planned.kind, addressOf(planned), "merge", patch);
    }
  } catch (error) {
    if (error instanceof KubeApiError)
      throw refusal("REQUEST_REFUSED", planned.id, error, context.target);
    throw error;
  }
}
