// Errors at the two ends of a run: before anything was begun, and past the point of no return.
import { EXIT, KubeApiError, PivotError, refusedRequest } from "../model/error.ts";
import type { Emit, PivotEvent } from "../model/event.ts";
import type { RunRecord } from "../model/run-record.ts";
import type { RunContext } from "./context.ts";

/** Nothing is left by a failure of `work`, whatever the error says of itself. */
export async function unchanged<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withState(error, EXIT.unchanged, "nothing was changed");
  }
}

/**
 * Past the point of no return there is no way back: an interrupt stops between two writes, and `resume` goes on.
 * @throws PivotError with exit code 4 and how far the run got.
 */
export async function afterCommit<T>(
  context: RunContext,
  { objects }: Pick<RunRecord, "objects">,
  work: (context: RunContext) => Promise<T>,
): Promise<T> {
  const progress = { deleted: 0, thawed: 0 };
  const emit: Emit = (event) => {
    countObject(event, progress);
    context.emit(event);
  };
  try {
    return await work({ ...context, emit });
  } catch (error) {
    const state = `run ${context.run} is past the point of no return: every object is in the target; this process has deleted ${progress.deleted} of ${objects.move} from the source and unpaused ${progress.thawed} in the target`;
    throw toGoOn(withState(error, EXIT.pastCommit, state));
  }
}

const GO_ON = "kubectl capi-pivot resume   # goes on from there, as often as it takes";

/** What to type, unless the error knows better; one that cut the run off says what is wrong, but not that. */
function toGoOn(error: unknown): unknown {
  if (!(error instanceof PivotError)) return error;
  const knowsBetter = error.hint !== undefined && !CUT_OFF.has(error.code);
  return knowsBetter ? error : error.with({ hint: GO_ON });
}

const CUT_OFF: ReadonlySet<string> = new Set(["CLUSTER_UNREACHABLE", "LEASE_LOST"]);

function countObject(event: PivotEvent, progress: { deleted: number; thawed: number }): void {
  if (event.type !== "object") return;
  if (event.step === "delete") progress.deleted = event.done;
  if (event.step === "thaw") progress.thawed = event.done;
}

/** The same error with what state things are in. A bug stays a bug. */
export function withState(error: unknown, exitCode: number, state: string): unknown {
  const known = error instanceof KubeApiError ? refusedRequest(error, exitCode) : error;
  if (!(known instanceof PivotError)) return known;
  const message = known.message.includes(state) ? known.message : `${known.message}; ${state}`;
  return known.with({ message, exitCode });
}
