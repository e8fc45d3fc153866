// Is the plan that was confirmed still the plan? Asked when the source stands still, and before it does.
import { EXIT, PivotError } from "../model/error.ts";
import { formatId } from "../model/object.ts";
import type { Plan } from "../model/plan.ts";
import { fingerprint } from "../plan/plan-pivot.ts";

/** @throws PivotError PLAN_DRIFTED naming the first difference. */
export function requireSamePlan(before: Plan, now: Plan): void {
  const [old, current] = [fingerprint(before), fingerprint(now)];
  for (const [uid, line] of current) {
    const earlier = old.get(uid);
    if (earlier === undefined) throw drifted(`${line} was not in it`);
    if (earlier !== line) throw drifted(`${line} was ${earlier} in it`);
  }
  for (const [uid, line] of old) if (!current.has(uid)) throw drifted(`${line} is gone`);
  requireNoErrors(now);
}

/** @throws PivotError PLAN_DRIFTED naming the first finding that blocks. */
export function requireNoErrors({ findings }: Plan): void {
  const error = findings.find((finding) => finding.severity === "error");
  if (error === undefined) return;
  const [named] = error.objects;
  const about = named === undefined ? "" : ` (${formatId(named)})`;
  throw drifted(`${error.code}: ${error.why}${about}`);
}

/** `what`: the difference in words. */
export function drifted(what: string): PivotError {
  return new PivotError({
    code: "PLAN_DRIFTED",
    cluster: "source",
    exitCode: EXIT.unchanged,
    message: `the source is not as it was when the plan was confirmed: ${what}`,
    hint: "run the same command again: it plans anew and shows the difference",
  });
}
