// A run that was interrupted goes on, or back. The state of the clusters decides; the record says what was intended.
import { identify } from "./discover/identity.ts";
import { goToTheEnd } from "./go-to-the-end.ts";
import type { ClusterReader } from "./model/client.ts";
import { type ClusterName, EXIT, PivotError } from "./model/error.ts";
import type { StepKind, Summary } from "./model/event.ts";
import { decisive, type RunRecord } from "./model/run-record.ts";
import { carryOut, contextOf, undo, wayBack } from "./pivot.ts";
import { withoutCopies, withoutRun } from "./plan/without-run.ts";
import type { PivotDeps } from "./prepare.ts";
import { cutOff, isCutOff } from "./run/cut-off.ts";
import { withState } from "./run/ending.ts";
import { monotonicAt } from "./run/moments.ts";
import { findEndedRun, findLoneRun, findOpenRun, type OpenRun } from "./run/open-run.ts";
import { step } from "./run/progress.ts";
import { rollBack, rollbackIncomplete } from "./run/rollback.ts";
import type { Session } from "./run/session.ts";
import { requireStopped } from "./run/silence.ts";
import { clearLeftovers, type TakeOver, takeOverSession } from "./run/take-over-session.ts";
import {
  requireResumable,
  requireRollbackable,
  requireSameRun,
  requireWhole,
} from "./run/take-up-rules.ts";
import { connect, type Identities, previewAgain, type SurveyDeps } from "./survey.ts";

/** What there is to take up. Reads only. */
export interface Interrupted {
  readonly identities: Identities;
  /** Undefined: there is no run that has not come to its end. */
  readonly run: OpenRun | undefined;
  /** The last one that has, as the target remembers it. */
  readonly ended?: RunRecord;
  /** The cluster that is said to be gone for good. */
  readonly lost?: ClusterName;
}

/** One that can be taken up. */
export type Standing = Interrupted & { readonly run: OpenRun };

/** @throws PivotError SAME_CLUSTER, RUN_ELSEWHERE, and what the clients throw. */
export async function findInterrupted(deps: SurveyDeps): Promise<Interrupted> {
  let run: OpenRun | undefined;
  const identities = await connect(deps, async (found) => {
    run = await findOpenRun(deps, found);
  });
  const ended = run === undefined ? await findEndedRun(deps.target, identities) : undefined;
  return { identities, run, ...(ended === undefined ? {} : { ended }) };
}

/**
 * The same when one of the clusters is gone for good: nobody asks it anything.
 * @throws PivotError NO_RUN, since then nothing is known of the other cluster.
 */
export function findAlone(deps: SurveyDeps, lost: ClusterName): Promise<Standing> {
  return step(deps.emit, "connect", async () => {
    const left = lost === "target" ? deps.source : deps.target;
    const identity = await identify(left);
    const run = await findLoneRun(left, identity);
    if (run === undefined) throw noRun(left);
    const record = decisive(run);
    const identities = { source: record.source, target: record.target, [left.name]: identity };
    return { result: { identities, run, lost }, figures: { [left.name]: identity.version } };
  });
}

function noRun({ name, context }: ClusterReader): PivotError {
  return new PivotError({
    code: "NO_RUN",
    cluster: name,
    message: `the ${name} (context ${context}) knows of no run that was interrupted; nothing was changed`,
    hint: "kubectl capi-pivot status",
  });
}

/**
 * Takes the run up: before the point of no return from whatever step it was in, after it to its end.
 * @throws PivotError with exit code 3 before the point of no return (an interrupt rolls back, anything else leaves the
 * choice), 4 after it.
 */
export async function resumePivot(
  deps: PivotDeps,
  { identities, run, lost }: Standing,
): Promise<Summary> {
  const rule = lost === undefined ? requireResumable : requireWhole;
  const session = await takeUp(deps, run, { require: rule, ...lostOf(lost) });
  try {
    const isCommitted = lost !== undefined || session.record.phase === "committed";
    return await (isCommitted
      ? goToTheEnd(deps, session, identities, lost === "source")
      : goOn(deps, session, identities));
  } finally {
    await session.leave();
  }
}

/**
 * Puts both clusters back to what they were before the run.
 * @throws PivotError PAST_COMMIT, ROLLBACK_INCOMPLETE, CLUSTER_UNREACHABLE when the target could not be cleaned.
 */
export async function rollBackPivot(
  deps: PivotDeps,
  { identities, run, lost }: Standing,
): Promise<void> {
  const way = { phase: "rolling-back", require: requireRollbackable } as const;
  const session = await takeUp(deps, run, { ...way, ...lostOf(lost) });
  const back = wayBack(deps, session, identities);
  try {
    const end = await rollBack(back, "as asked", lost && targetLost(deps.options.tool));
    if (end.outcome === "target-lost" && lost === undefined) throw end.lost;
    const state =
      lost === undefined
        ? "both clusters are as they were before it"
        : "the source is as it was before it; should the target come back, run `kubectl capi-pivot rollback` with both before anything else";
    deps.emit({ type: "note", text: `run ${session.record.run} was undone: ${state}` });
  } catch (error) {
    throw rollbackIncomplete(error);
  } finally {
    await session.leave();
  }
}

function lostOf(lost: ClusterName | undefined): Pick<TakeOver, "lost"> {
  return lost === undefined ? {} : { lost };
}

/** Kept as a note in the source's record. */
function targetLost({ user, host }: PivotDeps["options"]["tool"]): PivotError {
  const message = `the target was said to be gone for good by ${user}@${host}`;
  return new PivotError({ code: "CLUSTER_UNREACHABLE", cluster: "target", message });
}

/** Locks and namespaces that a run has left which had not begun, or had ended. Resolves to whether there were any. */
export function clearUp(deps: PivotDeps): Promise<boolean> {
  return step(deps.emit, "unlock", async () => {
    const left = { ...deps, takenOverBy: deps.options.tool, onWaiting: waiting(deps) };
    return { result: await clearLeftovers(left), figures: {} };
  });
}

function takeUp(
  deps: PivotDeps,
  run: OpenRun,
  how: Pick<TakeOver, "require" | "phase" | "lost">,
): Promise<Session> {
  const { emit, options } = deps;
  const record = decisive(run);
  emit(plannedEvent(record, how.phase === undefined ? FORWARD : BACK));
  return step(emit, "lock", async () => {
    const takenOverBy = options.tool;
    const takeOver = { ...deps, ...how, record, takenOverBy, onWaiting: waiting(deps) };
    return { result: await takeOverSession(takeOver), figures: { epoch: record.epoch + 1 } };
  });
}

function waiting({ emit }: PivotDeps): TakeOver["onWaiting"] {
  return ({ name }: ClusterReader, seconds, holder) => {
    const reason = `for the lock of ${holder} in the ${name} to run out`;
    emit({ type: "waiting", step: "lock", reason, seconds });
  };
}

const FORWARD: readonly StepKind[] = ["lock", "discover", "delete", "thaw", "prove", "close"];
const BACK: readonly StepKind[] = ["lock", "undo-copies", "unfreeze", "unlock"];

function plannedEvent({ run, source, target, objects, fleet }: RunRecord, steps: typeof FORWARD) {
  return {
    type: "planned",
    steps,
    run,
    source: source.context,
    target: target.context,
    objects: objects.move + objects.copy,
    clusters: fleet.length,
  } as const;
}

/** Before the point of no return: planned as if for the first time, and everything that is there is taken up. */
async function goOn(deps: PivotDeps, session: Session, identities: Identities): Promise<Summary> {
  const context = contextOf(deps, session);
  const startedAt = monotonicAt(deps.clock, session.record.startedAt);
  const preview = await leavingTheChoice(context.run, async () => {
    const { run, phase } = session.record;
    const asBefore = phase === "started" ? withoutRun : withoutCopies;
    const again = await previewAgain(deps, identities, (target) => asBefore(target, run));
    requireSameRun(session.record, again.preview.plan, again.target);
    if (phase !== "started" && phase !== "frozen")
      await requireStopped(context, session.record.replicas);
    return again.preview;
  });
  const run = { deps, preview, session, context, startedAt };
  return carryOut(run, async (error) => {
    if (isCutOff(error)) return cutOff(error, context, session);
    const isInterrupt = error instanceof PivotError && error.code === "INTERRUPTED";
    return isInterrupt ? undo(run, error) : choice(context.run, error);
  });
}

async function leavingTheChoice<T>(run: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw choice(run, error);
  }
}

/** Nothing is undone that nobody has asked for: whoever resumes is there to choose. */
function choice(run: string, error: unknown): unknown {
  const state = `run ${run} is not past the point of no return: every object is in the source, where Clusters are paused, and paused copies may be in the target`;
  const ended = withState(error, EXIT.midway, state);
  if (!(ended instanceof PivotError)) return ended;
  return ended.with({ hint: [ended.hint, CHOICE].filter((one) => one !== undefined).join("\n") });
}

const CHOICE = "kubectl capi-pivot rollback   # puts both clusters back; resume tries again";
