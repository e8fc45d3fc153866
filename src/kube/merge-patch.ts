// A merge patch that may have been stored already: whether an object looks as if it had been.
import { isDeepStrictEqual } from "node:util";
import { asRecord, fieldAt, type Json } from "../model/object.ts";

/** Does `object` say everything that `patch` (RFC 7386) would have made it say, a resourceVersion apart? */
export function isStored(patch: object, object: Json): boolean {
  const { resourceVersion: _, ...metadata } = asRecord(fieldAt(patch, "metadata")) ?? {};
  return isApplied({ ...patch, metadata }, object);
}

function isApplied(patch: Json, object: Json): boolean {
  const wanted = asRecord(patch);
  if (wanted === undefined) return isDeepStrictEqual(patch, object);
  const found = asRecord(object);
  return Object.entries(wanted).every(([key, value]) => {
    if (value === null) return found?.[key] === undefined;
    return found !== undefined && isApplied(value, found[key]);
  });
}
