// One cluster becomes an Inventory: kinds, metadata of every object, bodies where the walk needs them. Reads only.
import { mapWithLimit } from "../kube/concurrency.ts";
import { CLUSTER_CLASS_KIND, CLUSTER_KIND, CRS_BINDING_KIND, CRS_KIND } from "../model/capi.ts";
import type { ClusterReader } from "../model/client.ts";
import type { ClusterIdentity, Inventory, UnlistedKind } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { type KubeObject, kindKey } from "../model/object.ts";
import { isUnlistable, listNamed, withoutManagedFields } from "./listing.ts";
import { readMaterial } from "./providers.ts";
import { discoverKinds, type OnSilentGroup } from "./resource-kinds.ts";

/** Kinds whose specs name other objects that the walk must follow; all others are walked by metadata alone. */
const BODY_KINDS: ReadonlySet<string> = new Set([
  CLUSTER_KIND,
  CLUSTER_CLASS_KIND,
  CRS_KIND,
  CRS_BINDING_KIND,
]);

/** Requests in flight while listing: two rounds for the kinds of a management cluster. */
const LIST_WIDTH = 48;

/**
 * Reads a cluster whole. A kind that may not be listed becomes `unlisted`, every other failure is thrown.
 * @param onSilent see discoverKinds.
 */
export async function discover(
  reader: ClusterReader,
  identity: ClusterIdentity,
  onSilent?: OnSilentGroup,
): Promise<Inventory> {
  const kinds = await discoverKinds(reader, onSilent);
  const [{ objects, unlisted }, material] = await Promise.all([
    sweep(reader, [...kinds.values()]),
    readMaterial(reader, kinds),
  ]);
  return { identity, kinds, objects, unlisted, material };
}

/** What a sweep of lists found. */
export interface Sweep {
  readonly objects: ReadonlyMap<string, KubeObject>;
  readonly unlisted: readonly UnlistedKind[];
}

/** Lists the metadata of every object of these kinds (bodies for the few kinds the walk reads). */
export async function sweep(reader: ClusterReader, kinds: readonly ResourceKind[]): Promise<Sweep> {
  const objects = new Map<string, KubeObject>();
  const unlisted: UnlistedKind[] = [];
  await mapWithLimit(kinds, LIST_WIDTH, async (kind) => {
    try {
      for (const object of await listForWalk(reader, kind))
        objects.set(object.metadata.uid, object);
    } catch (error) {
      if (!isUnlistable(error)) throw error;
      // The kind went away after discovery had named it: none of it is left.
      if (error.status !== 404) unlisted.push({ kind, message: error.message });
    }
  });
  return { objects, unlisted };
}

async function listForWalk(
  reader: ClusterReader,
  kind: ResourceKind,
): Promise<readonly KubeObject[]> {
  const metadataOnly = !BODY_KINDS.has(kindKey(kind));
  const objects = await listNamed(reader, kind, { metadataOnly });
  return metadataOnly ? objects.map(slim) : objects;
}

/** Metadata alone: some servers answer with more. */
function slim(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = withoutManagedFields(object);
  return { apiVersion, kind, metadata };
}
