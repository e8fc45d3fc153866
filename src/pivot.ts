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
import { readComponents } from "./discover/components.ts";
import { discover } from "./discover/discover.ts";
import type { StepKind, Summary } from "./model/event.ts";
import type { Preview } from "./model/preview.ts";
import { installedComponents } from "./plan/components.ts";
import { isEmptyInstall } from "./plan/install-plan.ts";
import { movedClusters } from "./plan/plan-pivot.ts";
import { isIdle } from "./plan/stop-plan.ts";
import { type PivotDeps, prepare, type Run, type Verified } from "./prepare.ts";
import type { RunContext, Snapshot } from "./run/context.ts";
import { afterCommit, unchanged } from "./run/ending.ts";
import { type Committed, finish } from "./run/finish.ts";
import { deleteKindCluster } from "./run/kind-cluster.ts";
import { newRecord } from "./run/new-record.ts";
import { openSession } from "./run/open-session.ts";
import { step } from "./run/progress.ts";
import { type RollbackDeps, undoAfter } from "./run/rollback.ts";
import type { Session } from "./run/session.ts";
import { requireStopped } from "./run/silence.ts";
import type { Identities } from "./survey.ts";

/** What this run will go through: what there is nothing to do in is no step. */
function stepsOf({ install, stop, plan, deferred }: Preview): readonly StepKind[] {
  const installs: StepKind[] = isEmptyInstall(install) ? [] : ["install"];
  const tries: StepKind[] = deferred.length === 0 ? [] : ["preflight"];
  const stops: StepKind[] = stop === undefined || isIdle(stop) ? [] : ["stop"];
  const isManaged = plan.providers.source.providers.some(
    ({ controllers }) => controllers.length > 0,
  );
  const cleans: StepKind[] = plan.whole && isManaged ? ["clean"] : [];
  return [
    "lock",
    ...installs,
    ...tries,
    "freeze",
    ...stops,
    ...(["snapshot", "copy", "verify", "commit", "delete", "thaw", "prove"] as const),
    ...cleans,
    "close",
  ];
}

/**
 * Steps 4 to 15 of a plan that was confirmed.
 * @throws PivotError whose exit code says what state things are in: everything undone before the point of no return,
 * how far it got after it.
 */
export async function runPivot(deps: PivotDeps, preview: Preview): Promise<Summary> {
  const run = await begin(deps, preview);
  try {
    return await carryOut(run, (error) => undo(run, error));
  } finally {
    await run.session.leave();
  }
}

async function begin(deps: PivotDeps, preview: Preview): Promise<Run> {
  const { clock, emit, options } = deps;
  const startedAt = clock.monotonic();
  const record = newRecord(deps.random(), clock.now(), preview, options);
  emit({
    type: "planned",
    steps: stepsOf(preview),
    run: record.run,
    source: preview.source.context,
    target: preview.target.context,
    objects: record.objects.move + record.objects.copy,
    clusters: movedClusters(preview.plan),
  });
  const session = await step(emit, "lock", async () => {
    const result = await unchanged(() => openSession({ ...deps, record }));
    return { result, figures: {} };
  });
  return { deps, preview, session, context: contextOf(deps, session), startedAt };
}

/** What every step of this run is given. */
export function contextOf(deps: PivotDeps, { record, source, target }: Session): RunContext {
  const { clock, signal, emit, options } = deps;
  const { concurrency, timeoutMs, status } = options;
  return { run: record.run, source, target, clock, signal, emit, concurrency, timeoutMs, status };
}

/**
 * Steps 5 to 15, looking before they act: what was done before is taken up. `undone` is told of a failure before the
 * point of no return: it resolves to the error to end with, to undefined when the commit has been stored all the same.
 */
export async function carryOut(
  run: Run,
  undone: (error: unknown) => Promise<unknown>,
): Promise<Summary> {
  const verified = await untilCommit(run, undone);
  run.context.emit({ type: "point-of-no-return" });
  const { deps, preview, session, startedAt } = run;
  return afterCommit(run.context, session.record, (context) =>
    finish(context, {
      ...{ source: preview.source, target: preview.target, session, startedAt, ...verified },
      late: preview.stop?.late ?? [],
      proof: { machines: "snapshot", look: () => Promise.resolve(verified) },
      ...endOf(deps, verified.snapshot),
    }),
  );
}

/** Everything that can still be undone. */
async function untilCommit(
  run: Run,
  undone: (error: unknown) => Promise<unknown>,
): Promise<Verified> {
  const { session, context } = run;
  let verified: Verified | undefined;
  try {
    verified = await prepare(run);
    await step(context.emit, "commit", async () => {
      context.signal.throwIfAborted();
      await requireStopped(context, session.record.replicas);
      return { result: await session.commit(), figures: {} };
    });
    return verified;
  } catch (error) {
    const ending = await undone(error);
    if (ending !== undefined || verified === undefined) throw ending;
    return verified;
  }
}

/** Puts both clusters back. See `undoAfter` for what it resolves to. */
export function undo({ deps, preview, session }: Run, error: unknown): Promise<unknown> {
  return undoAfter(wayBack(deps, session, preview), error);
}

/** What the way back of a run needs. */
export function wayBack(deps: PivotDeps, session: Session, identities: Identities): RollbackDeps {
  return {
    context: contextOf(deps, session),
    session,
    readSource: () => discover(deps.source, identities.source),
    readTarget: () => discover(deps.target, identities.target),
  };
}

/** What the end of a run needs beside what was verified. */
export function endOf(
  { source, emit, options, runProgram }: PivotDeps,
  { plan, source: inventory }: Pick<Snapshot, "plan" | "source">,
): Pick<Committed, "clean" | "proveForMs" | "deleteCluster"> {
  const providers = plan.providers.source;
  return {
    clean: {
      choice: options.sourceProviders,
      readSource: () => discover(source, inventory.identity),
      readComponents: async () =>
        installedComponents(providers, await readComponents(source, inventory, providers)),
    },
    proveForMs: options.proveForMs,
    deleteCluster: options.deleteKindCluster
      ? () => deleteKindCluster({ source, emit, runProgram })
      : undefined,
  };
}
