// The way back, up to the point of no return: what this run made in the target goes, what it paused in the source is
// as it was. Only what carries this run's id is touched, and no controller ever gets to run its delete logic.
import { mapWithLimit } from "../kube/concurrency.ts";
import { OURS } from "../model/capi.ts";
import type { KubeObject } from "../model/object.ts";
import type { Plan, PlannedObject } from "../model/plan.ts";
import { travellers } from "../plan/plan-pivot.ts";
import { providerOf } from "../plan/running-providers.ts";
import { markedCopies, type RunContext } from "./context.ts";
import { unfreezeOne } from "./freeze.ts";
import { rejoinLeftObjects } from "./leave.ts";
import { type Progress, progressOf } from "./progress.ts";
import { removeObject } from "./remove.ts";
import { type AliveProviders, listKinds } from "./settle.ts";

/** A request whose answer never came may still create something: look again until there is nothing. */
const LOOKS = 5;
const BETWEEN_LOOKS_MS = 300;

/** Removes every copy of this run from the target, dependents first, Clusters last. Resolves to their number. */
export async function undoCopies(
  context: RunContext,
  plan: Plan,
  alive: AliveProviders,
): Promise<number> {
  let removed = 0;
  for (let look = 0; look < LOOKS; look++) {
    const found = await copiesOfRun(context, plan);
    if (found.size === 0) return removed;
    if (look > 0) await context.clock.sleep(BETWEEN_LOOKS_MS);
    const progress = progressOf(context.emit, "undo-copies", "target", found.size);
    for (const group of [...plan.groups].reverse()) {
      const isCluster = (one: PlannedObject) => one.freeze === "spec";
      for (const wave of [
        group.objects.filter((one) => !isCluster(one)),
        group.objects.filter(isCluster),
      ]) {
        await removeWave(context, wave, { found, alive, progress });
      }
    }
    removed += found.size;
  }
  return removed;
}

async function removeWave(
  context: RunContext,
  wave: readonly PlannedObject[],
  deps: {
    readonly found: ReadonlyMap<string, KubeObject>;
    readonly alive: AliveProviders;
    readonly progress: Progress;
  },
): Promise<void> {
  await mapWithLimit(wave, context.concurrency, async (planned) => {
    const object = deps.found.get(planned.uid);
    if (object === undefined) return;
    const acknowledges =
      planned.hold === "acknowledges" && deps.alive.has(providerOf(planned.kind));
    // It carries our run id: whatever it looks like by now, it is ours to remove.
    const remove = { client: context.target, clock: context.clock, onChanged: () => undefined };
    await removeObject(remove, planned, object, acknowledges ? "delete-first" : "strip-first");
    deps.progress.done(planned.id);
  });
}

/** Copies of this run in the target, by source uid. */
async function copiesOfRun(
  context: RunContext,
  plan: Plan,
): Promise<ReadonlyMap<string, KubeObject>> {
  const kinds = travellers(plan).map((planned) => planned.kind);
  return markedCopies((await listKinds(context.target, kinds, true)).values(), context.run);
}

/** Puts every root that this run paused back as it was, Clusters last, and rejoins what `--leave` cut. */
export async function undoFreeze(context: RunContext, plan: Plan): Promise<number> {
  const roots = travellers(plan).filter(
    (one) => one.freeze === "spec" || one.freeze === "annotation",
  );
  const found = await listKinds(
    context.source,
    roots.map((one) => one.kind),
    false,
  );
  const frozen = roots.flatMap((planned) => {
    const body = found.get(planned.uid);
    return body?.metadata.annotations?.[OURS.run] === context.run ? [{ planned, body }] : [];
  });
  const progress = progressOf(context.emit, "unfreeze", "source", frozen.length);
  for (const freeze of ["annotation", "spec"]) {
    const wave = frozen.filter(({ planned }) => planned.freeze === freeze);
    await mapWithLimit(wave, context.concurrency, async ({ planned, body }) => {
      await unfreezeOne(context.source, planned, body);
      progress.done(planned.id);
    });
  }
  await rejoinLeftObjects(context.source, plan.leaves, context.run);
  return frozen.length;
}
