// Step 7 as a whole: which webhooks answer is written down, the controllers stop, reads still work.
import type { Plan } from "../model/plan.ts";
import type { Controller } from "../model/provider.ts";
import type { StoppedController } from "../model/run-record.ts";
import type { RunContext } from "./context.ts";
import { proveReads } from "./prove-reads.ts";
import type { Stopped } from "./start-controllers.ts";
import { stopControllers } from "./stop-controllers.ts";
import { answeringWebhooks, samplesOf } from "./webhook-probe.ts";

export interface StopSource {
  readonly plan: Plan;
  /** See plan/stop-plan.ts. */
  readonly stop: {
    readonly parents: readonly Controller[];
    readonly controllers: readonly Controller[];
  };
  /** What the record says: of a process that was interrupted, perhaps. */
  readonly stoppedBefore: Stopped;
  /** Writes both into the run record, before the first controller is touched. */
  readonly onRecord: (stopped: Stopped) => Promise<void>;
}

/**
 * Stops the controllers of the source.
 * @returns everything that this run has stopped by now.
 * @throws PivotError CONTROLLER_NOT_STOPPED, SOURCE_UNREADABLE, PLAN_DRIFTED.
 */
export async function stopSource(
  context: RunContext,
  { plan, stop, stoppedBefore, onRecord }: StopSource,
): Promise<readonly StoppedController[]> {
  const { replicas: known, webhooks: before } = stoppedBefore;
  // Those of controllers that are stopped by now would be taken for dead ones.
  const webhooks = known.length > 0 ? before : await answeringWebhooks(context, samplesOf(plan));
  const stopped = await stopControllers(context, {
    ...stop,
    known,
    onRecord: (replicas) => onRecord({ replicas, webhooks }),
  });
  if (stopped.length > 0) await proveReads(context, plan);
  return stopped;
}
