// Full bodies of planned objects: one list per kind, for Secrets and ConfigMaps one per namespace, so that
// secrets that are none of our business are not even read.
import { mapWithLimit } from "../kube/concurrency.ts";
import type { ClusterReader } from "../model/client.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { type KubeObject, kindKey } from "../model/object.ts";
import type { PlannedObject } from "../model/plan.ts";

/** What is wanted of one cluster: an object by uid, at the version of `kind`. */
export interface Wanted {
  readonly uid: string;
  readonly kind: ResourceKind;
  readonly namespace?: string;
}

/** What a plan has of one object; `uid` is that of the cluster that is asked. */
export function wantedOf({ uid, kind, id }: Pick<PlannedObject, "uid" | "kind" | "id">): Wanted {
  return { uid, kind, ...(id.namespace === undefined ? {} : { namespace: id.namespace }) };
}

const LIST_WIDTH = 16;

/** Bodies by uid. An object that is gone is simply not in the result. */
export async function readBodies(
  reader: ClusterReader,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<string, KubeObject>> {
  const uids = new Set(wanted.map((one) => one.uid));
  const bodies = new Map<string, KubeObject>();
  await mapWithLimit(listsFor(wanted), LIST_WIDTH, async ({ kind, namespace }) => {
    const options = namespace === undefined ? {} : { namespace };
    for (const object of await reader.list(kind, options)) {
      if (uids.has(object.metadata.uid)) bodies.set(object.metadata.uid, object);
    }
  });
  return bodies;
}

interface ListCall {
  readonly kind: ResourceKind;
  readonly namespace?: string;
}

/** The fewest lists that show every wanted object. */
export function listsFor(wanted: readonly Omit<Wanted, "uid">[]): readonly ListCall[] {
  const calls = new Map<string, ListCall>();
  for (const { kind, namespace } of wanted) {
    const narrow = kind.crd === undefined && namespace !== undefined;
    const key = narrow ? `${kindKey(kind)} ${namespace}` : kindKey(kind);
    if (!calls.has(key)) calls.set(key, narrow ? { kind, namespace } : { kind });
  }
  return [...calls.values()];
}
