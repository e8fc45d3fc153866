// Kinds that do not exist yet: what a cluster will serve once these CustomResourceDefinitions are in it.
import type { InstallPlan } from "../model/install.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import {
  asRecord,
  fieldAt,
  formatId,
  idOf,
  type KubeObject,
  kindKey,
  listAt,
  stringAt,
} from "../model/object.ts";
import { keyOfKind } from "./component-index.ts";
import { CRD, NAMESPACE } from "./component-kinds.ts";

/** The kind that a CRD defines, spoken at its storage version. */
export function kindOfCrd(crd: KubeObject): ResourceKind {
  const versions = listAt(crd, "spec", "versions");
  const nameOf = (version: unknown) => stringAt(version, "name") ?? "";
  const storage = versions.find((version) => fieldAt(version, "storage") === true);
  const served = versions.filter((version) => fieldAt(version, "served") === true);
  const statusVersions = versions
    .filter((one) => asRecord(fieldAt(one, "subresources", "status")) !== undefined)
    .map(nameOf);
  const storageVersion = nameOf(storage);
  return {
    group: stringAt(crd, "spec", "group") ?? "",
    kind: stringAt(crd, "spec", "names", "kind") ?? "",
    plural: stringAt(crd, "spec", "names", "plural") ?? "",
    namespaced: stringAt(crd, "spec", "scope") === "Namespaced",
    versions: served.map(nameOf),
    version: storageVersion,
    verbs: ["create", "delete", "get", "list", "patch", "update"],
    hasStatus: statusVersions.includes(storageVersion),
    crd: {
      name: crd.metadata.name,
      storageVersion,
      storedVersions: [storageVersion],
      labels: crd.metadata.labels ?? {},
      hasConversionWebhook: stringAt(crd, "spec", "conversion", "strategy") === "Webhook",
      statusVersions,
    },
  };
}

/** The target as it will be: what planning asks of it is answered as if the components were there. */
export function targetAfterInstall(target: Inventory, plan: InstallPlan): Inventory {
  const components = componentsOf(plan);
  const objects = new Map(target.objects);
  const names = new Set([...objects.values()].map((object) => formatId(idOf(object))));
  for (const namespace of components.filter((object) => keyOfKind(object) === NAMESPACE)) {
    const id = formatId(idOf(namespace));
    if (!names.has(id)) objects.set(`to be installed: ${id}`, namespace);
  }
  return { ...target, kinds: kindsAfterInstall(target.kinds, plan), objects };
}

/** What the target serves then. */
export function kindsAfterInstall(
  kinds: Inventory["kinds"],
  plan: InstallPlan,
): ReadonlyMap<string, ResourceKind> {
  const all = new Map(kinds);
  for (const crd of componentsOf(plan).filter((object) => keyOfKind(object) === CRD)) {
    const kind = kindOfCrd(crd);
    if (!all.has(kindKey(kind))) all.set(kindKey(kind), kind);
  }
  return all;
}

function componentsOf({ sets }: InstallPlan): readonly KubeObject[] {
  return sets.flatMap(({ objects }) => objects);
}
