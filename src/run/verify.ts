// The proof before the point of no return, target half: it holds what the snapshot says, the garbage collector
// agrees, and the thaw would be accepted.
import { PivotError } from "../model/error.ts";
import { mapMembers, numberOf } from "../model/json.ts";
import { formatId, type Json, type KubeObject } from "../model/object.ts";
import type { Difference, PlannedObject } from "../model/plan.ts";
import { isEqualApartFromOurs } from "../plan/collisions.ts";
import { compareObjects, isFaithful } from "../plan/compare.ts";
import { travellers } from "../plan/plan-pivot.ts";
import { bodyToCreate } from "../plan/rewrite.ts";
import { bodyOf, type Copies, type Copy, type RunContext, type Snapshot } from "./context.ts";
import { type Copied, createAgain, rewriteContext } from "./copy.ts";
import type { Progress } from "./progress.ts";
import { rehearseThaw } from "./rehearse-thaw.ts";
import { expectedStatus, hasStatusToRestore } from "./restore-status.ts";
import {
  type AliveProviders,
  acknowledging,
  isAcknowledged,
  listKinds,
  type Waiting,
  waitForAcknowledgements,
} from "./settle.ts";

/** The garbage collector acts within a second of seeing an owner that does not exist. */
const COLLECTOR_MS = 2_000;
/** A copy that vanishes is created again this often before it is an error. */
const REPAIRS = 2;

/** What was learned: the copies with their newest resourceVersions, and how much the target defaulted. */
export interface Verified {
  readonly copies: Copies;
  readonly defaulted: number;
}

/**
 * `running`: providers in the target whose controllers are to acknowledge the copies; those that are there without
 * being known answer too.
 * @throws PivotError COPY_DIFFERS or COPY_VANISHED, naming objects and fields; PAUSE_NOT_ACKNOWLEDGED.
 */
export async function verifyTarget(
  context: RunContext,
  snapshot: Snapshot,
  { copies, ownedAt }: Copied,
  deps: { readonly running: AliveProviders; readonly progress: Progress },
): Promise<Verified> {
  let current = copies;
  let since = ownedAt;
  for (let repair = 0; ; repair++) {
    const round = { ...deps, copies: current, since, isFirst: repair === 0 };
    const { compared, second } = await lookTwice(context, snapshot, round);
    const vanished = travellers(snapshot.plan).filter((one) =>
      isGone(one, compared.copies, second),
    );
    if (vanished.length === 0) return compared;
    if (repair === REPAIRS) throw copyVanished(vanished);
    const next = new Map(compared.copies);
    for (const planned of vanished) await createAgain(context, snapshot, planned, next);
    since = context.clock.monotonic();
    current = next;
  }
}

interface Round {
  readonly running: AliveProviders;
  readonly progress: Progress;
  readonly copies: Copies;
  /** When the last owner reference was written. */
  readonly since: number;
  readonly isFirst: boolean;
}

/** Compares, and looks again when the garbage collector has had its time: once is enough when it has had it already. */
async function lookTwice(
  context: RunContext,
  snapshot: Snapshot,
  { running, progress, copies, since, isFirst }: Round,
): Promise<{ readonly compared: Verified; readonly second: ReadonlyMap<string, KubeObject> }> {
  const isLate = context.clock.monotonic() - since >= COLLECTOR_MS;
  const found = await listCopies(context, snapshot);
  const compared = compareAll(context, snapshot, copies, found, progress);
  let alive = running;
  if (isFirst) {
    await rehearseThaw(context, found, copies);
    const known = { running, since, ...(isLate ? { seen: found } : {}) };
    alive = await waitForControllers(context, snapshot, copies, known);
  }
  // What has been waited for has changed what was found.
  const second = isLate && alive.size === 0 ? found : await lookAgain(context, snapshot, since);
  return { compared, second };
}

function kindsOf(snapshot: Snapshot) {
  return travellers(snapshot.plan).map((planned) => planned.kind);
}

async function listCopies(
  { target }: RunContext,
  snapshot: Snapshot,
): Promise<ReadonlyMap<string, KubeObject>> {
  return listKinds(target, kindsOf(snapshot), false);
}

function compareAll(
  context: RunContext,
  snapshot: Snapshot,
  copies: Copies,
  found: ReadonlyMap<string, KubeObject>,
  progress: Progress,
): Verified {
  const verified = new Map<string, Copy>(copies);
  let defaulted = 0;
  for (const copy of copies.values()) {
    const actual = found.get(copy.uid);
    // Not there: the second look decides, it may have been collected.
    if (actual === undefined) continue;
    const differences = differencesOf(context, snapshot, copy, copies, actual);
    if (!isFaithful(differences)) throw copyDiffers(copy.planned, differences);
    defaulted += differences.length;
    const { resourceVersion, generation = 0 } = actual.metadata;
    verified.set(copy.planned.uid, { ...copy, resourceVersion, generation });
    progress.done(copy.planned.id);
  }
  return { copies: verified, defaulted };
}

/** What controllers say of an object, at every place where versions of the contract keep it. */
const CONDITIONS = /^status\.(\w+\.)*conditions\b/;

/** What the copy lost, changed or gained against what we asked for, status included. */
export function differencesOf(
  context: RunContext,
  snapshot: Snapshot,
  copy: Copy,
  copies: Copies,
  actual: KubeObject,
): readonly Difference[] {
  const { planned } = copy;
  const source = bodyOf(snapshot.bodies, planned);
  const body = bodyToCreate(source, planned, rewriteContext(context, snapshot, copies, source));
  if (!copy.ours)
    return isEqualApartFromOurs(body, actual) ? [] : [{ path: "", change: "changed" }];
  const restored = context.status === "restore" && hasStatusToRestore(snapshot, planned);
  const expected = restored ? { ...body, status: expectedStatus(snapshot, copy, copies) } : body;
  const differences = compareObjects(expected, asObservedOnceThawed(actual, copy));
  // A living controller that stands still says so in more than one condition, each in its own time.
  return isAcknowledged(actual)
    ? differences.filter(({ path }) => !CONDITIONS.test(path))
    : differences;
}

/** A controller that stands still may say that it has seen the copy as it is now, which is what it should have seen. */
function asObservedOnceThawed(actual: KubeObject, { planned, generation }: Copy): Json {
  if (planned.freeze !== "spec") return actual;
  const status = mapMembers(actual["status"], (key, value) =>
    key === "observedGeneration" && numberOf(value) === generation ? generation + 1 : undefined,
  );
  return { ...actual, status };
}

/** What was lost or altered, as paths: values may be secret. */
export function pathsOf(differences: readonly Difference[]): string {
  const paths = differences
    .filter((difference) => difference.change !== "added")
    .map((difference) => `${difference.path} (${difference.change})`);
  return `${paths.slice(0, 4).join(", ")}${paths.length > 4 ? ", …" : ""}`;
}

function copyDiffers(planned: PlannedObject, differences: readonly Difference[]): PivotError {
  return new PivotError({
    code: "COPY_DIFFERS",
    cluster: "target",
    message: `the copy of ${formatId(planned.id)} in the target cluster is not equal to the source: ${pathsOf(differences)}`,
    hint: "compare the versions of the kind's CRD in both clusters, and the webhooks of the target that change objects",
  });
}

/** Where controllers live in the target, they have seen every copy and stand still before the source lets go. */
async function waitForControllers(
  context: RunContext,
  { plan }: Snapshot,
  copies: Copies,
  known: Pick<Waiting, "running" | "since" | "seen">,
): Promise<AliveProviders> {
  const awaited = acknowledging(travellers(plan)).flatMap((planned) => {
    const copy = copies.get(planned.uid);
    // A copy is made without the condition: whoever writes it is alive.
    return copy?.ours === true ? [{ uid: copy.uid, planned, before: false }] : [];
  });
  const at = { client: context.target, step: "verify", ...known } as const;
  return waitForAcknowledgements(context, at, awaited);
}

/** When the garbage collector has had its time. */
async function lookAgain(
  { clock, signal, target }: RunContext,
  snapshot: Snapshot,
  since: number,
): Promise<ReadonlyMap<string, KubeObject>> {
  const left = COLLECTOR_MS - (clock.monotonic() - since);
  if (left > 0) await clock.sleep(left, signal);
  return listKinds(target, kindsOf(snapshot), true);
}

/** Gone, or standing in for what we made under another uid, or with an owner that nobody has. */
function isGone(
  planned: PlannedObject,
  copies: Copies,
  second: ReadonlyMap<string, KubeObject>,
): boolean {
  const uid = copies.get(planned.uid)?.uid ?? "";
  const object = second.get(uid);
  return object === undefined || object.metadata.deletionTimestamp !== undefined;
}

function copyVanished(vanished: readonly PlannedObject[]): PivotError {
  const names = vanished.slice(0, 3).map((planned) => formatId(planned.id));
  return new PivotError({
    code: "COPY_VANISHED",
    cluster: "target",
    message: `something in the target cluster deletes copies as soon as they are made: ${names.join(", ")}${vanished.length > 3 ? ", …" : ""}`,
    hint: "look for a controller or a GitOps tool in the target that owns these objects, and suspend it",
  });
}
