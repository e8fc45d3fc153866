// The way back, up to the point of no return: what this run made in the target goes, what it paused in the source is
// as it was. Everything is found by the mark of the run, nothing by the plan: a killed run can be undone by anybody.
// No controller ever gets to run its delete logic.
import { mapWithLimit } from "../kube/concurrency.ts";
import { isCluster, OURS } from "../model/capi.ts";
import { isTrue } from "../model/conditions.ts";
import type { Inventory } from "../model/inventory.ts";
import type { KubeObject } from "../model/object.ts";
import { findProviders } from "../plan/providers.ts";
import { providerOf, runningProviders } from "../plan/running-providers.ts";
import { undoWaves } from "../plan/undo-order.ts";
import { type KnownObject, markedCopies, type RunContext, withKinds } from "./context.ts";
import { unfreezeOne } from "./freeze.ts";
import { leftObjects, rejoinLeftObjects } from "./leave.ts";
import { type Progress, progressOf } from "./progress.ts";
import { removeObject } from "./remove.ts";
import { listKinds } from "./settle.ts";

/** A request whose answer never came may still create something: look again until there is nothing. */
const LOOKS = 5;
const BETWEEN_LOOKS_MS = 300;

/**
 * Removes every copy of this run from the target, dependents first, Clusters last. Resolves to their number.
 * @param controllers what `--controller` named.
 */
export async function undoCopies(
  context: RunContext,
  readTarget: () => Promise<Inventory>,
  controllers: readonly string[],
): Promise<number> {
  let removed = 0;
  for (let look = 0; look < LOOKS; look++) {
    const target = await readTarget();
    const copies = [...markedCopies(target.objects.values(), context.run).values()];
    if (copies.length === 0) return removed;
    if (look > 0) await context.clock.sleep(BETWEEN_LOOKS_MS);
    const standing = await standingStill(context, target, copies, controllers);
    const progress = progressOf(context.emit, "undo-copies", "target", copies.length);
    for (const wave of undoWaves(copies)) {
      await removeWave(context, withKinds(wave, target), standing, progress);
    }
    removed += copies.length;
  }
  return removed;
}

/** Copies that their living controllers have said to leave alone: these would get their finalizers back. */
async function standingStill(
  context: RunContext,
  target: Inventory,
  copies: readonly KubeObject[],
  controllers: readonly string[],
): Promise<ReadonlySet<string>> {
  const kinds = withKinds(copies, target).map(({ kind }) => kind);
  const alive = runningProviders(findProviders(target, controllers), kinds);
  const living = kinds.filter((kind) => alive.has(providerOf(kind)));
  const bodies = await listKinds(context.target, living, false);
  return new Set([...bodies].filter(([, body]) => isTrue(body, "Paused")).map(([uid]) => uid));
}

async function removeWave(
  context: RunContext,
  wave: readonly KnownObject[],
  standing: ReadonlySet<string>,
  progress: Progress,
): Promise<void> {
  // It carries our run id: whatever it looks like by now, it is ours to remove.
  const deps = { client: context.target, clock: context.clock, onChanged: () => undefined };
  await mapWithLimit(wave, context.concurrency, async (marked) => {
    const way = standing.has(marked.object.metadata.uid) ? "delete-first" : "strip-first";
    await removeObject(deps, marked, marked.object, way);
    progress.done(marked.id);
  });
}

/** Puts every root that this run paused back as it was, Clusters last, and rejoins what `--leave` cut. */
export async function undoFreeze(context: RunContext, source: Inventory): Promise<number> {
  const frozen = [...source.objects.values()].filter(({ metadata: { annotations = {} } }) => {
    return annotations[OURS.run] === context.run && annotations[OURS.pausedBefore] !== undefined;
  });
  const roots = withKinds(frozen, source);
  const progress = progressOf(context.emit, "unfreeze", "source", roots.length);
  for (const clusters of [false, true]) {
    const wave = roots.filter(({ id }) => isCluster(id) === clusters);
    await mapWithLimit(wave, context.concurrency, async (root) => {
      await unfreezeOne(context.source, root, root.object);
      progress.done(root.id);
    });
  }
  await rejoinLeftObjects(context.source, leftObjects(source, context.run), context.run);
  return roots.length;
}
