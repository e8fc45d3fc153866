// Ids as data.
import type { ObjectId } from "../model/object.ts";

/** A fresh object each time: the YAML writer would make anchors of shared ones. */
export function plainId({ group, kind, namespace, name }: ObjectId): ObjectId {
  return namespace === undefined ? { group, kind, name } : { group, kind, namespace, name };
}
