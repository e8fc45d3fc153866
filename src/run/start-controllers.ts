// The way back of step 7: replicas, labels and field owners of the source's controllers as they were, and nothing is
// unpaused before their webhooks answer again. Looks before it acts: what was never stopped is not touched.
import { OURS } from "../model/capi.ts";
import { PivotError } from "../model/error.ts";
import { formatId, type KubeObject, kindKey } from "../model/object.ts";
import type { RunRecord, StoppedController } from "../model/run-record.ts";
import { addressOf, type RunContext } from "./context.ts";
import { conflictOf } from "./freeze.ts";
import { decodeManagedFields, managedFieldsPatch, ownershipBefore } from "./managed-fields.ts";
import { progressOf } from "./progress.ts";
import { answeringWebhooks, type Sample } from "./webhook-probe.ts";
import { readProgram, replicasOf, scalableKind } from "./workload.ts";

/** The Deployment controller writes the status of what was just scaled several times a second. */
const CONFLICT_ATTEMPTS = 40;
const CONFLICT_PAUSE_MS = 100;
const POLL_MS = 500;

/** What the record says of the stop. */
export type Stopped = Pick<RunRecord, "replicas" | "webhooks">;

/**
 * Starts what is no parent again, then waits until every kind of these samples whose webhooks answered before the stop is
 * answered for again. Resolves to the number of controllers put back.
 * @throws PivotError CONTROLLER_NOT_STARTED when webhooks stay silent until the time-out.
 */
export async function startControllers(
  context: RunContext,
  { replicas, webhooks }: Stopped,
  samples: readonly Sample[] = [],
): Promise<number> {
  const started = await startAll(context, replicas, false);
  const kinds = new Set(samples.map(({ kind }) => kindKey(kind)));
  const wanted = webhooks.filter((kind) => kinds.has(kind));
  if (wanted.length > 0) await waitForWebhooks(context, wanted, samples);
  return started;
}

/** The operator and other parents, after everything else is as it was: they would act on what they find. */
export function startParents(context: RunContext, { replicas }: Stopped): Promise<number> {
  return startAll(context, replicas, true);
}

async function startAll(
  context: RunContext,
  stopped: readonly StoppedController[],
  parent: boolean,
): Promise<number> {
  const entries = stopped.filter((entry) => entry.parent === parent).reverse();
  const progress = progressOf(context.emit, "start", "source", entries.length);
  let started = 0;
  for (const entry of entries) {
    const wasStopped = await startOne(context, entry);
    if (wasStopped) started += 1;
    progress.done(entry.id, wasStopped ? "done" : "skipped");
  }
  return started;
}

/** Resolves to whether there was anything to put back. */
async function startOne(context: RunContext, entry: StoppedController): Promise<boolean> {
  const workload = await readProgram(context.source, entry);
  if (workload === undefined) return noteGone(context, entry);
  if (!wasStopped(context, entry, workload)) return false;
  const replicas = replicasOf(workload);
  if (replicas !== 0 && replicas !== entry.replicas) noteScaled(context, entry, replicas);
  if (replicas !== entry.replicas) await insist(context, () => scaleBack(context, entry));
  await insist(context, () => release(context, entry));
  return true;
}

/** Whatever somebody did meanwhile: the way back ends where the run began. */
function noteScaled({ emit }: RunContext, { id, replicas }: StoppedController, now: number): void {
  const text = `${formatId(id)} of the source was scaled to ${now} by somebody else meanwhile; it has ${replicas} replicas again, as before the run`;
  emit({ type: "note", text });
}

/** Again while somebody else is faster. */
async function insist({ clock }: RunContext, write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const conflict = await conflictOf(write());
    if (conflict === undefined) return;
    if (attempt === CONFLICT_ATTEMPTS) throw conflict;
    await clock.sleep(CONFLICT_PAUSE_MS);
  }
}

/** By its label; one at 0 that has lost the label was scaled by us all the same, the record says so. */
function wasStopped(
  { run }: RunContext,
  { replicas }: StoppedController,
  workload: KubeObject,
): boolean {
  const isLabelled = workload.metadata.labels?.[OURS.run] === run;
  return isLabelled || (replicasOf(workload) === 0 && replicas > 0);
}

async function scaleBack(
  { source }: RunContext,
  { id, uid, replicas }: StoppedController,
): Promise<void> {
  const kind = scalableKind(id);
  if (kind === undefined) return;
  const patch = { metadata: { uid }, spec: { replicas } };
  await source.patch(kind, addressOf({ id }), "merge", patch, { subresource: "scale" });
}

/** Label off and field owners back in one write; the owners are computed from what was read, hence the precondition. */
async function release({ source }: RunContext, entry: StoppedController): Promise<void> {
  const kind = scalableKind(entry.id);
  const workload = await readProgram(source, entry);
  if (kind === undefined || workload === undefined) return;
  const { uid, resourceVersion, managedFields: now = [] } = workload.metadata;
  const owners = ownershipBefore(now, decodeManagedFields(entry.managedFields));
  const labels = { [OURS.run]: null, [OURS.replicasBefore]: null };
  const managedFields = managedFieldsPatch(owners);
  const patch = { metadata: { uid, resourceVersion, labels, managedFields } };
  await source.patch(kind, addressOf(entry), "merge", patch);
}

/** Takes the labels off controllers that stay as they are by now. */
export async function releaseControllers(
  { source, run }: RunContext,
  stopped: readonly StoppedController[],
): Promise<void> {
  for (const entry of stopped) {
    const kind = scalableKind(entry.id);
    const workload = await readProgram(source, entry);
    if (kind === undefined || workload?.metadata.labels?.[OURS.run] !== run) continue;
    const labels = { [OURS.run]: null, [OURS.replicasBefore]: null };
    const patch = { metadata: { uid: entry.uid, labels } };
    await source.patch(kind, addressOf(entry), "merge", patch);
  }
}

function noteGone({ emit }: RunContext, { id, replicas }: StoppedController): false {
  const text = `${formatId(id)} of the source, stopped by this run with ${replicas} replicas before, is gone or was made anew: it is left alone`;
  emit({ type: "note", text });
  return false;
}

async function waitForWebhooks(
  context: RunContext,
  wanted: readonly string[],
  samples: readonly Sample[],
): Promise<void> {
  const { clock, timeoutMs, emit } = context;
  const start = clock.monotonic();
  for (;;) {
    const answering = new Set(await answeringWebhooks(context, samples));
    const silent = wanted.filter((kind) => !answering.has(kind));
    const [first] = silent;
    if (first === undefined) return;
    const elapsed = clock.monotonic() - start;
    if (elapsed >= timeoutMs) throw notStarted(context, silent);
    const others = silent.length > 1 ? ` and ${silent.length - 1} more kinds` : "";
    const reason = `the webhooks of ${first}${others} to answer`;
    emit({ type: "waiting", step: "start", reason, seconds: Math.round(elapsed / 1000) });
    await clock.sleep(POLL_MS);
  }
}

function notStarted({ source }: RunContext, silent: readonly string[]): PivotError {
  return new PivotError({
    code: "CONTROLLER_NOT_STARTED",
    cluster: "source",
    message: `the controllers of the source are scaled back, but their webhooks do not answer for ${silent.slice(0, 3).join(", ")}${silent.length > 3 ? ", …" : ""}, so nothing was unpaused`,
    hint: `kubectl --context ${source.context} get pods -A   # see why the providers do not come up`,
  });
}
