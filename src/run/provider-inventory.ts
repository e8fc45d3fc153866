// clusterctl's inventory in the target, completed: without it `clusterctl upgrade` and `clusterctl move` see no provider.
import { KubeApiError } from "../model/error.ts";
import type { KubeObject } from "../model/object.ts";
import { kindOfCrd } from "../plan/crd-kinds.ts";
import {
  INVENTORY_CRD,
  inventoryCrd,
  inventoryEntries,
  inventoryObject,
} from "../plan/inventory-objects.ts";
import { waitUntilServed } from "./install-crds.ts";
import { isMissingRight, missingRights } from "./install-rights.ts";
import type { Installation } from "./installation.ts";
import { CRD_KIND } from "./our-kinds.ts";
import { refusal } from "./refusal.ts";

/** Lists every provider of the plan; an entry that is there is left as it is, whatever it says. */
export async function completeInventory(installation: Installation): Promise<void> {
  const { context, plan } = installation;
  const entries = inventoryEntries(plan);
  const all = [...plan.sets.flatMap(({ provider }) => provider ?? []), ...plan.unlisted];
  for (const { label } of all.filter(
    (one) => !entries.some((entry) => entry.label === one.label),
  )) {
    const text = `clusterctl will not know ${label} in the target: nothing tells its type, version or namespace`;
    context.emit({ type: "note", text });
  }
  if (entries.length === 0) return;
  const crd = inventoryCrd(context.run) as KubeObject;
  await createUnlessThere(installation, crd);
  await waitUntilServed(installation, [crd]);
  for (const entry of entries) {
    context.signal.throwIfAborted();
    await createUnlessThere(installation, inventoryObject(entry, context.run) as KubeObject);
  }
}

async function createUnlessThere({ context }: Installation, body: KubeObject): Promise<void> {
  const { name } = body.metadata;
  const kind = name === INVENTORY_CRD ? CRD_KIND : kindOfCrd(inventoryCrd("") as KubeObject);
  try {
    await context.target.create(kind, body);
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    if (error.reason === "AlreadyExists") return;
    const { group, plural } = kind;
    if (isMissingRight(error))
      throw missingRights(context.target, [{ group, plural, verb: "create" }]);
    const { namespace } = body.metadata;
    const id = { group, kind: kind.kind, name, ...(namespace === undefined ? {} : { namespace }) };
    throw refusal("CREATE_REFUSED", id, error, context.target);
  }
}
