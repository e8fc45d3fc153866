// Past the point of no return: the originals go, the copies come alive, and nothing of ours is left but the closed
// record in the target. Nothing here can be undone, everything can be done again.
import type { Clock } from "../model/client.ts";
import type { Summary } from "../model/event.ts";
import type { Preview } from "../model/preview.ts";
import { movedClusters, movedObjects } from "../plan/plan-pivot.ts";
import type { Copies, RunContext, Snapshot } from "./context.ts";
import { deleteSource } from "./delete.ts";
import { releaseLeftObjects } from "./leave.ts";
import { releaseNamespaces } from "./namespaces.ts";
import { NAMESPACE_KIND } from "./our-kinds.ts";
import { progressOf, step } from "./progress.ts";
import type { Session } from "./session.ts";
import type { AliveProviders } from "./settle.ts";
import { thaw } from "./thaw.ts";

/** A committed run. Moments are of the monotonic clock. */
export interface Committed {
  readonly preview: Preview;
  readonly session: Session;
  readonly snapshot: Snapshot;
  readonly copies: Copies;
  /** Providers whose controllers answered in the source. */
  readonly alive: AliveProviders;
  readonly startedAt: number;
  readonly pausedAt: number;
}

/** Steps 12 and 13 of the design's table, and the end of the run. */
export async function finish(context: RunContext, run: Committed): Promise<Summary> {
  await run.session.announceCommit();
  // Some may have been made again, under new uids.
  const copies = await deleteStep(context, run);
  await thawStep(context, { ...run, copies });
  const secondsPaused = secondsSince(context.clock, run.pausedAt);
  const seconds = await closeStep(context, run, secondsPaused);
  const { plan } = run.snapshot;
  const moved = movedObjects(plan).length;
  const summary: Summary = {
    run: context.run,
    source: run.preview.source.context,
    target: run.preview.target.context,
    moved,
    copied: run.copies.size - moved,
    clusters: movedClusters(plan),
    seconds,
    secondsPaused,
  };
  context.emit({ type: "finished", summary });
  return summary;
}

function deleteStep(context: RunContext, { snapshot, copies, alive }: Committed): Promise<Copies> {
  const total = movedObjects(snapshot.plan).length;
  const work = async () => {
    const progress = progressOf(context.emit, "delete", "source", total);
    const result = await deleteSource(context, snapshot, copies, alive, progress);
    return { result, figures: { objects: total } };
  };
  return step(context.emit, "delete", work, total);
}

function thawStep(context: RunContext, { snapshot, copies }: Committed): Promise<void> {
  const total = copies.size;
  const work = async () => {
    const progress = progressOf(context.emit, "thaw", "target", total);
    return { result: await thaw(context, snapshot, copies, progress), figures: { objects: total } };
  };
  return step(context.emit, "thaw", work, total);
}

/** Resolves to the seconds of the whole run. */
function closeStep(
  context: RunContext,
  { preview, session, startedAt }: Committed,
  secondsPaused: number,
): Promise<number> {
  return step(context.emit, "close", async () => {
    await releaseNamespaces(context.target, NAMESPACE_KIND, context.run);
    await releaseLeftObjects(context.source, preview.plan.leaves, context.run);
    const seconds = secondsSince(context.clock, startedAt);
    await session.close({ seconds, secondsPaused });
    return { result: seconds, figures: {} };
  });
}

/** To the millisecond. */
function secondsSince(clock: Clock, moment: number): number {
  return Math.round(clock.monotonic() - moment) / 1000;
}
