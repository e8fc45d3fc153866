// What a run that was interrupted allows, and whether it is still the run that was confirmed.
import { EXIT, PivotError } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import { formatId, idOf } from "../model/object.ts";
import type { Plan } from "../model/plan.ts";
import type { RunRecord } from "../model/run-record.ts";
import { travellers } from "../plan/plan-pivot.ts";
import { markedCopies } from "./context.ts";
import { drifted, requireNoErrors } from "./drift.ts";
import { planDifference } from "./plan-digest.ts";

/** @throws PivotError ROLLING_BACK: whoever has begun to go back must get there. */
export function requireResumable({ run, phase }: Pick<RunRecord, "run" | "phase">): void {
  if (phase !== "rolling-back" && phase !== "rolled-back") return;
  throw new PivotError({
    code: "ROLLING_BACK",
    exitCode: EXIT.midway,
    message: `run ${run} was on its way back when it stopped, so it cannot go forward any more`,
    hint: "kubectl capi-pivot rollback   # puts both clusters back",
  });
}

/** @throws PivotError PAST_COMMIT: originals may be gone. */
export function requireRollbackable({ run, phase }: Pick<RunRecord, "run" | "phase">): void {
  if (phase !== "committed" && phase !== "done") return;
  throw new PivotError({
    code: "PAST_COMMIT",
    exitCode: EXIT.pastCommit,
    message: `run ${run} is past the point of no return: objects may be gone from the source, so there is no way back`,
    hint: "kubectl capi-pivot resume   # finishes it; afterwards a pivot the other way round moves everything back",
  });
}

/**
 * Without the source nobody can know whether it had committed: its last word before is that the target was `verified`.
 * @throws PivotError TARGET_INCOMPLETE when the target does not hold everything.
 */
export function requireWhole({ run, phase }: Pick<RunRecord, "run" | "phase">): void {
  if (phase === "verified" || phase === "committed" || phase === "done") return;
  throw new PivotError({
    code: "TARGET_INCOMPLETE",
    cluster: "target",
    exitCode: EXIT.midway,
    message: `run ${run} stopped in phase ${phase}: the target was not seen to hold everything, and what the source held is not known any more`,
    hint: "restore the source from a backup of its etcd, then: kubectl capi-pivot rollback",
  });
}

/**
 * @param target as it is, with what the run has made in it.
 * @throws PivotError PLAN_DRIFTED naming an object that was copied and is not planned any more, a kind of which other
 * objects take part than those that were confirmed, or what is in the way by now.
 */
export function requireSameRun(record: RunRecord, plan: Plan, target: Inventory): void {
  const planned = new Set(travellers(plan).map(({ uid }) => uid));
  for (const [uid, copy] of markedCopies(target.objects.values(), record.run)) {
    if (!planned.has(uid))
      throw drifted(`${formatId(idOf(copy))} was copied, and its original is gone or stays now`);
  }
  const difference = planDifference(record.plan, plan);
  if (difference !== undefined) throw drifted(difference);
  requireNoErrors(plan);
}
