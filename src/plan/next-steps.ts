// Which commands end a run, from where it stands. Pure.
import type { Phase } from "../model/run-record.ts";
import type { Look, NextStep, RunStatus, StatusState } from "../model/status.ts";

const RESUME: NextStep = { command: "resume", why: "goes on from where it stopped" };
const FINISH: NextStep = { command: "resume", why: "finishes it; there is no way back any more" };
const ROLLBACK: NextStep = { command: "rollback", why: "puts everything back as it was" };
const TARGET_LOST: NextStep = {
  command: "rollback",
  lost: "target",
  why: "only if the target is gone for good: puts the source back",
};
const SOURCE_LOST: NextStep = {
  command: "resume",
  lost: "source",
  why: "only if the source is gone for good: brings the copies to life",
};
const CLEAN_TARGET: NextStep = {
  command: "rollback",
  why: "once the target answers again: removes what is left in it",
};

/** When the source's record was read: it decides. */
const BY_SOURCE: Readonly<Record<Phase, readonly NextStep[]>> = {
  started: [RESUME, ROLLBACK, TARGET_LOST],
  frozen: [RESUME, ROLLBACK, TARGET_LOST],
  copying: [RESUME, ROLLBACK, TARGET_LOST],
  verified: [RESUME, ROLLBACK, TARGET_LOST],
  committed: [FINISH],
  "rolling-back": [ROLLBACK, TARGET_LOST],
  "rolled-back": [CLEAN_TARGET],
  done: [],
};

/** When only the target's was: from `verified` on it may lag behind a source that has committed. */
const BY_TARGET: Readonly<Record<Phase, readonly NextStep[]>> = {
  started: [RESUME, ROLLBACK],
  frozen: [RESUME, ROLLBACK],
  copying: [RESUME, ROLLBACK],
  verified: [
    RESUME,
    { ...ROLLBACK, why: `${ROLLBACK.why}; refused when the source says committed` },
    SOURCE_LOST,
  ],
  committed: [FINISH, SOURCE_LOST],
  "rolling-back": [ROLLBACK],
  "rolled-back": [ROLLBACK],
  done: [],
};

/** None while a lock is alive: its holder is at work. A cluster that was looked at is not gone for good. */
export function nextSteps(run: RunStatus | undefined, state: StatusState): readonly NextStep[] {
  if (run === undefined || state === "running") return [];
  const table = run.decidedBy === "source" ? BY_SOURCE : BY_TARGET;
  return table[run.record.phase].filter(
    ({ lost }) => lost === undefined || run[lost] === undefined,
  );
}

/** What is left without an open run. */
export function removeLeftover(looks: readonly Look[]): NextStep {
  const what = looks.some(({ lock }) => lock !== undefined) ? "the lock" : "the empty namespace";
  return { command: "rollback", why: `removes ${what} that was left over` };
}
