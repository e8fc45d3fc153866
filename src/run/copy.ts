// Creating the copies, group by group, owners first. Looks before it acts: a copy of this run that is there already
// is taken up, an object of somebody else's is never overwritten.
import { mapWithLimit } from "../kube/concurrency.ts";
import { OURS } from "../model/capi.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import { formatId, type KubeObject } from "../model/object.ts";
import type { PlannedObject } from "../model/plan.ts";
import { isEqualApartFromOurs, mayShare } from "../plan/collisions.ts";
import { travellers } from "../plan/plan-pivot.ts";
import { bodyToCreate, ownerReferencesFor, type RewriteContext } from "../plan/rewrite.ts";
import {
  addressOf,
  bodyOf,
  type Copies,
  type Copy,
  markedCopies,
  type RunContext,
  type Snapshot,
  toCopy,
  uidMapOf,
} from "./context.ts";
import { managedFieldsFor } from "./managed-fields.ts";
import type { Progress } from "./progress.ts";
import { refusal } from "./refusal.ts";
import { hasStatusToRestore, patchStatus, restoreStatus } from "./restore-status.ts";
import type { AliveProviders } from "./settle.ts";

/** What was made. */
export interface Copied {
  readonly copies: Copies;
  /** When the last owner reference was written, by the monotonic clock: from then on a collector may disagree. */
  readonly ownedAt: number;
}

/**
 * Creates everything, puts cut owner references back, restores the status. `running`: providers in the target whose
 * controllers acknowledge a copy as soon as it exists.
 */
export async function copyAll(
  context: RunContext,
  snapshot: Snapshot,
  deps: { readonly running: AliveProviders; readonly progress: Progress },
): Promise<Copied> {
  const copies = new Map<string, Copy>();
  // Of a process that was interrupted; the second look has just shown them.
  const made = markedCopies(snapshot.target.objects.values(), context.run);
  for (const group of snapshot.plan.groups) {
    await mapWithLimit(group.objects, context.concurrency, async (planned) => {
      context.signal.throwIfAborted();
      const there = made.get(planned.uid);
      const copy =
        there === undefined
          ? await createOne(context, snapshot, planned, copies)
          : toCopy(planned, there, true);
      copies.set(planned.uid, copy);
      deps.progress.done(planned.id, there === undefined ? "done" : "repeated");
    });
  }
  await rejoinOwners(context, snapshot, copies);
  const ownedAt = context.clock.monotonic();
  if (context.status === "restore") await restoreStatus(context, snapshot, copies, deps.running);
  return { copies, ownedAt };
}

/** The rewriting rules of this run; `uids` is what exists in the target by now. */
export function rewriteContext(
  context: RunContext,
  snapshot: Snapshot,
  copies: Copies,
  source: KubeObject,
): RewriteContext {
  const uids = uidMapOf(copies);
  return {
    run: context.run,
    uids,
    managedFields: managedFieldsFor(source, uids, snapshot.served),
    ...snapshot.served,
  };
}

/** Creates one copy, or takes up the one that is there. */
async function createOne(
  context: RunContext,
  snapshot: Snapshot,
  planned: PlannedObject,
  copies: Copies,
): Promise<Copy> {
  const source = bodyOf(snapshot.bodies, planned);
  const body = bodyToCreate(source, planned, rewriteContext(context, snapshot, copies, source));
  try {
    return toCopy(
      planned,
      await context.target.create(planned.kind, body, { metadataOnly: true }),
      true,
    );
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    if (error.reason === "AlreadyExists") return adopt(context, planned, body);
    throw refusal("CREATE_REFUSED", planned.id, error, context.target);
  }
}

/** Something of that name is there: ours from an answer that got lost, or equal and shared, or a conflict. */
async function adopt(context: RunContext, planned: PlannedObject, body: object): Promise<Copy> {
  const found = await context.target.get(planned.kind, addressOf(planned));
  if (isCopyOf(found, planned, context.run)) return toCopy(planned, found, true);
  if (mayShare(planned) && isEqualApartFromOurs(body, found)) return toCopy(planned, found, false);
  throw new PivotError({
    code: "TARGET_OBJECT_DIFFERS",
    cluster: "target",
    message: `${formatId(planned.id)} exists in the target cluster already and is another object`,
    hint: `kubectl --context ${context.target.context} get ${planned.kind.plural}${planned.id.group === "" ? "" : `.${planned.id.group}`} ${planned.id.namespace === undefined ? "" : `-n ${planned.id.namespace} `}${planned.id.name} -o yaml   # compare; delete or rename one of the two`,
  });
}

/** Made by this run, from this very source object. */
export function isCopyOf(object: KubeObject, planned: PlannedObject, run: string): boolean {
  const annotations = object.metadata.annotations ?? {};
  return annotations[OURS.run] === run && annotations[OURS.sourceUid] === planned.uid;
}

/** Owner references that had to wait for the other half of a cycle. */
async function rejoinOwners(
  context: RunContext,
  snapshot: Snapshot,
  copies: Map<string, Copy>,
): Promise<void> {
  const cut = travellers(snapshot.plan).filter((planned) => planned.cutOwners.length > 0);
  await mapWithLimit(cut, context.concurrency, async (planned) => {
    context.signal.throwIfAborted();
    const copy = copies.get(planned.uid);
    if (copy === undefined || !copy.ours) return;
    const source = bodyOf(snapshot.bodies, planned);
    const rewriting = rewriteContext(context, snapshot, copies, source);
    const metadata = {
      uid: copy.uid,
      ownerReferences: ownerReferencesFor(source, rewriting),
      annotations: { [OURS.managedFields]: rewriting.managedFields },
    };
    const patch = { metadata };
    const written = await context.target.patch(planned.kind, addressOf(planned), "merge", patch);
    copies.set(planned.uid, toCopy(planned, written, true));
  });
}

/** Makes a copy that has vanished once more, status included, and says so. */
export async function createAgain(
  context: RunContext,
  snapshot: Snapshot,
  planned: PlannedObject,
  copies: Map<string, Copy>,
): Promise<void> {
  const copy = await createOne(context, snapshot, planned, copies);
  copies.set(planned.uid, copy);
  if (context.status === "restore" && copy.ours && hasStatusToRestore(snapshot, planned)) {
    copies.set(planned.uid, await patchStatus(context, snapshot, copy, { copies }));
  }
  const text = `${formatId(planned.id)} had vanished from the target and was created again`;
  context.emit({ type: "note", text });
}
