// Lists that may be refused: a kind that this user may not see is a finding elsewhere, not a failure here.
import type { ClusterReader, ListOptions } from "../model/client.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import type { ResourceKind } from "../model/kinds.ts";
import type { KubeObject } from "../model/object.ts";
import { isServed, untilCaughtUp } from "./catching-up.ts";
import { CRD_KIND } from "./resource-kinds.ts";

/** 403: no permission. 404 and 405: the kind went away since discovery, or a server that serves no list. */
export function isUnlistable(error: unknown): error is KubeApiError {
  return error instanceof KubeApiError && [403, 404, 405].includes(error.status);
}

/**
 * As `reader.list`, of a kind that discovery has named. While its CustomResourceDefinition says that it is served, a 404 means
 * that this server has not heard of it yet, and not that there are none: it is asked again.
 * @throws KubeApiError when the kind is gone; PivotError SERVER_ERROR when it is there and the server never serves it.
 */
export async function listNamed(
  reader: ClusterReader,
  kind: ResourceKind,
  options: ListOptions = {},
): Promise<readonly KubeObject[]> {
  const answer = await untilCaughtUp(
    () => reader.list(kind, options).catch(asMissing),
    async (found) => !(found instanceof KubeApiError) || !(await isKnown(reader, kind)),
  );
  if (!(answer instanceof KubeApiError)) return answer;
  throw (await isKnown(reader, kind)) ? notServed(reader, kind) : answer;
}

function notServed(
  { name, server, context }: ClusterReader,
  { plural, group }: ResourceKind,
): PivotError {
  return new PivotError({
    code: "SERVER_ERROR",
    cluster: name,
    message: `the ${name} cluster (${server}) has the CustomResourceDefinition ${plural}.${group} and does not serve it, so its objects cannot be seen`,
    hint: `kubectl --context ${context} get ${plural}.${group} -A   # then run the same command again`,
  });
}

function asMissing(error: unknown): KubeApiError {
  if (error instanceof KubeApiError && error.status === 404) return error;
  throw error;
}

async function isKnown(reader: ClusterReader, { crd }: ResourceKind): Promise<boolean> {
  if (crd === undefined) return false;
  const found = await reader.get(CRD_KIND, { name: crd.name }).catch(asMissing);
  return !(found instanceof KubeApiError) && isServed(found);
}

/** Whole objects; none of a kind that may not be listed. Throws every other failure. */
export async function listOrNothing(
  reader: ClusterReader,
  kind: ResourceKind,
): Promise<readonly KubeObject[]> {
  try {
    return await listNamed(reader, kind);
  } catch (error) {
    if (isUnlistable(error)) return [];
    throw error;
  }
}

/** Whole objects of those of the kinds, by `kindKey`, that are there and may be listed. */
export async function readKinds(
  reader: ClusterReader,
  kinds: ReadonlyMap<string, ResourceKind>,
  wanted: readonly string[],
): Promise<readonly KubeObject[]> {
  const lists = wanted.flatMap((key) => {
    const kind = kinds.get(key);
    return kind === undefined ? [] : [listOrNothing(reader, kind)];
  });
  return (await Promise.all(lists)).flat();
}

/** managedFields are most of the metadata's bytes, and nobody plans by them. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as KubeObject["metadata"] };
}
