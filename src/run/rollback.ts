// The way back as a whole, up to the point of no return. The target first: while copies are there, the source stays
// paused, so that nobody ever acts on both. Started by the run itself when it fails or is interrupted.
import { EXIT, KubeApiError, PivotError } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import type { RunContext } from "./context.ts";
import { cutOff, isCutOff } from "./cut-off.ts";
import { withState } from "./ending.ts";
import { undoNamespaces } from "./namespaces.ts";
import { NAMESPACE_KIND } from "./our-kinds.ts";
import { step } from "./progress.ts";
import type { Session } from "./session.ts";
import { startControllers, startParents } from "./start-controllers.ts";
import { unpauseTargetSets } from "./target-sets.ts";
import { undoCopies, undoFreeze } from "./undo.ts";
import { uninstallComponents } from "./uninstall-components.ts";
import { samplesOfKinds } from "./webhook-probe.ts";

export interface RollbackDeps {
  /** Its signal is replaced: an interrupted run must still be able to clean up. */
  readonly context: RunContext;
  readonly session: Session;
  /** Everything in each cluster as it is by now: what this run has made or changed is found by its mark. */
  readonly readSource: () => Promise<Inventory>;
  readonly readTarget: () => Promise<Inventory>;
}

/** How the way back ended. */
export type WayBack =
  | { readonly outcome: "undone" }
  /** A commit whose answer was lost has been stored: there is no way back. */
  | { readonly outcome: "committed" }
  /** The source is as it was; paused copies may be in the target. */
  | { readonly outcome: "target-lost"; readonly lost: PivotError };

/**
 * Undoes everything: the target first, unless it is said to be lost.
 * @param because what led to it, in words.
 * @throws what stopped the way back: it can be taken again.
 */
export async function rollBack(
  deps: RollbackDeps,
  because: string,
  lostBefore?: PivotError,
): Promise<WayBack> {
  const { session } = deps;
  const context = { ...deps.context, signal: new AbortController().signal };
  context.emit({ type: "rolling-back", because });
  if (!(await session.beginRollback())) return { outcome: "committed" };
  const withCopies = lostBefore ?? (await unlessOutOfReach(() => undoTarget(context, deps)));
  await undoSource(context, deps);
  // Last: the webhooks of what was installed are needed to take the copies away, and the source need not wait.
  const lost = withCopies ?? (await unlessOutOfReach(() => undoInstall(context, deps)));
  await step(context.emit, "unlock", async () => {
    await (lost === undefined ? session.erase() : session.closeWithoutTarget(lost.message));
    return { result: undefined, figures: {} };
  });
  return lost === undefined ? { outcome: "undone" } : { outcome: "target-lost", lost };
}

/**
 * The way back of a run that has failed. Resolves to the error to end with: `failure` with what state things are in
 * now; to undefined when a commit whose answer was lost has been stored: then the run goes forward.
 */
export async function undoAfter(deps: RollbackDeps, failure: unknown): Promise<unknown> {
  const { context, session } = deps;
  if (isCutOff(failure)) return cutOff(failure, context, session);
  try {
    const way = await rollBack(deps, wordsOf(failure));
    if (way.outcome === "committed") return undefined;
    if (way.outcome === "undone") return putBack(failure);
    return targetNotCleaned(failure, way.lost, context);
  } catch (error) {
    const hasBegun = session.record.phase === "rolling-back";
    if (isCutOff(error) && !hasBegun) return cutOff(error, context, session);
    return incomplete(failure, error);
  }
}

async function undoTarget(
  context: RunContext,
  { session, readTarget }: RollbackDeps,
): Promise<void> {
  await step(context.emit, "undo-copies", async () => {
    const { controllers } = session.record;
    const objects = await undoCopies(context, readTarget, controllers);
    await unpauseTargetSets(context);
    const target = await readTarget();
    const kept = await undoNamespaces(context.target, NAMESPACE_KIND, context.run, target);
    for (const text of kept) context.emit({ type: "note", text });
    return { result: undefined, figures: { objects } };
  });
}

/** Controllers before pauses: webhooks answer again when roots are unpaused. What would act on both comes last. */
async function undoSource(
  context: RunContext,
  { session, readSource }: RollbackDeps,
): Promise<void> {
  const { replicas, webhooks } = session.record;
  const stopped = { replicas, webhooks };
  const source = await readSource();
  if (replicas.length > 0) {
    await step(context.emit, "start", async () => {
      const samples = samplesOfKinds(source, webhooks);
      const controllers = await startControllers(context, stopped, samples);
      return { result: undefined, figures: { controllers } };
    });
  }
  await step(context.emit, "unfreeze", async () => {
    const roots = await undoFreeze(context, source);
    await startParents(context, stopped);
    return { result: undefined, figures: { objects: roots } };
  });
}

async function undoInstall(context: RunContext, { readTarget }: RollbackDeps): Promise<void> {
  await uninstallComponents(context, readTarget);
}

/** Resolves to the error that shows the target to be out of reach; then the source is put back all the same. */
async function unlessOutOfReach(work: () => Promise<void>): Promise<PivotError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!isOutOfReach(error)) throw error;
    return error;
  }
}

/** Paused copies that nobody can reach act on nothing; an answer of any kind, a refusal too, is something else. */
function isOutOfReach(error: unknown): error is PivotError {
  return (
    error instanceof PivotError &&
    error.cluster === "target" &&
    error.code === "CLUSTER_UNREACHABLE"
  );
}

function wordsOf(failure: unknown): string {
  return failure instanceof PivotError || failure instanceof KubeApiError
    ? failure.message
    : "an error in this program";
}

/** Only an interrupt keeps its exit code: everything else that was undone has changed nothing. */
function putBack(failure: unknown): unknown {
  const isInterrupt = failure instanceof PivotError && failure.code === "INTERRUPTED";
  const exitCode = isInterrupt ? failure.exitCode : EXIT.unchanged;
  return withState(failure, exitCode, "everything was put back, nothing is left changed");
}

function targetNotCleaned(failure: unknown, lost: PivotError, { run }: RunContext): unknown {
  const state = `the source was put back as it was; the target could not be cleaned (${lost.message}): paused copies of run ${run} may be in it`;
  const ending = withState(failure, EXIT.midway, state);
  const hint = "kubectl capi-pivot rollback   # when the target answers again: cleans it";
  return ending instanceof PivotError ? ending.with({ hint }) : ending;
}

function incomplete(failure: unknown, error: unknown): PivotError {
  return rollbackIncomplete(error, `${wordsOf(failure)}; `);
}

/** The way back stopped: it can be taken again. */
export function rollbackIncomplete(error: unknown, before = ""): PivotError {
  const reason = error instanceof Error ? error.message : String(error);
  return new PivotError({
    code: "ROLLBACK_INCOMPLETE",
    exitCode: EXIT.midway,
    message: `${before}rolling back stopped: ${reason}. Nothing was deleted from the source; Clusters in it may be paused, and paused copies may be in the target`,
    hint: "kubectl capi-pivot rollback   # goes on with it, as often as it takes",
    cause: error,
  });
}
