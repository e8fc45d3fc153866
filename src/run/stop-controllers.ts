// Step 7: the controllers of the source are scaled to 0, and we wait until none of them can act any more.
//
// Three writes per controller, in this order: the run record with what it was, then a label on it (run id, replicas
// before), then `scale`. If this process dies between any two of them, rollback reads the rest off the object:
//
//   record written     no label, replicas as before     nobody touched it: nothing to do
//   label written      label, replicas as before        take the label off
//   scaled             label, replicas 0                scale back, then take the label off
//   (scaled back)      label, replicas as before        take the label off
//
// The scale carries the resourceVersion that the label's write returned, so what is scaled is what was labelled. When
// somebody takes the label away meanwhile (`kubectl replace`, a GitOps tool), the record still says what it was.
//
// A label, not an annotation: the Deployment controller copies annotations to ReplicaSets, and never takes them away
// again (kubernetes pkg/controller/deployment/util, copyDeploymentAnnotationsToReplicaSet; measured).
import { OURS } from "../model/capi.ts";
import { PivotError } from "../model/error.ts";
import { formatId, type KubeObject } from "../model/object.ts";
import type { Controller } from "../model/provider.ts";
import type { StoppedController } from "../model/run-record.ts";
import { addressOf, type RunContext } from "./context.ts";
import { drifted } from "./drift.ts";
import { conflictOf } from "./freeze.ts";
import { encodeManagedFields } from "./managed-fields.ts";
import { type Progress, progressOf } from "./progress.ts";
import { SilenceWatch, waitForSilence } from "./silence.ts";
import { notStopped } from "./stop-errors.ts";
import { readProgram, replicasOf, scalableKind } from "./workload.ts";

/** Attempts when somebody else writes the object between our read and our patch. */
const CONFLICT_ATTEMPTS = 10;

export interface StopRequest {
  /** Would bring the others back: stopped first, and gone before the others are scaled. */
  readonly parents: readonly Controller[];
  readonly controllers: readonly Controller[];
  /** What this run has recorded already (`record.replicas`): stopped, or about to be when it was interrupted. */
  readonly known: readonly StoppedController[];
  /** Writes the list into the run record; called before the first controller is touched. */
  readonly onRecord: (stopped: readonly StoppedController[]) => Promise<void>;
}

/**
 * Scales to 0 and waits, at most `timeoutMs` for the parents and again for the others: no replicas, no pods, no leader.
 * A controller that wants no pods is left as it is.
 * @returns everything that this run has stopped by now, as recorded.
 * @throws PivotError CONTROLLER_NOT_STOPPED naming what still runs, or who scales it back; PLAN_DRIFTED when one of them
 * is not there any more.
 */
export async function stopControllers(
  context: RunContext,
  request: StopRequest,
): Promise<readonly StoppedController[]> {
  const parents = await lookAt(context, request.parents, { ...request, parent: true });
  const taken = new Set(parents.map(({ entry }) => entry.uid));
  const others = request.controllers.filter(({ uid }) => !taken.has(uid));
  const controllers = await lookAt(context, others, { ...request, parent: false });
  const known = new Set(request.known.map(({ uid }) => uid));
  const stopping = [...parents, ...controllers].map(({ entry }) => entry);
  const all = [...request.known, ...stopping.filter(({ uid }) => !known.has(uid))];
  if (all.length > known.size) await request.onRecord(all);
  const total = parents.length + controllers.length;
  const progress = progressOf(context.emit, "stop", "source", total);
  for (const wave of [parents, controllers]) await stopWave(context, wave, progress);
  return all;
}

/** One to be stopped: as it was read, and as it is recorded. */
interface Stopping {
  readonly workload: KubeObject;
  readonly entry: StoppedController;
}

async function lookAt(
  context: RunContext,
  controllers: readonly Controller[],
  { parent, known }: { readonly parent: boolean; readonly known: readonly StoppedController[] },
): Promise<readonly Stopping[]> {
  const recorded = new Map(known.map((entry) => [entry.uid, entry]));
  // Two providers may be one program.
  const distinct = new Map(controllers.map((controller) => [controller.uid, controller]));
  const found: Stopping[] = [];
  for (const controller of distinct.values()) {
    const workload = await requireProgram(context, controller);
    const entry = recorded.get(controller.uid) ?? entryOf(controller, workload, parent);
    if (entry.replicas > 0) found.push({ workload, entry });
  }
  return found;
}

function entryOf(
  { id, uid }: Controller,
  workload: KubeObject,
  parent: boolean,
): StoppedController {
  const managedFields = encodeManagedFields(workload.metadata.managedFields ?? []);
  return { id, uid, replicas: replicasOf(workload), parent, managedFields };
}

async function requireProgram({ source }: RunContext, controller: Controller): Promise<KubeObject> {
  if (scalableKind(controller.id) === undefined) throw notScalable(controller, source.context);
  const workload = await readProgram(source, controller);
  if (workload === undefined) throw drifted(`${formatId(controller.id)} is gone or another one`);
  return workload;
}

async function stopWave(
  context: RunContext,
  wave: readonly Stopping[],
  progress: Progress,
): Promise<void> {
  if (wave.length === 0) return;
  const entries = wave.map(({ entry }) => entry);
  // Before the first is scaled: the names of pods and the last renewals of leases are known then.
  const watch = new SilenceWatch(context, entries);
  await watch.look();
  for (const { entry, workload } of wave) {
    context.signal.throwIfAborted();
    await stopOne(context, entry, workload);
  }
  await waitForSilence(context, watch, (entry) => progress.done(entry.id));
}

async function stopOne(
  context: RunContext,
  entry: StoppedController,
  read: KubeObject,
): Promise<void> {
  let workload: KubeObject | undefined = read;
  for (let attempt = 1; workload !== undefined; attempt++) {
    const conflict = await conflictOf(labelAndScale(context, entry, workload));
    if (conflict === undefined) return;
    if (attempt === CONFLICT_ATTEMPTS) throw conflict;
    workload = await readProgram(context.source, entry);
  }
  throw notStopped(context, entry.id, "was deleted by somebody else");
}

async function labelAndScale(
  context: RunContext,
  entry: StoppedController,
  workload: KubeObject,
): Promise<void> {
  await scaleToZero(context, entry, await label(context, entry, workload));
}

async function label(
  { source, run }: RunContext,
  { id, replicas }: StoppedController,
  workload: KubeObject,
): Promise<KubeObject> {
  const { uid, resourceVersion, labels = {} } = workload.metadata;
  const kind = scalableKind(id);
  if (kind === undefined || labels[OURS.run] === run) return workload;
  const ours = { [OURS.run]: run, [OURS.replicasBefore]: String(replicas) };
  const patch = { metadata: { uid, resourceVersion, labels: ours } };
  return source.patch(kind, addressOf({ id }), "merge", patch);
}

async function scaleToZero(
  { source }: RunContext,
  { id }: StoppedController,
  workload: KubeObject,
): Promise<void> {
  const { uid, resourceVersion } = workload.metadata;
  const kind = scalableKind(id);
  if (kind === undefined || replicasOf(workload) === 0) return;
  const patch = { metadata: { uid, resourceVersion }, spec: { replicas: 0 } };
  await source.patch(kind, addressOf({ id }), "merge", patch, { subresource: "scale" });
}

function notScalable({ id }: Controller, context: string): PivotError {
  return new PivotError({
    code: "CONTROLLER_NOT_STOPPED",
    cluster: "source",
    message: `${formatId(id)} of the source cluster cannot be scaled to 0`,
    hint: `stop it by hand in context ${context} (kubectl -n ${id.namespace} patch, a nodeSelector that fits nowhere), or --stop-controllers=never`,
  });
}
