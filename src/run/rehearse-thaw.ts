// What would refuse the thaw is better met before the point of no return than after.
import { mapWithLimit } from "../kube/concurrency.ts";
import { KubeApiError } from "../model/error.ts";
import { type KubeObject, kindKey } from "../model/object.ts";
import { addressOf, type Copies, type Copy, type RunContext } from "./context.ts";
import { unpausePatches } from "./freeze.ts";
import { refusal } from "./refusal.ts";

/**
 * The thaw of one copy per kind, as a dry run. `found`: bodies of the target by uid.
 * @throws PivotError REQUEST_REFUSED
 */
export async function rehearseThaw(
  context: RunContext,
  found: ReadonlyMap<string, KubeObject>,
  copies: Copies,
): Promise<void> {
  const samples = new Map<string, Copy>();
  for (const copy of copies.values()) {
    if (copy.ours && found.has(copy.uid)) samples.set(kindKey(copy.planned.kind), copy);
  }
  await mapWithLimit([...samples.values()], context.concurrency, async ({ planned, uid }) => {
    const body = found.get(uid);
    if (body === undefined) return;
    try {
      for (const patch of unpausePatches(body)) {
        await context.target.patch(planned.kind, addressOf(planned), "merge", patch, {
          dryRun: true,
        });
      }
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
      throw refusal("REQUEST_REFUSED", planned.id, error, context.target);
    }
  });
}
