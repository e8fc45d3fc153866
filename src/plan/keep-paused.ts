// A status that is about to be written over one in which a controller has said already that it stands still.
import { CONDITION_PLACES } from "../model/conditions.ts";
import { asRecord, fieldAt, type Json, type KubeObject, listAt } from "../model/object.ts";

/** `status` with the condition `Paused` that `object` has, at the place where it has it. */
export function keepingPaused(status: Json, object: KubeObject): Json {
  return CONDITION_PLACES.reduce<Json>((kept, place) => {
    const paused = listAt(object, "status", ...place).filter(
      (condition) => fieldAt(condition, "type") === "Paused",
    );
    return paused.length === 0 ? kept : withItems(kept, place, paused);
  }, status);
}

/** Appends to a nested list, which is made where there is none. */
function withItems(value: Json, [field, ...rest]: readonly string[], items: readonly Json[]): Json {
  if (field === undefined) return [...(Array.isArray(value) ? value : []), ...items];
  return { ...asRecord(value), [field]: withItems(fieldAt(value, field), rest, items) };
}
