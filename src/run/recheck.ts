// The proof before the point of no return, source half: nothing was added below what moves, nothing changed.

import { ANNOTATION, OURS } from "../model/capi.ts";
import { PivotError } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import { asRecord, fieldAt, formatId, idOf, type Json, type KubeObject } from "../model/object.ts";
import type { Plan, PlannedObject, Scope } from "../model/plan.ts";
import { compareObjects } from "../plan/compare.ts";
import { concerned, movedObjects, planPivot, travellers } from "../plan/plan-pivot.ts";
import type { RunContext, Snapshot } from "./context.ts";
import { listKinds } from "./settle.ts";

/**
 * Compares the source as it is now with the snapshot that was copied.
 * @throws PivotError SOURCE_CHANGED, naming what was added, changed or removed.
 */
export async function verifySource(
  context: RunContext,
  snapshot: Snapshot,
  now: Inventory,
  scope: Scope,
): Promise<void> {
  requireSameObjects(snapshot, now, scope);
  const changed = travellers(snapshot.plan).filter(
    (planned) =>
      versionNow(now, planned) !== snapshot.bodies.get(planned.uid)?.metadata.resourceVersion,
  );
  if (changed.length === 0) return;
  const bodies = await listKinds(
    context.source,
    changed.map((planned) => planned.kind),
    false,
  );
  const serious = changed.find((planned) => {
    const [before, after] = [snapshot.bodies.get(planned.uid), bodies.get(planned.uid)];
    return before === undefined || after === undefined || !isUnchanged(before, after);
  });
  if (serious !== undefined) throw sourceChanged(`${formatId(serious.id)} was changed`);
}

function requireSameObjects(snapshot: Snapshot, now: Inventory, scope: Scope): void {
  const again = planPivot({ source: now, target: snapshot.target, scope, bodies: snapshot.bodies });
  const before = verdicts(concerned(snapshot.plan));
  const after = verdicts(concerned(again));
  for (const [uid, planned] of after) {
    if (!before.has(uid)) throw sourceChanged(`${formatId(planned.id)} was added`);
  }
  for (const [uid, planned] of before) {
    if (!after.has(uid)) throw sourceChanged(`${formatId(planned.id)} was removed`);
    if (after.get(uid)?.verdict.kind !== planned.verdict.kind) {
      throw sourceChanged(`${formatId(planned.id)} came to be ${after.get(uid)?.verdict.reason}`);
    }
  }
}

function verdicts(objects: readonly PlannedObject[]): ReadonlyMap<string, PlannedObject> {
  return new Map(objects.map((planned) => [planned.uid, planned]));
}

function versionNow(now: Inventory, planned: PlannedObject): string | undefined {
  return now.objects.get(planned.uid)?.metadata.resourceVersion;
}

/** Controllers that stand still may still write their own pause condition; anything else must have been copied. */
export function isUnchanged(before: KubeObject, after: KubeObject): boolean {
  return compareObjects(withoutPaused(before), withoutPaused(after)).length === 0;
}

/** Unchanged but for what belongs to its deletion, by us or by a controller that holds still. */
export function isUnchangedButLeaving(before: KubeObject, after: KubeObject): boolean {
  return isUnchanged(withoutFarewell(before), withoutFarewell(after));
}

function withoutFarewell(object: KubeObject): KubeObject {
  const {
    finalizers: _,
    deletionTimestamp: __,
    deletionGracePeriodSeconds: ___,
    annotations = {},
    ...metadata
  } = object.metadata;
  const { [ANNOTATION.deleteForMove]: ____, ...kept } = annotations;
  return { ...object, metadata: { ...metadata, annotations: kept } };
}

/**
 * An original that was about to leave when a run was interrupted, as it was before: the mark goes, and the field owners
 * are those that its copy remembers. Its finalizers are gone, which makes those of the copy additions.
 */
export function beforeFarewell(original: KubeObject, copy: KubeObject): KubeObject {
  if (!isLeaving(original, copy)) return original;
  const { [ANNOTATION.deleteForMove]: _, ...kept } = original.metadata.annotations ?? {};
  const remembered = copy.metadata.annotations?.[OURS.managedFields];
  const annotations = {
    ...kept,
    ...(remembered === undefined ? {} : { [OURS.managedFields]: remembered }),
  };
  return { ...original, metadata: { ...original.metadata, annotations } };
}

function isLeaving(original: KubeObject, copy: KubeObject): boolean {
  const marked = ({ metadata }: KubeObject) =>
    ANNOTATION.deleteForMove in (metadata.annotations ?? {});
  const left = new Set(original.metadata.finalizers);
  const isStripped = copy.metadata.finalizers?.some((name) => !left.has(name)) ?? false;
  return isStripped || (marked(original) && !marked(copy));
}

function withoutPaused(object: KubeObject): Json {
  const status = asRecord(object["status"]);
  const conditions = fieldAt(status, "conditions");
  if (status === undefined || !Array.isArray(conditions)) return object;
  const kept = conditions.filter((condition) => fieldAt(condition, "type") !== "Paused");
  return { ...object, status: { ...status, conditions: kept } };
}

function sourceChanged(what: string): PivotError {
  return new PivotError({
    code: "SOURCE_CHANGED",
    cluster: "source",
    message: `the source cluster changed while it was being copied: ${what}`,
    hint: "find out who writes to these objects (kubectl get … -o yaml --show-managed-fields), stop it, then run the same command again",
  });
}

/**
 * A dependent of a moved object that nobody planned: deleting its owner would take it away. What is copied stays, and so
 * does what hangs below it.
 */
export function requireNoNewDependents(objects: Iterable<KubeObject>, plan: Plan): void {
  const planned = new Set(travellers(plan).map(({ uid }) => uid));
  const leaving = new Set(movedObjects(plan).map(({ uid }) => uid));
  for (const object of objects) {
    if (planned.has(object.metadata.uid)) continue;
    const owner = object.metadata.ownerReferences?.find((reference) => leaving.has(reference.uid));
    if (owner !== undefined) {
      throw sourceChanged(`${formatId(idOf(object))} was added below ${owner.kind} ${owner.name}`);
    }
  }
}
