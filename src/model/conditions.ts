// Conditions of Cluster API objects, at whichever place an API version keeps its v1beta2 ones
// (docs/proposals/20240916-improve-status-in-CAPI-resources.md).
import { fieldAt, type Json } from "./object.ts";

/** The condition of this type, undefined when the object has none. */
export function conditionOf(object: Json, type: string): Json {
  const places = [
    fieldAt(object, "status", "conditions"),
    fieldAt(object, "status", "v1beta2", "conditions"),
  ];
  return places
    .flatMap((list) => (Array.isArray(list) ? (list as Json[]) : []))
    .find((condition) => fieldAt(condition, "type") === type);
}

/** Says `True`. */
export function isTrue(object: Json, type: string): boolean {
  return fieldAt(conditionOf(object, type), "status") === "True";
}
