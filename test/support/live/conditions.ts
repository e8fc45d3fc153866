// Conditions in the status of an object, of whatever kind.
import { fieldAt, type Json, stringAt } from "../../../src/model/object.ts";

/** `status` of a condition; undefined when there is none of that type. */
export function conditionOf(object: Json, type: string): string | undefined {
  const conditions = fieldAt(object, "status", "conditions");
  if (!Array.isArray(conditions)) return undefined;
  return stringAt(
    conditions.find((each: Json) => fieldAt(each, "type") === type),
    "status",
  );
}

/** Whether a condition is True. */
export function hasCondition(object: Json, type: string): boolean {
  return conditionOf(object, type) === "True";
}
