// The status that the copies had in the source, written when every one of them exists.
import { mapWithLimit } from "../kube/concurrency.ts";
import { KubeApiError } from "../model/error.ts";
import { apiVersionOf, type Json, type KubeObject, kindKey } from "../model/object.ts";
import type { PlannedObject } from "../model/plan.ts";
import { answersLate } from "../plan/hold.ts";
import { keepingPaused } from "../plan/keep-paused.ts";
import { travellers } from "../plan/plan-pivot.ts";
import { statusFor } from "../plan/rewrite.ts";
import { providerOf } from "../plan/running-providers.ts";
import {
  addressOf,
  bodyOf,
  type Copies,
  type Copy,
  type RunContext,
  type Snapshot,
  toCopy,
  uidMapOf,
} from "./context.ts";
import { refusal } from "./refusal.ts";
import { type AliveProviders, acknowledging, isAcknowledged, listKinds } from "./settle.ts";

/** A controller looks at a new object within moments; on a busy machine they are longer. */
const FIRST_LOOK_MS = 3_000;
const POLL_MS = 200;

/** After every object exists: bindings come before the status of their Cluster, embedded uids are all known. */
export async function restoreStatus(
  context: RunContext,
  snapshot: Snapshot,
  copies: Map<string, Copy>,
  running: AliveProviders,
): Promise<void> {
  const withStatus = travellers(snapshot.plan).filter((one) => hasStatusToRestore(snapshot, one));
  const acknowledged = await acknowledgedCopies(context, withStatus, copies, running);
  const refused = new Set<string>();
  await mapWithLimit(withStatus, context.concurrency, async (planned) => {
    context.signal.throwIfAborted();
    const copy = copies.get(planned.uid);
    if (copy?.ours !== true) return;
    const said = acknowledged.get(copy.uid);
    // A controller that has looked at the copy has written to it.
    const isUntouched = said === undefined && !running.has(providerOf(planned.kind));
    const written = isUntouched
      ? await putStatus(context, snapshot, copy, { copies, refused })
      : undefined;
    copies.set(
      planned.uid,
      written ?? (await patchStatus(context, snapshot, copy, { copies, said })),
    );
  });
}

/**
 * Copies of which a controller has said that it stands still, by uid. What it said is kept, for it need not say so again
 * soon: where the next look is far away (`answersLate`), the first one is waited for, which comes with the creation.
 */
async function acknowledgedCopies(
  { target, clock, signal }: RunContext,
  planned: readonly PlannedObject[],
  copies: Copies,
  running: AliveProviders,
): Promise<ReadonlyMap<string, KubeObject>> {
  const answering = acknowledging(planned).filter(({ kind }) => running.has(providerOf(kind)));
  const kinds = answering.map(({ kind }) => kind);
  const late = answering.filter(({ id }) => answersLate(id)).map(({ uid }) => copies.get(uid)?.uid);
  const start = clock.monotonic();
  for (;;) {
    const found = await listKinds(target, kinds, false);
    const said = new Map([...found].filter(([, body]) => isAcknowledged(body)));
    const isComplete = late.every((uid) => uid === undefined || said.has(uid));
    if (isComplete || clock.monotonic() - start >= FIRST_LOOK_MS) return said;
    await clock.sleep(POLL_MS, signal);
  }
}

/** Kinds of CRDs with a status subresource; whatever else has a status gets it with its body, or from its controller. */
export function hasStatusToRestore({ bodies }: Snapshot, planned: PlannedObject): boolean {
  const status = bodies.get(planned.uid)?.["status"];
  return planned.kind.crd !== undefined && planned.kind.hasStatus && status !== undefined;
}

/**
 * The whole status of a copy that is as the last write left it: what a server does for this is two thirds of what it does
 * for a patch. Resolves to undefined where it is refused, for the patch to find out why: somebody has written to the
 * copy, there is no right to `update`, something does not like a body without a spec. The server takes nothing but the
 * status of it. Kinds that may not be updated are added to `refused`.
 */
async function putStatus(
  { target }: RunContext,
  snapshot: Snapshot,
  copy: Copy,
  { copies, refused }: { readonly copies: Copies; readonly refused: Set<string> },
): Promise<Copy | undefined> {
  const { planned, uid, resourceVersion } = copy;
  const { group, version, kind } = planned.kind;
  const key = kindKey(planned.kind);
  if (refused.has(key)) return undefined;
  const body = {
    apiVersion: apiVersionOf(group, version),
    kind,
    metadata: { ...addressOf(planned), uid, resourceVersion },
    status: expectedStatus(snapshot, copy, copies),
  };
  try {
    const options = { subresource: "status", metadataOnly: true };
    const written = await target.replace(planned.kind, addressOf(planned), body, options);
    return toCopy(planned, written, true);
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    if (error.status !== 409) refused.add(key);
    return undefined;
  }
}

/** The whole status in one operation: a merge patch would lose nulls and keep what is there. */
export async function patchStatus(
  context: RunContext,
  snapshot: Snapshot,
  copy: Copy,
  { copies, said }: { readonly copies: Copies; readonly said?: KubeObject | undefined },
): Promise<Copy> {
  const { planned } = copy;
  const restored = expectedStatus(snapshot, copy, copies);
  const value = said === undefined ? restored : keepingPaused(restored, said);
  const patch = [{ op: "add", path: "/status", value }];
  try {
    const written = await context.target.patch(planned.kind, addressOf(planned), "json", patch, {
      subresource: "status",
      metadataOnly: true,
    });
    return toCopy(planned, written, true);
  } catch (error) {
    if (error instanceof KubeApiError)
      throw refusal("CREATE_REFUSED", planned.id, error, context.target);
    throw error;
  }
}

/** The status a copy should have: generations are those it will have when it is thawed. */
export function expectedStatus(snapshot: Snapshot, copy: Copy, copies: Copies): Json {
  const bySpec = copy.planned.freeze === "spec";
  return statusFor(bodyOf(snapshot.bodies, copy.planned), {
    uids: uidMapOf(copies),
    // Taking `spec.paused` away again raises the generation once more.
    generation: copy.generation + (bySpec ? 1 : 0),
    pausedBySpec: bySpec,
  });
}
