// Waiting for the pauses that providers write on objects of others (plan/markers.ts): the plan expects them, from the
// freeze on they are required.
import { PivotError } from "../model/error.ts";
import { formatId, type KubeObject } from "../model/object.ts";
import type { Bodies, Plan, PlannedObject } from "../model/plan.ts";
import { isMarked, markerOf, markerText } from "../plan/markers.ts";
import { travellers } from "../plan/plan-pivot.ts";
import type { RunContext } from "./context.ts";
import { drifted } from "./drift.ts";
import { listKinds } from "./settle.ts";

const POLL_MS = 400;

function marked(planned: readonly PlannedObject[]): readonly PlannedObject[] {
  return planned.filter(({ hold, verdict }) => hold === "marker" && verdict.kind === "move");
}

/**
 * Polls until every moved object that is held by a marker carries it.
 * @throws PivotError PAUSE_NOT_ACKNOWLEDGED after the time-out, naming objects and who should have marked them.
 */
export async function waitForMarkers(
  context: RunContext,
  planned: readonly PlannedObject[],
): Promise<void> {
  const { clock, signal, source, timeoutMs, emit } = context;
  const start = clock.monotonic();
  let pending = marked(planned);
  while (pending.length > 0) {
    signal.throwIfAborted();
    const kinds = pending.map(({ kind }) => kind);
    const found = await listKinds(source, kinds, true);
    pending = pending.filter((one) => !carries(one, found.get(one.uid)));
    const [first] = pending;
    if (first === undefined) return;
    const elapsed = clock.monotonic() - start;
    if (elapsed >= timeoutMs) throw notMarked(context, pending);
    const others = pending.length > 1 ? ` and ${pending.length - 1} more` : "";
    const reason = `for ${setterOf(first)} to pause ${formatId(first.id)}${others}`;
    emit({ type: "waiting", step: "freeze", reason, seconds: Math.round(elapsed / 1000) });
    await clock.sleep(POLL_MS, signal);
  }
}

function carries({ id }: PlannedObject, body: KubeObject | undefined): boolean {
  return body !== undefined && isMarked(id, body);
}

function setterOf({ id }: PlannedObject): string {
  return markerOf(id)?.setBy ?? "its provider";
}

/** @throws PivotError PLAN_DRIFTED when the source that stands still lacks a marker. */
export function requireMarkers(plan: Plan, bodies: Bodies): void {
  const lost = marked(travellers(plan)).find((one) => !carries(one, bodies.get(one.uid)));
  if (lost === undefined) return;
  throw drifted(`${formatId(lost.id)} has lost ${markerOf(lost.id)?.annotation}, which paused it`);
}

function notMarked({ source }: RunContext, pending: readonly PlannedObject[]): PivotError {
  const names = pending.slice(0, 3).map(({ id }) => formatId(id));
  const [first] = pending;
  const marker = first === undefined ? undefined : markerOf(first.id);
  const annotation = marker === undefined ? "its annotation" : markerText(marker);
  const kind = first?.id.kind ?? "KIND";
  return new PivotError({
    code: "PAUSE_NOT_ACKNOWLEDGED",
    cluster: "source",
    message: `${marker?.setBy} of the source cluster did not pause ${pending.length} objects by ${annotation} when their Cluster was paused: ${names.join(", ")}${pending.length > 3 ? ", …" : ""}`,
    hint: `look at the log of ${marker?.setBy} in context ${source.context}; or set ${annotation} yourself, or --assume-held ${kind} when its controller surely stands still`,
  });
}
