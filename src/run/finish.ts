// Past the point of no return: the originals go, the copies come alive, and nothing of ours is left but the closed
// record in the target. Nothing here can be undone, everything can be done again.
import type { Clock } from "../model/client.ts";
import type { Proof, Summary } from "../model/event.ts";
import type { ClusterIdentity } from "../model/inventory.ts";
import type { Controller } from "../model/provider.ts";
import { isActedOn } from "../plan/acting-controllers.ts";
import { movedObjects } from "../plan/plan-pivot.ts";
import { type CleanRequest, cleanSource } from "./clean-source.ts";
import type { Copies, RunContext, Snapshot } from "./context.ts";
import { deleteSource } from "./delete.ts";
import { kindHint } from "./kind-cluster.ts";
import { leftObjects, releaseLeftObjects } from "./leave.ts";
import { releaseNamespaces } from "./namespaces.ts";
import { NAMESPACE_KIND } from "./our-kinds.ts";
import { progressOf, step } from "./progress.ts";
import { type ProofRequest, prove } from "./prove.ts";
import type { Session } from "./session.ts";
import type { AliveProviders } from "./settle.ts";
import { removeSourceWebhooks } from "./source-webhooks.ts";
import { stopControllers } from "./stop-controllers.ts";
import { unpauseTargetSets } from "./target-sets.ts";
import { thaw } from "./thaw.ts";
import { releaseComponents } from "./uninstall-components.ts";

/** A committed run. Moments are of the monotonic clock. */
export interface Committed {
  readonly source: ClusterIdentity;
  readonly target: ClusterIdentity;
  readonly session: Session;
  readonly snapshot: Snapshot;
  readonly copies: Copies;
  /** Providers of the source whose controllers may still act: their objects are deleted in another way. */
  readonly alive: AliveProviders;
  readonly startedAt: number;
  readonly pausedAt: number;
  /** Controllers whose conversion webhooks were needed until everything was deleted. */
  readonly late: readonly Controller[];
  /** What becomes of the source. */
  readonly clean: Pick<CleanRequest, "choice" | "readSource"> & {
    readonly readComponents: () => Promise<
      Pick<CleanRequest, "components" | "certManager" | "operator">
    >;
  };
  /** What the proof compares with. */
  readonly proof: Pick<ProofRequest, "machines"> & {
    readonly look: () => Promise<Pick<ProofRequest, "snapshot" | "copies">>;
  };
  /** The source is gone for good: nothing is deleted from it or cleaned there. */
  readonly isSourceLost?: boolean;
  readonly proveForMs: number;
  /** Undefined without `--delete-kind-cluster`. */
  readonly deleteCluster: (() => Promise<boolean>) | undefined;
}

/** Steps 12 to 15 of the design's table, and the end of the run. */
export async function finish(context: RunContext, run: Committed): Promise<Summary> {
  await run.session.announceCommit();
  const copies = run.isSourceLost ? run.copies : await emptySource(context, run);
  await thawStep(context, { ...run, copies });
  const secondsPaused = secondsSince(context.clock, run.pausedAt);
  const proof = await proveStep(context, { ...run, copies });
  if (!run.isSourceLost) await cleanStep(context, run);
  const seconds = await closeStep(context, run, secondsPaused);
  const isDeleted = (await run.deleteCluster?.()) ?? false;
  const summary = { ...summaryOf(run), seconds, secondsPaused, proof };
  const hint = isDeleted ? undefined : kindHint(run.source.context);
  const whole: Summary =
    hint === undefined || !run.session.record.whole ? summary : { ...summary, hint };
  context.emit({ type: "finished", summary: whole });
  return whole;
}

/** Resolves to the copies: some may have been made again, under new uids. */
async function emptySource(context: RunContext, run: Committed): Promise<Copies> {
  const copies = await deleteStep(context, run);
  await stopLate(context, run);
  return copies;
}

/** From the record: of a run that was taken up, some of what it moved carries no mark any more. */
function summaryOf({
  source,
  target,
  session,
}: Committed): Omit<Summary, "seconds" | "secondsPaused"> {
  const { run, objects, fleet } = session.record;
  return {
    run,
    source: source.context,
    target: target.context,
    moved: objects.move,
    copied: objects.copy,
    clusters: fleet.length,
  };
}

function deleteStep(
  context: RunContext,
  { session, snapshot, copies, alive }: Committed,
): Promise<Copies> {
  const total = movedObjects(snapshot.plan).length;
  const work = async () => {
    // Nobody serves them any more, so they would refuse every write.
    await removeSourceWebhooks(context, session.record.replicas);
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
    const result = await thaw(context, snapshot, copies, progress);
    await unpauseTargetSets(context);
    return { result, figures: { objects: total } };
  };
  return step(context.emit, "thaw", work, total);
}

/** Controllers whose conversion webhooks were needed until now. */
async function stopLate(
  context: RunContext,
  { late: controllers, session }: Committed,
): Promise<void> {
  if (controllers.length === 0) return;
  await step(context.emit, "stop", async () => {
    await stopControllers(context, {
      parents: [],
      controllers,
      known: session.record.replicas,
      onRecord: (replicas) => session.advance("committed", { replicas }),
    });
    return { result: undefined, figures: { controllers: controllers.length } };
  });
}

async function proveStep(context: RunContext, run: Committed): Promise<Proof> {
  const { session, proof, proveForMs } = run;
  return step(context.emit, "prove", async () => {
    if (proveForMs === 0) return { result: "skipped", figures: { proof: "skipped" } };
    const { snapshot, copies } = await proof.look();
    const { target } = snapshot.plan.providers;
    const { proof: result, figures } = await prove(context, {
      fleet: session.record.fleet,
      snapshot,
      copies,
      isActedOn: (kind) => isActedOn(kind, [target]) === true,
      machines: proof.machines,
      proveForMs,
    });
    return { result, figures };
  });
}

async function cleanStep(context: RunContext, run: Committed): Promise<void> {
  const { session, snapshot, clean } = run;
  const { replicas: stopped, cleaning = [] } = session.record;
  // CRDs alone make no provider.
  const isInstalled = snapshot.plan.providers.source.providers.some(
    ({ controllers }) => controllers.length > 0,
  );
  const isToClean = clean.choice === "remove" && (isInstalled || cleaning.length > 0);
  if (stopped.length === 0 && !isToClean) return;
  await step(context.emit, "clean", async () => {
    const components = await clean.readComponents();
    const figures = await cleanSource(context, {
      ...clean,
      ...components,
      stopped,
      begun: cleaning,
      onRecord: (all) => session.advance("committed", { cleaning: all }),
    });
    return { result: undefined, figures };
  });
}

/** Resolves to the seconds of the whole run. */
function closeStep(
  context: RunContext,
  { session, snapshot, startedAt, isSourceLost }: Committed,
  secondsPaused: number,
): Promise<number> {
  return step(context.emit, "close", async () => {
    await releaseNamespaces(context.target, NAMESPACE_KIND, context.run);
    await releaseComponents(context, snapshot.target);
    const left = isSourceLost ? [] : leftObjects(snapshot.source, context.run);
    await releaseLeftObjects(context.source, left, context.run);
    const seconds = secondsSince(context.clock, startedAt);
    await session.close({ seconds, secondsPaused }, isSourceLost ? SOURCE_LOST : undefined);
    return { result: seconds, figures: {} };
  });
}

/** Kept in the record. */
const SOURCE_LOST =
  "ended without its source, which was said to be gone for good: nothing was deleted from it, and it must not come back as it was";

/** To the millisecond. */
function secondsSince(clock: Clock, moment: number): number {
  return Math.round(clock.monotonic() - moment) / 1000;
}
