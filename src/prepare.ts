import { discover } from "./discover/discover.ts";
import { EarlyLook } from "./early-look.ts";
import type { Clock, ClusterClient } from "./model/client.ts";
import { formatId } from "./model/object.ts";
import type { Preview } from "./model/preview.ts";
import type { OwnProcess } from "./model/process.ts";
import { movedClusters, travellers } from "./plan/plan-pivot.ts";
import { runningIn } from "./plan/running-providers.ts";
import { servedBy } from "./plan/served.ts";
import { isIdle, stoppedProviders } from "./plan/stop-plan.ts";
import { tryDeferred } from "./preflight.ts";
import type { Copies, RunContext, Snapshot } from "./run/context.ts";
import { type Copied, copyAll } from "./run/copy.ts";
import { drifted, requireSamePlan } from "./run/drift.ts";
import { fleetOf } from "./run/fleet.ts";
import { freezeSource } from "./run/freeze-source.ts";
import { installComponents } from "./run/install-components.ts";
import type { RunProgram } from "./run/kind-cluster.ts";
import type { Gate } from "./run/locked-clusters.ts";
import { requireMarkers } from "./run/markers.ts";
import { monotonicAt } from "./run/moments.ts";
import { createNamespaces } from "./run/namespaces.ts";
import type { RunOptions } from "./run/new-record.ts";
import { NAMESPACE_KIND } from "./run/our-kinds.ts";
import { progressOf, step } from "./run/progress.ts";
import { verifySource } from "./run/recheck.ts";
import type { Session } from "./run/session.ts";
import type { AliveProviders } from "./run/settle.ts";
import type { Stopped } from "./run/start-controllers.ts";
import { stopSource } from "./run/stop-source.ts";
import { pauseTargetSets } from "./run/target-sets.ts";
import { verifyTarget } from "./run/verify.ts";
import { type Survey, type SurveyDeps, survey } from "./survey.ts";

export interface PivotDeps extends SurveyDeps {
  readonly source: ClusterClient;
  readonly target: ClusterClient;
  readonly clock: Clock;
  /** Aborted by Ctrl-C. Before the point of no return the run is undone then; after it, it goes on to its end. */
  readonly signal: AbortSignal;
  readonly options: RunOptions &
    SurveyDeps["options"] & { readonly concurrency: number; readonly timeoutMs: number };
  /** A new run id. */
  readonly random: () => string;
  readonly gate: Gate;
  /** This process, as the lock knows it. */
  readonly process: OwnProcess;
  /** For `kind delete cluster`. */
  readonly runProgram: RunProgram;
}

/** A run under way: who holds the locks, and what was confirmed. */
export interface Run {
  readonly deps: PivotDeps;
  readonly preview: Preview;
  readonly session: Session;
  readonly context: RunContext;
  readonly startedAt: number;
}

/** Everything is in the target, and equal. */
export interface Verified {
  readonly snapshot: Snapshot;
  readonly copies: Copies;
  /** Providers whose controllers answered in the source: their objects are deleted in another way. */
  readonly alive: AliveProviders;
  /** When the first root was paused, by the monotonic clock. */
  readonly pausedAt: number;
}

/** Steps 5 to 10. */
export async function prepare(run: Run): Promise<Verified> {
  await installComponents(run.context, run.preview.install, run.preview.kinds);
  await trialStep(run);
  const pausedAt = monotonicAt(run.context.clock, run.session.record.pausedAt);
  const early = new EarlyLook(run.deps, run.preview);
  const alive = await stopStep(run, await freezeStep(run, early));
  const snapshot = await secondLook(run, () => early.result(alive));
  const copied = await copyStep(run, snapshot);
  return { snapshot, copies: await verifyStep(run, snapshot, copied), alive, pausedAt };
}

/** What could not be tried before the providers and namespaces were there; nothing is paused yet. */
async function trialStep({ context, deps, preview, session }: Run): Promise<void> {
  const { deferred, plan } = preview;
  // A run that was taken up after it had paused something has passed here.
  if (deferred.length === 0 || session.record.phase !== "started") return;
  await step(context.emit, "preflight", async () => {
    await createNamespaces(context, NAMESPACE_KIND, plan.namespaces);
    return { result: undefined, figures: { writes: await tryDeferred(deps, preview) } };
  });
}

function freezeStep({ context, session, preview }: Run, early: EarlyLook): Promise<AliveProviders> {
  const { plan, stop } = preview;
  const figures = { clusters: movedClusters(plan), objects: travellers(plan).length };
  return step(context.emit, "freeze", async () => {
    const pausedAt = session.record.pausedAt ?? new Date(context.clock.now()).toISOString();
    const onFrozen = async () => {
      await session.advance("frozen", { pausedAt });
      early.begin();
    };
    const running = runningIn("source", plan);
    await pauseTargetSets(context, plan);
    const stopping = stop === undefined ? new Set<string>() : stoppedProviders(plan, stop);
    const result = await freezeSource(context, { plan, running, stopping, onFrozen });
    return { result, figures };
  });
}

/** Resolves to the providers of the source that may still act: those that go on, and those that stop late. */
async function stopStep(run: Run, alive: AliveProviders): Promise<AliveProviders> {
  const { context, session, preview } = run;
  const { plan, stop } = preview;
  if (stop === undefined || isIdle(stop)) return alive;
  return step(context.emit, "stop", async () => {
    const stoppedBefore = session.record;
    const onRecord = (stopped: Stopped) => session.advance("frozen", stopped);
    const stopped = await stopSource(context, { plan, stop, stoppedBefore, onRecord });
    const silent = stoppedProviders(plan, stop);
    return {
      result: new Set([...alive].filter((provider) => !silent.has(provider))),
      figures: { controllers: stopped.length },
    };
  });
}

/** What is copied comes from here: the source as it is now that it stands still. */
function secondLook(
  { deps, context, preview }: Run,
  early: () => Promise<Survey | undefined>,
): Promise<Snapshot> {
  return step(context.emit, "snapshot", async () => {
    const { plan, bodies, source, target } = (await early()) ?? (await survey(deps, preview));
    requireSamePlan(preview.plan, plan);
    const lost = travellers(plan).find(({ uid }) => !bodies.has(uid));
    if (lost !== undefined) throw drifted(`${formatId(lost.id)} is gone`);
    requireMarkers(plan, bodies);
    // Those that have come since the freeze.
    await pauseTargetSets(context, plan);
    const result = { plan, bodies, source, target, served: servedBy(target) };
    return { result, figures: { objects: bodies.size } };
  });
}

async function copyStep({ context, session }: Run, snapshot: Snapshot): Promise<Copied> {
  const { plan, bodies } = snapshot;
  const total = travellers(plan).length;
  await session.advance("copying", { fleet: fleetOf(plan, bodies) });
  const work = async () => {
    await createNamespaces(context, NAMESPACE_KIND, plan.namespaces);
    const progress = progressOf(context.emit, "copy", "target", total);
    const running = runningIn("target", plan);
    const result = await copyAll(context, snapshot, { running, progress });
    return { result, figures: { objects: total, groups: plan.groups.length } };
  };
  return step(context.emit, "copy", work, total);
}

async function verifyStep(run: Run, snapshot: Snapshot, copied: Copied): Promise<Copies> {
  const { context, deps, preview, session } = run;
  const total = copied.copies.size;
  const work = async () => {
    const progress = progressOf(context.emit, "verify", "target", total);
    const running = runningIn("target", snapshot.plan);
    const result = await verifyTarget(context, snapshot, copied, { running, progress });
    const now = await discover(deps.source, preview.source);
    await verifySource(context, snapshot, now, deps.options.scope);
    return { result, figures: { objects: total } };
  };
  const { copies: seen, defaulted } = await step(context.emit, "verify", work, total);
  if (defaulted > 0) {
    const text = `the target added defaults of its own in ${defaulted} places, and changed nothing`;
    context.emit({ type: "note", text });
  }
  await session.advance("verified");
  return seen;
}
