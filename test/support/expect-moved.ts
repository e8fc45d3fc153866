// The end of a pivot that went well, whatever happened on its way.
import { expect } from "bun:test";
import type { Fleet } from "./fleet/fleets.ts";
import { lookAtFleet } from "./fleet/look.ts";
import { normalForms } from "./fleet/normal-form.ts";
import { type Snapshot, uidsOf } from "./fleet/snapshot.ts";
import type { PivotOutcome } from "./pivot-session.ts";
import type { Stage } from "./stage.ts";

/** The target has the fleet as the source had it before, and the source has nothing of it. */
export async function expectMoved(
  stage: Stage,
  fleet: Fleet,
  before: Snapshot,
  outcome: PivotOutcome,
): Promise<void> {
  expect(outcome.error).toBeUndefined();
  await expectArrived(stage, fleet, before);
}

/** The same, however it came to that. */
export async function expectArrived(stage: Stage, fleet: Fleet, before: Snapshot): Promise<void> {
  const after = await lookAtFleet(stage.target.api, fleet);
  expect(normalForms(after, uidsOf(after))).toEqual(normalForms(before, uidsOf(before)));
  expect([...(await lookAtFleet(stage.source.api, fleet)).keys()]).toEqual([]);
}
