// Step 6: every root that moves is paused, what `--leave` names is cut off, and then we wait until nobody acts on
// anything of the plan any more.
import { formatId, type KubeObject } from "../model/object.ts";
import type { Plan, PlannedObject } from "../model/plan.ts";
import { answersLate } from "../plan/hold.ts";
import { travellers } from "../plan/plan-pivot.ts";
import { providerOf } from "../plan/running-providers.ts";
import type { RunContext } from "./context.ts";
import { drifted } from "./drift.ts";
import { freeze, toFreeze } from "./freeze.ts";
import { cutLeftObjects } from "./leave.ts";
import { waitForMarkers } from "./markers.ts";
import { progressOf } from "./progress.ts";
import {
  type AliveProviders,
  type Awaited,
  acknowledging,
  isAcknowledged,
  listKinds,
  waitForAcknowledgements,
  waitForBlockMove,
} from "./settle.ts";

export interface FreezeSource {
  readonly plan: Plan;
  /** Providers known to run in the source. */
  readonly running: AliveProviders;
  /** Those that are stopped next. */
  readonly stopping: AliveProviders;
  /** Called when everything is paused, before the waiting. */
  readonly onFrozen: () => Promise<void>;
}

/**
 * Pauses and waits.
 * @returns the providers whose controllers answered.
 * @throws PivotError PLAN_DRIFTED, PAUSE_NOT_ACKNOWLEDGED, MOVE_BLOCKED.
 */
export async function freezeSource(
  context: RunContext,
  { plan, running, stopping, onFrozen }: FreezeSource,
): Promise<AliveProviders> {
  const planned = travellers(plan);
  const roots = toFreeze(planned);
  // Who answers late and is stopped next is stopped instead: nobody is left who would act.
  const answering = acknowledging(planned).filter(
    ({ kind, id }) => !(answersLate(id) && stopping.has(providerOf(kind))),
  );
  const kinds = [...roots, ...answering].map((one) => one.kind);
  const bodies = await listKinds(context.source, kinds, false);
  for (const root of roots)
    if (!bodies.has(root.uid)) throw drifted(`${formatId(root.id)} is gone`);
  await freeze(context, roots, bodies, progressOf(context.emit, "freeze", "source", roots.length));
  await cutLeftObjects(context, plan.leaves);
  await onFrozen();
  const alive = await waitForAcknowledgements(
    context,
    { client: context.source, step: "freeze", running },
    answering.map((one) => awaitedOf(one, one.uid, bodies)),
  );
  await waitForMarkers(context, planned);
  await waitForBlockMove(context, planned);
  return alive;
}

/** `bodies` are as they were before the pause: what was acknowledged then proves no life. */
function awaitedOf(
  planned: PlannedObject,
  uid: string,
  bodies: ReadonlyMap<string, KubeObject>,
): Awaited {
  const body = bodies.get(uid);
  return { uid, planned, before: body !== undefined && isAcknowledged(body) };
}
