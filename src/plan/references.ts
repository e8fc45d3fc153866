// What moved objects refer to without owning it: it comes along, is in the target, or would be missing there. Pure.
import type { InstallPlan } from "../model/install.ts";
import type { Inventory } from "../model/inventory.ts";
import { formatId, idOf, type KubeObject, type ObjectId } from "../model/object.ts";
import type { Bodies, Finding, Plan, PlannedObject } from "../model/plan.ts";
import { refOf } from "./findings.ts";
import { concerned, travellers } from "./plan-pivot.ts";
import { type FieldReference, referencesIn } from "./reference-fields.ts";

export interface ReferenceInput {
  readonly plan: Plan;
  readonly bodies: Bodies;
  readonly source: Inventory;
  readonly target: Inventory;
  /** What is installed is there when it counts. */
  readonly install: InstallPlan;
}

/**
 * One finding for each object of the source that something which travels names, and that would not be in the target. What
 * the source does not have either is nobody's loss.
 */
export function referenceFindings(input: ReferenceInput): readonly Finding[] {
  const { plan, bodies, source } = input;
  const find = finderIn(source, providerNamespaces(plan));
  const isThere = presence(input);
  const missing = new Map<string, { readonly id: ObjectId; readonly by: PlannedObject[] }>();
  for (const planned of travellers(plan)) {
    for (const reference of referencesOf(bodies.get(planned.uid))) {
      const found = find(planned.id, reference);
      if (found === undefined || isThere(found)) continue;
      const id = idOf(found);
      const entry = missing.get(found.metadata.uid) ?? { id, by: [] };
      entry.by.push(planned);
      missing.set(found.metadata.uid, entry);
    }
  }
  return [...missing.values()].map(({ id, by }) => toFinding(id, by));
}

function referencesOf(body: KubeObject | undefined): readonly FieldReference[] {
  return body === undefined ? [] : referencesIn(body);
}

function toFinding(id: ObjectId, by: readonly PlannedObject[]): Finding {
  const ref = refOf(id);
  return {
    code: "REFERENCE_LEFT_BEHIND",
    severity: "error",
    objects: by.map((one) => one.id),
    why: `refers to ${formatId(id)}, which neither comes along nor is in the target`,
    hint: `--include ${ref} takes it along, so that it leaves the source; or create it in the target`,
  };
}

function providerNamespaces({ providers }: Plan): readonly string[] {
  return providers.source.providers.flatMap(({ namespace }) => namespace ?? []);
}

type Find = (from: ObjectId, reference: FieldReference) => KubeObject | undefined;

/** In the namespace that is named, else beside the object, else cluster-scoped; of a cluster-scoped one, its provider's. */
function finderIn({ objects }: Inventory, provided: readonly string[]): Find {
  const byName = Map.groupBy(objects.values(), ({ kind, metadata }) =>
    keyOf(kind, metadata.namespace, metadata.name),
  );
  return (from, { kind, group, namespace, name }) => {
    const beside = from.namespace === undefined ? provided : [from.namespace];
    const places = namespace === undefined ? [...beside, undefined] : [namespace, undefined];
    return places
      .flatMap((place) => byName.get(keyOf(kind, place, name)) ?? [])
      .find((object) => group === undefined || idOf(object).group === group);
  };
}

function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace ?? ""}/${name}`;
}

function presence({ plan, target, install }: ReferenceInput): (object: KubeObject) => boolean {
  // What is in the way is told already.
  const coming = new Set(concerned(plan).map(({ uid }) => uid));
  const components = install.sets.flatMap(({ objects }) => objects);
  const there = new Set(
    [...target.objects.values(), ...components].map((object) => formatId(idOf(object))),
  );
  return (object) => coming.has(object.metadata.uid) || there.has(formatId(idOf(object)));
}
