// Planned objects whose name is taken in the target: equal ones may be shared, all others are in the way.
import { ANNOTATION, CLUSTER_CLASS_KIND, CRS_KIND, OURS } from "../model/capi.ts";
import type { Inventory } from "../model/inventory.ts";
import { formatId, idOf, type KubeObject, kindKey } from "../model/object.ts";
import type { Bodies, Finding, Plan, PlannedObject } from "../model/plan.ts";
import { compareObjects, isFaithful } from "./compare.ts";
import { travellers } from "./plan-pivot.ts";
import { bodyToCreate, withoutOurs } from "./rewrite.ts";
import { servedBy } from "./served.ts";

/** Every object of the plan that has a namesake in the target. */
export function collisionsOf(plan: Plan, target: Inventory): readonly PlannedObject[] {
  const names = new Set([...target.objects.values()].map((object) => formatId(idOf(object))));
  return travellers(plan).filter((planned) => names.has(formatId(planned.id)));
}

/** What Clusters have in common: an earlier pivot of a part has copied it, and those that went then use the copy. */
const COMMON_KINDS: ReadonlySet<string> = new Set([CLUSTER_CLASS_KIND, CRS_KIND]);

/** May an equal object in the target stand in for the copy? Only where no controller would be confused by it. */
export function mayShare({ id, verdict, hold }: PlannedObject): boolean {
  return verdict.kind === "copy" || hold === "inert" || COMMON_KINDS.has(kindKey(id));
}

/**
 * Is what is there the object we would have made? Owners of a shared object may be other ones in the target, and a pause
 * that we would have put on it is none of its.
 */
export function isEqualApartFromOurs(body: object, found: KubeObject): boolean {
  const expected = body as KubeObject;
  const { ownerReferences: _, annotations = {}, ...metadata } = expected.metadata;
  const { [ANNOTATION.paused]: pause, ...others } = withoutOurs(annotations);
  const isOurs = pause === undefined || OURS.pausedBefore in annotations;
  const plain = {
    ...expected,
    metadata: {
      ...metadata,
      annotations: isOurs ? others : { ...others, [ANNOTATION.paused]: pause },
    },
  };
  return isFaithful(compareObjects(plain, found));
}

/** Findings for collisions; `found` holds the target's bodies by `formatId`, of those that may be shared. */
export function collisionFindings(
  collisions: readonly PlannedObject[],
  bodies: Bodies,
  found: ReadonlyMap<string, KubeObject>,
  target: Inventory,
): readonly Finding[] {
  const context = { run: "", uids: new Map(), managedFields: "", ...servedBy(target) };
  const isShared = (planned: PlannedObject) => {
    const source = bodies.get(planned.uid);
    const there = found.get(formatId(planned.id));
    if (!mayShare(planned) || source === undefined || there === undefined) return false;
    return isEqualApartFromOurs(bodyToCreate(source, planned, context), there);
  };
  return collisions
    .filter((planned) => !isShared(planned))
    .map((planned) => ({
      code: "OBJECT_EXISTS_IN_TARGET",
      severity: "error",
      objects: [planned.id],
      why: mayShare(planned)
        ? "the target has an object of this name with other content"
        : "the target has an object of this name already, and a controller may be acting on it",
      hint: "compare the two (kubectl get … -o yaml in both clusters); delete or rename one of them",
    }));
}
