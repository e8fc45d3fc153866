// The way back from an installation: what this run created in the target goes, in reverse order, and nothing else.
// Namespaces and CRDs go only when nothing foreign is in them. Found by the run's mark, not by the plan: a run that
// was killed and whose plan would be another one by now is undone all the same.
import { mapWithLimit } from "../kube/concurrency.ts";
import { OURS } from "../model/capi.ts";
import { KubeApiError } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import { formatId, idOf, type KubeObject, kindKey } from "../model/object.ts";
import { keyOfKind } from "../plan/component-index.ts";
import { STAGES, type Stage, stageOf } from "../plan/component-kinds.ts";
import { type Foreign, foreignObjects } from "../plan/foreign-objects.ts";
import { addressOf, type RunContext } from "./context.ts";
import { deleteComponent } from "./delete-component.ts";
import { type Progress, progressOf, step } from "./progress.ts";
import { refusal } from "./refusal.ts";

/** How often the target is looked at until what follows a deletion (pods, ReplicaSets, endpoints) is gone, too. */
const LOOKS = 20;
const BETWEEN_LOOKS_MS = 1_000;

/**
 * Removes this run's components from the target; no step at all when there are none.
 * @param readTarget everything in the target as it is by now.
 * @returns what stays and why, in words.
 */
export async function uninstallComponents(
  context: RunContext,
  readTarget: () => Promise<Inventory>,
): Promise<readonly string[]> {
  const target = await readTarget();
  const ours = componentsOfRun(target, context.run);
  if (ours.length === 0) return [];
  const work = async () => {
    const progress = progressOf(context.emit, "uninstall", "target", ours.length);
    const kept = await removeAll(context, target, ours, { progress, readTarget });
    for (const text of kept) context.emit({ type: "note", text });
    return { result: kept, figures: { objects: ours.length, kept: kept.length } };
  };
  return step(context.emit, "uninstall", work, ours.length);
}

/** Made by an installation of this run: copies of moved objects and the run's own things carry another mark. */
function componentsOfRun({ objects }: Inventory, run: string): readonly KubeObject[] {
  return [...objects.values()].filter((object) => isComponentOf(object, run));
}

function isComponentOf({ metadata: { annotations = {} } }: KubeObject, run: string): boolean {
  return annotations[OURS.run] === run && OURS.component in annotations;
}

interface Deps {
  readonly progress: Progress;
  readonly readTarget: () => Promise<Inventory>;
}

/** Webhooks first: nothing else could be deleted once nobody serves them. */
async function removeAll(
  context: RunContext,
  target: Inventory,
  ours: readonly KubeObject[],
  deps: Deps,
): Promise<readonly string[]> {
  const contents = STAGES.filter((stage) => stage !== "crds" && stage !== "namespaces");
  for (const stage of [...contents].reverse()) {
    const wave = ours.filter((object) => stageOf(object) === stage);
    await mapWithLimit(wave, context.concurrency, (object) =>
      removeOne(context, target, object, deps.progress),
    );
  }
  const kept = await removeHolders(context, "crds", ours, deps);
  return [...kept, ...(await removeHolders(context, "namespaces", ours, deps))];
}

/** CRDs or Namespaces that are empty by now, or become so when the garbage collector is done. */
async function removeHolders(
  context: RunContext,
  stage: Extract<Stage, "crds" | "namespaces">,
  ours: readonly KubeObject[],
  { progress, readTarget }: Deps,
): Promise<readonly string[]> {
  const kept: string[] = [];
  let pending = ours.filter((object) => stageOf(object) === stage);
  for (let look = 0; pending.length > 0; look++) {
    const target = await readTarget();
    const foreign = foreignObjects(target, pending, context.run);
    const of = (holder: KubeObject) => foreign.get(holder.metadata.uid);
    const empty = pending.filter((holder) => of(holder) === undefined);
    await mapWithLimit(empty, context.concurrency, (holder) =>
      removeOne(context, target, holder, progress),
    );
    // The garbage collector has what is going; nobody will take away what stays.
    const isWaiting = (holder: KubeObject) => of(holder)?.isGoing === true && look < LOOKS;
    const full = pending.filter((holder) => of(holder) !== undefined && !isWaiting(holder));
    kept.push(...(await keepAll(context, target, full, foreign)));
    pending = pending.filter(isWaiting);
    if (pending.length > 0) await context.clock.sleep(BETWEEN_LOOKS_MS);
  }
  return kept;
}

/** What stays is not ours any more. */
async function keepAll(
  context: RunContext,
  target: Inventory,
  holders: readonly KubeObject[],
  foreign: ReadonlyMap<string, Foreign>,
): Promise<readonly string[]> {
  await releaseAll(context, target, holders);
  return holders.map(
    (holder) =>
      `${formatId(idOf(holder))} of the target stays: it holds ${foreign.get(holder.metadata.uid)?.what}`,
  );
}

async function removeOne(
  context: RunContext,
  target: Inventory,
  object: KubeObject,
  progress: Progress,
): Promise<void> {
  const id = idOf(object);
  const kind = target.kinds.get(keyOfKind(object));
  // A kind that is gone has taken its objects along.
  if (kind === undefined) return progress.done(id, "skipped");
  try {
    await deleteComponent(context.target, kind, object);
    progress.done(id);
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    // 409: another object of this name, made by somebody else.
    if (error.status !== 404 && error.status !== 409)
      throw refusal("DELETE_REFUSED", id, error, context.target);
    progress.done(id, "skipped");
  }
}

/**
 * Takes the run's mark off every component that it created: the end of a run that succeeded.
 * @param target everything in the target, read after the installation.
 */
export async function releaseComponents(context: RunContext, target: Inventory): Promise<void> {
  const ours = componentsOfRun(target, context.run);
  const isHeir = (object: KubeObject) => HEIRS.includes(keyOfKind(object));
  await releaseAll(
    context,
    target,
    ours.filter((object) => !isHeir(object)),
  );
  if (ours.some(isHeir)) await releaseHeirs(context, target);
}

/** Their controllers give them the annotations of the Deployment or StatefulSet that they belong to. */
const HEIRS: readonly string[] = ["ReplicaSet.apps", "ControllerRevision.apps"];
const BETWEEN_RELEASES_MS = 500;

/** A controller that has read the mark before it was taken off gives it once more: looked at until nothing carries it. */
async function releaseHeirs(context: RunContext, target: Inventory): Promise<void> {
  const kinds = HEIRS.flatMap((key) => target.kinds.get(key) ?? []);
  for (let look = 0; look < LOOKS; look++) {
    const lists = await mapWithLimit(kinds, kinds.length, (kind) =>
      context.target.list(kind, { metadataOnly: true }),
    );
    const marked = lists.flat().filter((object) => isComponentOf(object, context.run));
    if (marked.length === 0) return;
    await releaseAll(context, target, marked);
    await context.clock.sleep(BETWEEN_RELEASES_MS);
  }
}

async function releaseAll(
  context: RunContext,
  { kinds }: Inventory,
  objects: readonly KubeObject[],
): Promise<void> {
  await mapWithLimit(objects, context.concurrency, async (object) => {
    const kind = kinds.get(kindKey(idOf(object)));
    if (kind === undefined) return;
    const metadata = {
      uid: object.metadata.uid,
      annotations: { [OURS.run]: null, [OURS.component]: null },
    };
    try {
      await context.target.patch(kind, addressOf({ id: idOf(object) }), "merge", { metadata });
    } catch (error) {
      // Gone, or another one by now: it carries no mark of ours then.
      if (!(error instanceof KubeApiError && [404, 409].includes(error.status))) throw error;
    }
  });
}
