// Waiting for controllers to stand still: acknowledgements of the pause, and `block-move` marks to go.
// Where no controller runs nobody answers, and the wait ends by itself.
import { mapWithLimit } from "../kube/concurrency.ts";
import { ANNOTATION } from "../model/capi.ts";
import type { ClusterReader } from "../model/client.ts";
import { PivotError } from "../model/error.ts";
import type { StepKind } from "../model/event.ts";
import { numberOf } from "../model/json.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { fieldAt, formatId, type KubeObject, kindKey } from "../model/object.ts";
import type { PlannedObject } from "../model/plan.ts";
import { pausedCondition } from "../plan/hold.ts";
import { providerOf } from "../plan/running-providers.ts";
import type { RunContext } from "./context.ts";

/**
 * How long nobody may answer before we believe that nobody is there. Live controllers answered within 0.5 s
 * (testbed.md), and a workload that is known to run is waited for until the time-out instead.
 */
const QUIET_MS = 1_000;
const POLL_MS = 400;

/** Providers whose controllers answered or are known to run, by `providerOf`. */
export type AliveProviders = ReadonlySet<string>;

/** True when the object says `Paused=True` for the generation it has now. */
export function isAcknowledged(body: KubeObject): boolean {
  const condition = pausedCondition(body);
  if (fieldAt(condition, "status") !== "True") return false;
  const observed = numberOf(fieldAt(condition, "observedGeneration"));
  return observed === undefined || observed >= (body.metadata.generation ?? 0);
}

/** Moved objects whose controller says when it stands still. */
export function acknowledging(planned: readonly PlannedObject[]): readonly PlannedObject[] {
  return planned.filter((one) => one.hold === "acknowledges" && one.verdict.kind === "move");
}

/** What is waited for: an object in one cluster. */
export interface Awaited {
  readonly uid: string;
  readonly planned: Pick<PlannedObject, "id" | "kind">;
  /** Said `Paused=True` before it was asked to: proves nothing about a controller. */
  readonly before: boolean;
}

/** Where answers are waited for, and what is known of those who give them. */
export interface Waiting {
  readonly client: ClusterReader;
  readonly step: StepKind;
  /** Known to run there. */
  readonly running: AliveProviders;
  /** Since when anybody who lives could have answered, by the monotonic clock. Default: now. */
  readonly since?: number;
  /** Bodies that were read when the quiet was over already: they are the first look. */
  readonly seen?: ReadonlyMap<string, KubeObject> | undefined;
}

/**
 * Polls until every object acknowledges its pause, or nobody is there to do so.
 * @returns the providers that are alive.
 * @throws PivotError PAUSE_NOT_ACKNOWLEDGED after the time-out, naming objects.
 */
export async function waitForAcknowledgements(
  context: RunContext,
  at: Waiting,
  awaited: readonly Awaited[],
): Promise<AliveProviders> {
  const { clock, signal, timeoutMs } = context;
  const start = clock.monotonic();
  const { since = start } = at;
  const alive = new Set(at.running);
  let { seen } = at;
  let pending = awaited;
  while (pending.length > 0) {
    signal.throwIfAborted();
    seen ??= await listKinds(at.client, kindsToLookAt(pending, alive), false);
    pending = unanswered(pending, alive, seen);
    seen = undefined;
    const elapsed = clock.monotonic() - start;
    if (clock.monotonic() - since >= QUIET_MS)
      pending = pending.filter((one) => alive.has(providerOf(one.planned.kind)));
    if (pending.length === 0) break;
    if (elapsed >= timeoutMs) throw notAcknowledged(at.client, pending);
    reportWaiting(context, at.step, pending, elapsed);
    // Not past the end of the quiet time: nobody reconciles meanwhile.
    const quiet = QUIET_MS - (clock.monotonic() - since);
    await clock.sleep(quiet > 0 ? Math.min(POLL_MS, quiet) : POLL_MS, signal);
  }
  return alive;
}

function unanswered(
  pending: readonly Awaited[],
  alive: Set<string>,
  bodies: ReadonlyMap<string, KubeObject>,
): readonly Awaited[] {
  return pending.filter((one) => {
    const body = bodies.get(one.uid);
    if (body === undefined || !isAcknowledged(body)) return true;
    if (!one.before) alive.add(providerOf(one.planned.kind));
    return false;
  });
}

/** Some controllers take their time to acknowledge, so one kind alone would prove nothing. */
const KINDS_LOOKED_AT = 3;

/** Of a provider that has not answered yet a few kinds show whether it lives: those with the fewest objects. */
function kindsToLookAt(
  pending: readonly Awaited[],
  alive: AliveProviders,
): readonly ResourceKind[] {
  const byProvider = Map.groupBy(pending, (one) => providerOf(one.planned.kind));
  return [...byProvider].flatMap(([provider, all]) => {
    if (alive.has(provider)) return all.map((one) => one.planned.kind);
    const telling = all.filter((one) => !one.before);
    const kinds = Map.groupBy(telling.length === 0 ? all : telling, (one) =>
      kindKey(one.planned.kind),
    );
    const fewest = [...kinds.values()].sort((a, b) => a.length - b.length);
    return fewest.slice(0, KINDS_LOOKED_AT).flatMap(([first]) => first?.planned.kind ?? []);
  });
}

/** One list per kind; objects by uid. */
export async function listKinds(
  client: ClusterReader,
  kinds: readonly ResourceKind[],
  metadataOnly: boolean,
): Promise<ReadonlyMap<string, KubeObject>> {
  const distinct = [...new Map(kinds.map((kind) => [kindKey(kind), kind])).values()];
  const lists = await mapWithLimit(distinct, 16, (kind) => client.list(kind, { metadataOnly }));
  return new Map(lists.flat().map((object) => [object.metadata.uid, object]));
}

function reportWaiting(
  context: RunContext,
  step: StepKind,
  pending: readonly Awaited[],
  elapsed: number,
): void {
  const first = pending[0]?.planned.id;
  if (first === undefined) return;
  // What for comes first: a line of a terminal ends before the name does.
  const others = pending.length > 1 ? ` and ${pending.length - 1} more` : "";
  context.emit({
    type: "waiting",
    step,
    reason: `for the pause to be acknowledged by ${formatId(first)}${others}`,
    seconds: Math.round(elapsed / 1000),
  });
}

function notAcknowledged(client: ClusterReader, pending: readonly Awaited[]): PivotError {
  const names = pending.slice(0, 3).map((one) => formatId(one.planned.id));
  const kind = pending[0]?.planned.id.kind ?? "KIND";
  return new PivotError({
    code: "PAUSE_NOT_ACKNOWLEDGED",
    cluster: client.name,
    message: `${pending.length} objects of the ${client.name} cluster did not say that they are paused: ${names.join(", ")}${pending.length > 3 ? ", …" : ""}`,
    hint: `look at the controller of ${kind} in context ${client.context}; a longer --timeout, or --assume-held ${kind} when it surely stands still`,
  });
}

/**
 * Waits until no planned object carries `block-move` any more: its controller is still saving what the move would lose.
 * @throws PivotError MOVE_BLOCKED after the time-out.
 */
export async function waitForBlockMove(
  context: RunContext,
  planned: readonly PlannedObject[],
): Promise<void> {
  const { clock, source, signal, timeoutMs } = context;
  const start = clock.monotonic();
  const byUid = new Map(planned.map((one) => [one.uid, one]));
  const kinds = planned.flatMap((one) => (one.kind.crd === undefined ? [] : [one.kind]));
  for (;;) {
    signal.throwIfAborted();
    const objects = await listKinds(source, kinds, true);
    const blocking = [...objects.values()].filter(
      (object) =>
        byUid.has(object.metadata.uid) &&
        ANNOTATION.blockMove in (object.metadata.annotations ?? {}),
    );
    const first = byUid.get(blocking[0]?.metadata.uid ?? "");
    if (first === undefined) return;
    const elapsed = clock.monotonic() - start;
    const what = `${formatId(first.id)}${blocking.length > 1 ? ` and ${blocking.length - 1} more` : ""}`;
    if (elapsed >= timeoutMs) throw moveBlocked(what, context);
    const reason = `for ${ANNOTATION.blockMove} to go from ${what}`;
    context.emit({ type: "waiting", step: "freeze", reason, seconds: Math.round(elapsed / 1000) });
    await clock.sleep(POLL_MS * 2, signal);
  }
}

function moveBlocked(what: string, { source }: RunContext): PivotError {
  return new PivotError({
    code: "MOVE_BLOCKED",
    cluster: "source",
    message: `${what} of the source cluster still carries ${ANNOTATION.blockMove}: its controller has not finished what must be done before a move`,
    hint: `look at that controller in context ${source.context}, or give it more time with --timeout`,
  });
}
