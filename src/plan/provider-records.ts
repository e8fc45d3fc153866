// Objects that say outright which provider is installed: clusterctl's inventory and the CAPI operator's requests.
import { LABEL } from "../model/capi.ts";
import type { ProviderMaterial } from "../model/inventory.ts";
import { type KubeObject, stringAt } from "../model/object.ts";
import type { ProviderType } from "../model/provider.ts";
import { asProviderType, manifestLabel } from "./provider-label.ts";
import { asVersion } from "./provider-version.ts";

/** One such object. */
export interface ProviderRecord {
  readonly by: "inventory" | "operator";
  readonly label: string;
  readonly name: string;
  readonly type: ProviderType | undefined;
  /** As written when it is no semantic version: better shown than hidden. */
  readonly version: string | undefined;
  readonly namespace: string;
}

/** The operator's come first: it installs what it is asked for, whatever an inventory says. */
export function recordsOf({ inventory, operator }: ProviderMaterial): readonly ProviderRecord[] {
  return [...operator.map(ofOperator), ...inventory.map(ofInventory)].toSorted((a, b) =>
    a.label + a.namespace < b.label + b.namespace ? -1 : 1,
  );
}

/** cmd/clusterctl/api/v1alpha3/provider_type.go: the fields are at the top level. */
function ofInventory(object: KubeObject): ProviderRecord {
  const type = asProviderType(stringAt(object, "type"));
  const labelled = object.metadata.labels?.[LABEL.provider];
  const name = stringAt(object, "providerName") ?? object.metadata.name;
  return {
    by: "inventory",
    label: labelled ?? manifestLabel(name, type),
    name,
    type,
    version: written(stringAt(object, "version")),
    namespace: object.metadata.namespace ?? "",
  };
}

/** cluster-api-operator api/v1alpha2: `status.installedVersion` is what is there, `spec.version` what is wanted. */
function ofOperator(object: KubeObject): ProviderRecord {
  const type = asProviderType(object.kind);
  const { name, namespace = "" } = object.metadata;
  const version =
    stringAt(object, "status", "installedVersion") ?? stringAt(object, "spec", "version");
  return {
    by: "operator",
    label: manifestLabel(name, type),
    name,
    type,
    version: written(version),
    namespace,
  };
}

function written(version: string | undefined): string | undefined {
  return asVersion(version) ?? version;
}
