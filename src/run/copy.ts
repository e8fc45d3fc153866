// Creating the copies, group by group, owners first. Looks before it acts: a copy of this run that is there already
// is taken up, an object of somebody else's is never overwritten.
import { mapWithLimit } from "../kube/concurrency.ts";
import { OURS } from "../model/capi.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import { formatId, type KubeObject } from "../model/object.ts";
import type { Bodies, PlannedObject } from "../model/plan.ts";
import { isEqualApartFromOurs, mayShare } from "../plan/collisions.ts";
import { travellers } from "../plan/plan-pivot.ts";
import {
  bodyToCreate,
  ownerReferencesFor,
  type RewriteContext,
  statusFor,
} from "../plan/rewrite.ts";
import {
  addressOf,
  type Copies,
  type Copy,
  markedCopies,
  type RunContext,
  type Snapshot,
  uidMapOf,
} from "./context.ts";
import { managedFieldsFor } from "./managed-fields.ts";
import type { Progress } from "./progress.ts";
import { refusal } from "./refusal.ts";

/** What was made. */
export interface Copied {
  readonly copies: Copies;
  /** When the last owner reference was written, by the monotonic clock: from then on a collector may disagree. */
  readonly ownedAt: number;
}

/** Creates everything, puts cut owner references back, restores the status. */
export async function copyAll(
  context: RunContext,
  snapshot: Snapshot,
  progress: Progress,
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
      progress.done(planned.id, there === undefined ? "done" : "repeated");
    });
  }
  await rejoinOwners(context, snapshot, copies);
  const ownedAt = context.clock.monotonic();
  if (context.status === "restore") await restoreStatus(context, snapshot, copies);
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

/** Body of a planned object, from the snapshot: by construction it is there. */
export function bodyOf(bodies: Bodies, planned: PlannedObject): KubeObject {
  const body = bodies.get(planned.uid);
  if (body === undefined) throw new Error(`no body of ${formatId(planned.id)} in the snapshot`);
  return body;
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
    return toCopy(planned, await context.target.create(planned.kind, body), true);
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    if (error.reason === "AlreadyExists") return adopt(context, planned, body);
    throw refusal("CREATE_REFUSED", planned.id, error, context.target);
  }
}

function toCopy(planned: PlannedObject, object: KubeObject, ours: boolean): Copy {
  const { uid, resourceVersion, generation = 0 } = object.metadata;
  return { planned, uid, resourceVersion, generation, ours };
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

/** After every object exists: bindings come before the status of their Cluster, embedded uids are all known. */
async function restoreStatus(
  context: RunContext,
  snapshot: Snapshot,
  copies: Map<string, Copy>,
): Promise<void> {
  const withStatus = travellers(snapshot.plan).filter((one) => hasStatusToRestore(snapshot, one));
  await mapWithLimit(withStatus, context.concurrency, async (planned) => {
    context.signal.throwIfAborted();
    const copy = copies.get(planned.uid);
    if (copy?.ours !== true) return;
    copies.set(planned.uid, await patchStatus(context, snapshot, copy, copies));
  });
}

/** Kinds of CRDs with a status subresource; whatever else has a status gets it with its body, or from its controller. */
export function hasStatusToRestore({ bodies }: Snapshot, planned: PlannedObject): boolean {
  const status = bodies.get(planned.uid)?.["status"];
  return planned.kind.crd !== undefined && planned.kind.hasStatus && status !== undefined;
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
    copies.set(planned.uid, await patchStatus(context, snapshot, copy, copies));
  }
  const text = `${formatId(planned.id)} had vanished from the target and was created again`;
  context.emit({ type: "note", text });
}

/** The whole status in one operation: a merge patch would lose nulls and keep what is there. */
async function patchStatus(
  context: RunContext,
  snapshot: Snapshot,
  copy: Copy,
  copies: Copies,
): Promise<Copy> {
  const { planned } = copy;
  const value = expectedStatus(snapshot, copy, copies);
  const patch = [{ op: "add", path: "/status", value }];
  try {
    const written = await context.target.patch(planned.kind, addressOf(planned), "json", patch, {
      subresource: "status",
    });
    return toCopy(planned, written, true);
  } catch (error) {
    if (error instanceof KubeApiError)
      throw refusal("CREATE_REFUSED", planned.id, error, context.target);
    throw error;
  }
}

/** The status a copy should have: generations are those it will have when it is thawed. */
export function expectedStatus(snapshot: Snapshot, copy: Copy, copies: Copies): unknown {
  const bySpec = copy.planned.freeze === "spec";
  return statusFor(bodyOf(snapshot.bodies, copy.planned), {
    uids: uidMapOf(copies),
    // Taking `spec.paused` away again raises the generation once more.
    generation: copy.generation + (bySpec ? 1 : 0),
    pausedBySpec: bySpec,
  });
}
