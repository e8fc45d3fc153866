// Namespaces that the target lacks.
import { OUR_PREFIX } from "../model/capi.ts";
import type { Inventory } from "../model/inventory.ts";
import type { KubeObject } from "../model/object.ts";
import type { NamespaceToCreate, PlannedObject } from "../model/plan.ts";

/** Labels that the cluster itself puts on every namespace, and annotations that belong to another cluster's allocator. */
const CLUSTER_OWN = [/^kubernetes\.io\/metadata\.name$/, /^openshift\.io\/sa\.scc\./];

/** As they are in the source, for whatever travels; without what belongs to the source cluster. */
export function lackingNamespaces(
  planned: readonly Pick<PlannedObject, "id">[],
  { source, target }: Readonly<Record<"source" | "target", Inventory>>,
): readonly NamespaceToCreate[] {
  const names = new Set(planned.flatMap(({ id }) => id.namespace ?? []));
  const present = namespaces(target);
  return (
    [...namespaces(source)]
      // One that is going away, after an undone run perhaps, will have to be made anew.
      .filter(([name]) => names.has(name) && isGoingOrAbsent(present.get(name)))
      .map(([name, object]) => ({
        name,
        labels: withoutOwn(object.metadata.labels),
        annotations: withoutOwn(object.metadata.annotations),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  );
}

function isGoingOrAbsent(namespace: KubeObject | undefined): boolean {
  return namespace === undefined || namespace.metadata.deletionTimestamp !== undefined;
}

function namespaces(inventory: Inventory): ReadonlyMap<string, KubeObject> {
  const found = [...inventory.objects.values()].filter(
    (object) => object.kind === "Namespace" && object.apiVersion === "v1",
  );
  return new Map(found.map((object) => [object.metadata.name, object]));
}

function withoutOwn(entries: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries).filter(
      ([key]) => !key.startsWith(OUR_PREFIX) && !CLUSTER_OWN.some((own) => own.test(key)),
    ),
  );
}
