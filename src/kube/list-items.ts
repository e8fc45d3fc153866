// Items of a list as objects.
import type { ResourceKind } from "../model/kinds.ts";
import { apiVersionOf, asRecord, fieldAt, type Json, type KubeObject } from "../model/object.ts";

/** Items of built-in kinds name no kind, and metadata-only ones name PartialObjectMetadata. `items` may be null. */
export function stamped(kind: ResourceKind, list: Json): readonly KubeObject[] {
  const items = fieldAt(list, "items");
  const apiVersion = apiVersionOf(kind.group, kind.version);
  return (Array.isArray(items) ? items : []).map((item: Json) => {
    const { apiVersion: _, kind: __, ...rest } = asRecord(item) ?? {};
    return { apiVersion, kind: kind.kind, ...rest } as KubeObject;
  });
}
