// Lists that may be refused: a kind that this user may not see is a finding elsewhere, not a failure here.
import type { ClusterReader } from "../model/client.ts";
import { KubeApiError } from "../model/error.ts";
import type { ResourceKind } from "../model/kinds.ts";
import type { KubeObject } from "../model/object.ts";

/** 403: no permission. 404 and 405: the kind went away since discovery, or a server that serves no list. */
export function isUnlistable(error: unknown): error is KubeApiError {
  return error instanceof KubeApiError && [403, 404, 405].includes(error.status);
}

/** Whole objects; none of a kind that may not be listed. Throws every other failure. */
export async function listOrNothing(
  reader: ClusterReader,
  kind: ResourceKind,
): Promise<readonly KubeObject[]> {
  try {
    return await reader.list(kind);
  } catch (error) {
    if (isUnlistable(error)) return [];
    throw error;
  }
}

/** managedFields are most of the metadata's bytes, and nobody plans by them. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as KubeObject["metadata"] };
}
