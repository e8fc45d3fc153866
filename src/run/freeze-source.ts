// Step 6: every root that moves is paused, what `--leave` names is cut off, and then we wait until nobody acts on
// anything of the plan any more.
import { formatId, type KubeObject } from "../model/object.ts";
import type { Plan, PlannedObject } from "../model/plan.ts";
import { travellers } from "../plan/plan-pivot.ts";
import type { RunContext } from "./context.ts";
import { drifted } from "./drift.ts";
import { freeze, toFreeze } from "./freeze.ts";
import { cutLeftObjects } from "./leave.ts";
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

/**
 * Pauses and waits. `running`: providers known to run in the source. `onFrozen` is called when everything is paused,
 * before the waiting.
 * @returns the providers whose controllers answered.
 * @throws PivotError PLAN_DRIFTED, PAUSE_NOT_ACKNOWLEDGED, MOVE_BLOCKED.
 */
export async function freezeSource(
  context: RunContext,
  plan: Plan,
  running: AliveProviders,
  onFrozen: () => Promise<void>,
): Promise<AliveProviders> {
  const planned = travellers(plan);
  const roots = toFreeze(planned);
  const answering = acknowledging(planned);
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
