// A run that can write nothing any more: its locks are lost, or the source, where every way back begins, does not answer.
// It stops as it stands and says so; `resume` and `rollback` take it up from there.
import { EXIT, PivotError } from "../model/error.ts";
import type { RunContext } from "./context.ts";
import { withState } from "./ending.ts";
import type { Session } from "./session.ts";

/** Nothing can be put back after this one. */
export function isCutOff(error: unknown): error is PivotError {
  if (!(error instanceof PivotError)) return false;
  if (error.code === "LEASE_LOST") return true;
  return error.code === "CLUSTER_UNREACHABLE" && error.cluster === "source";
}

/** The same error, before the point of no return, with what state things are in. */
export function cutOff(
  error: PivotError,
  { run }: RunContext,
  { isCommitUnknown }: Session,
): unknown {
  const ending = withState(error, EXIT.midway, isCommitUnknown ? perhaps(run) : before(run));
  const hint = isCommitUnknown ? LOOK_FIRST : EITHER_WAY;
  return ending instanceof PivotError ? ending.with({ hint }) : ending;
}

function before(run: string): string {
  return `run ${run} is unfinished: nothing was deleted from the source, Clusters in it may be paused, and paused copies may be in the target`;
}

function perhaps(run: string): string {
  return `run ${run} is unfinished, and whether it is past the point of no return is not known, because no answer came: every object is in the target, paused, and nothing was deleted from the source`;
}

const EITHER_WAY =
  "kubectl capi-pivot resume   # goes on from there; rollback in its place puts everything back, status shows where it stands";
const LOOK_FIRST =
  "kubectl capi-pivot resume   # reads what was stored and goes on from there; status only looks";
