// Says in words what of a fleet a server does not show: used to prove that `applyFleet` left what controllers leave.
import { fieldAt, type KubeObject, type ManagedFieldsEntry } from "../../../src/model/object.ts";
import { type FleetObject, keyOf } from "./fleet-object.ts";
import { normalForm } from "./normal-form.ts";
import { type Snapshot, uidsOf } from "./snapshot.ts";

/** One sentence per object and difference; empty when the snapshot shows the fleet as its writers left it. */
export function complaintsAbout(
  snapshot: Snapshot,
  objects: readonly FleetObject[],
): readonly string[] {
  const uids = uidsOf(snapshot);
  return objects.flatMap((object) => {
    const key = keyOf(object);
    const found = snapshot.get(key);
    if (found === undefined) return [`${key} is missing`];
    const wanted = expectedOf(object);
    const actual = actualOf(found, uids);
    return Object.entries(wanted)
      .filter(([field, text]) => text !== actual[field])
      .map(([field, text]) => `${key}: ${field} ${actual[field] ?? ""}, want ${text}`);
  });
}

function expectedOf(object: FleetObject): Readonly<Record<string, string>> {
  const { creation, layer, adoption } = object;
  const finalizers = [...(creation.finalizers ?? []), ...(adoption?.finalizers ?? [])];
  return {
    finalizers: finalizers.join(" "),
    owners: textOf(object.owners.map(({ key }) => `uid of ${key}`)),
    managers: textOf([
      `${creation.manager} ${creation.apply === true ? "Apply" : "Update"}`,
      ...(layer === undefined ? [] : [`${layer.manager} Apply`]),
      ...(adoption === undefined && object.ownersBy !== "adoption" ? [] : ["manager Update"]),
      ...(object.status === undefined ? [] : ["manager Update status"]),
    ]),
    status: object.status === undefined ? "absent" : "present",
    observedGeneration: "current",
  };
}

function actualOf(
  found: KubeObject,
  uids: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  const normal = normalForm(found, uids);
  const { finalizers = [], ownerReferences = [], managedFields = [] } = found.metadata;
  return {
    finalizers: finalizers.join(" "),
    owners: textOf(ownerReferences.map(({ uid }) => `uid of ${uids.get(uid) ?? uid}`)),
    managers: textOf(managedFields.map(managerText)),
    status: fieldAt(normal, "status") === undefined ? "absent" : "present",
    observedGeneration: JSON.stringify(normal).includes('"observedGeneration":"stale"')
      ? "stale"
      : "current",
  };
}

function managerText({ manager = "", operation = "", subresource }: ManagedFieldsEntry): string {
  return `${manager} ${operation}${subresource === undefined ? "" : ` ${subresource}`}`;
}

function textOf(words: readonly string[]): string {
  return [...new Set(words)].sort((a, b) => (a < b ? -1 : 1)).join(", ");
}
