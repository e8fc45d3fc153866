// The pivot itself: reads as the table of its steps. Knows no terminal and no argv.
//
// One Machine on its way:
//   listed from the source                 Inventory       discover/discover.ts
//   a node, owned by its MachineSet        GraphNode       plan/graph.ts
//   to be moved, below Cluster ns/foo      Verdict         plan/verdicts.ts
//   in group 4                             MoveGroup       plan/sequence.ts
//   standing still                         Paused=True     run/freeze-source.ts
//   read once more, whole                  Bodies          discover/bodies.ts
//   a new body with the target's owners    bodyToCreate    plan/rewrite.ts
//   created; its uid learned               Copy            run/copy.ts
//   equal to what was read                 Difference[]    plan/compare.ts, run/verify.ts
//   (the point of no return)               commit          run/session.ts
//   gone from the source                   removeObject    run/remove.ts
//   reconciled again, in the target        unpausePatches  run/thaw.ts
import { discover } from "./discover/discover.ts";
import type { Clock, ClusterClient } from "./model/client.ts";
import type { ClusterName } from "./model/error.ts";
import type { StepKind, Summary } from "./model/event.ts";
import { formatId } from "./model/object.ts";
import type { Plan } from "./model/plan.ts";
import type { Preview } from "./model/preview.ts";
import { movedClusters, travellers } from "./plan/plan-pivot.ts";
import { runningProviders } from "./plan/running-providers.ts";
import { servedBy } from "./plan/served.ts";
import type { Copies, RunContext, Snapshot } from "./run/context.ts";
import { copyAll } from "./run/copy.ts";
import { drifted, requireSamePlan } from "./run/drift.ts";
import { afterCommit, unchanged } from "./run/ending.ts";
import { finish } from "./run/finish.ts";
import { fleetOf } from "./run/fleet.ts";
import { freezeSource } from "./run/freeze-source.ts";
import { createNamespaces } from "./run/namespaces.ts";
import { newRecord, type RunOptions } from "./run/new-record.ts";
import { NAMESPACE_KIND } from "./run/our-kinds.ts";
import { progressOf, step } from "./run/progress.ts";
import { verifySource } from "./run/recheck.ts";
import { rollBack } from "./run/rollback.ts";
import { type Gate, Session } from "./run/session.ts";
import type { AliveProviders } from "./run/settle.ts";
import { verifyTarget } from "./run/verify.ts";
import { type SurveyDeps, survey } from "./survey.ts";

export interface PivotDeps extends SurveyDeps {
  readonly source: ClusterClient;
  readonly target: ClusterClient;
  readonly clock: Clock;
  /** Aborted by Ctrl-C. Before the point of no return the run is undone then; after it, it goes on to its end. */
  readonly signal: AbortSignal;
  readonly options: RunOptions & { readonly concurrency: number; readonly timeoutMs: number };
  /** A new run id. */
  readonly random: () => string;
  readonly gate: Gate;
}

const STEPS: readonly StepKind[] = [
  "lock",
  "freeze",
  "snapshot",
  "copy",
  "verify",
  "commit",
  "delete",
  "thaw",
  "close",
];

/** A run under way: who holds the locks, and what was confirmed. */
interface Run {
  readonly deps: PivotDeps;
  readonly preview: Preview;
  readonly session: Session;
  readonly context: RunContext;
  readonly startedAt: number;
}

/** Everything is in the target, and equal. */
interface Verified {
  readonly snapshot: Snapshot;
  readonly copies: Copies;
  /** Providers whose controllers answered in the source: their objects are deleted in another way. */
  readonly alive: AliveProviders;
  /** When the first root was paused, by the monotonic clock. */
  readonly pausedAt: number;
}

/**
 * Steps 4 and 6 to 13 of a plan that was confirmed.
 * @throws PivotError whose exit code says what state things are in: everything undone before the point of no return,
 * how far it got after it.
 */
export async function runPivot(deps: PivotDeps, preview: Preview): Promise<Summary> {
  const run = await begin(deps, preview);
  try {
    const verified = await untilCommit(run);
    deps.emit({ type: "point-of-no-return" });
    return await afterCommit(run.context, verified.snapshot.plan, (context) =>
      finish(context, { ...run, ...verified }),
    );
  } finally {
    await run.session.leave();
  }
}

async function begin(deps: PivotDeps, preview: Preview): Promise<Run> {
  const { clock, emit, options, source, target, gate, signal } = deps;
  const { concurrency, timeoutMs, status } = options;
  const startedAt = clock.monotonic();
  const record = newRecord(deps.random(), clock.now(), preview, options);
  emit({
    type: "planned",
    steps: STEPS,
    run: record.run,
    source: preview.source.context,
    target: preview.target.context,
    objects: record.objects.move + record.objects.copy,
    clusters: movedClusters(preview.plan),
  });
  const session = await step(emit, "lock", async () => {
    const result = await unchanged(() => Session.open({ source, target, clock, gate, record }));
    return { result, figures: {} };
  });
  const common = { run: record.run, clock, signal, emit, concurrency, timeoutMs, status };
  const context = { ...common, source: session.source, target: session.target };
  return { deps, preview, session, context, startedAt };
}

/** Everything that can still be undone, and is when it fails. */
async function untilCommit(run: Run): Promise<Verified> {
  const { session, context, deps, preview } = run;
  let verified: Verified | undefined;
  try {
    verified = await prepare(run);
    await step(context.emit, "commit", async () => {
      context.signal.throwIfAborted();
      return { result: await session.commit(), figures: {} };
    });
    return verified;
  } catch (error) {
    const alive = runningIn("target", preview.plan);
    const readTarget = () => discover(deps.target, preview.target);
    const ending = await rollBack(
      { context, session, plan: preview.plan, alive, readTarget },
      error,
    );
    if (ending !== undefined || verified === undefined) throw ending;
    return verified;
  }
}

/** Steps 6 to 10. */
async function prepare(run: Run): Promise<Verified> {
  const pausedAt = run.context.clock.monotonic();
  const alive = await freezeStep(run);
  const snapshot = await secondLook(run);
  const copies = await copyStep(run, snapshot);
  return { snapshot, copies: await verifyStep(run, snapshot, copies), alive, pausedAt };
}

function freezeStep({ context, session, preview }: Run): Promise<AliveProviders> {
  const { plan } = preview;
  const figures = { clusters: movedClusters(plan), objects: travellers(plan).length };
  return step(context.emit, "freeze", async () => {
    const onFrozen = () => session.advance("frozen");
    const running = runningIn("source", plan);
    return { result: await freezeSource(context, plan, running, onFrozen), figures };
  });
}

/** Providers that have somebody there who acts, as far as the plan saw. */
function runningIn(cluster: ClusterName, plan: Plan): AliveProviders {
  const kinds = travellers(plan).map(({ kind }) => kind);
  return runningProviders(plan.providers[cluster], kinds);
}

/** What is copied comes from here: the source as it is now that it stands still. */
function secondLook({ deps, context, preview }: Run): Promise<Snapshot> {
  return step(context.emit, "snapshot", async () => {
    const { plan, bodies, source, target } = await survey(deps, preview);
    requireSamePlan(preview.plan, plan);
    const lost = travellers(plan).find(({ uid }) => !bodies.has(uid));
    if (lost !== undefined) throw drifted(`${formatId(lost.id)} is gone`);
    const result = { plan, bodies, source, target, served: servedBy(target) };
    return { result, figures: { objects: bodies.size } };
  });
}

async function copyStep({ context, session }: Run, snapshot: Snapshot): Promise<Copies> {
  const { plan, bodies } = snapshot;
  const total = travellers(plan).length;
  await session.advance("copying", { fleet: fleetOf(plan, bodies) });
  const work = async () => {
    await createNamespaces(context, NAMESPACE_KIND, plan.namespaces);
    const progress = progressOf(context.emit, "copy", "target", total);
    const result = await copyAll(context, snapshot, progress);
    return { result, figures: { objects: total, groups: plan.groups.length } };
  };
  return step(context.emit, "copy", work, total);
}

async function verifyStep(run: Run, snapshot: Snapshot, copies: Copies): Promise<Copies> {
  const { context, deps, preview, session } = run;
  const total = copies.size;
  const work = async () => {
    const progress = progressOf(context.emit, "verify", "target", total);
    const running = runningIn("target", snapshot.plan);
    const result = await verifyTarget(context, snapshot, copies, { running, progress });
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
