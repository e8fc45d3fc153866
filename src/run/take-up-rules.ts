// What a run that was interrupted allows, and whether it is still the run that was confirmed.
import { EXIT, PivotError } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import { formatId, idOf } from "../model/object.ts";
import type { Plan } from "../model/plan.ts";
import type { RunRecord } from "../model/run-record.ts";
import { movedObjects, travellers } from "../plan/plan-pivot.ts";
import { type Copies, markedCopies } from "./context.ts";
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

/**
 * Past the point of no return an original that has been deleted may have been made anew, by a GitOps tool for one: under
 * its name there is a copy of another object then.
 * @param source as it is.
 * @throws PivotError SOURCE_CHANGED
 */
export function requireNoneAnew(plan: Plan, copies: Copies, source: Inventory): void {
  const copied = new Set(
    [...copies.values()].filter(({ ours }) => ours).map(({ planned }) => formatId(planned.id)),
  );
  const anew = movedObjects(plan).find(
    ({ id, uid }) => source.objects.has(uid) && !copies.has(uid) && copied.has(formatId(id)),
  );
  if (anew === undefined) return;
  throw new PivotError({
    code: "SOURCE_CHANGED",
    cluster: "source",
    exitCode: EXIT.pastCommit,
    message: `${formatId(anew.id)} of the source cluster was deleted by this run and created anew by somebody else`,
    hint: "look for a GitOps tool that owns it, suspend it, delete the new object, then: kubectl capi-pivot resume",
  });
}
