// Conditions of Cluster API objects, at whichever place an API version keeps its v1beta2 ones
// (docs/proposals/20240916-improve-status-in-CAPI-resources.md).
import { fieldAt, type Json, listAt } from "./object.ts";

/** Where they are, below `status`. */
export const CONDITION_PLACES: readonly (readonly string[])[] = [
  ["conditions"],
  ["v1beta2", "conditions"],
];

/** The condition of this type, undefined when the object has none. */
export function conditionOf(object: Json, type: string): Json {
  return CONDITION_PLACES.flatMap((place) => listAt(object, "status", ...place)).find(
    (condition) => fieldAt(condition, "type") === type,
  );
}

/** Says `True`. */
export function isTrue(object: Json, type: string): boolean {
  return fieldAt(conditionOf(object, type), "status") === "True";
}
