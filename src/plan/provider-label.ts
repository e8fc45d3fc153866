// clusterctl's manifest labels, the keys of providers (cmd/clusterctl/api/v1alpha3/labels.go, ManifestLabel).
import { PROVIDER_TYPES, type ProviderType } from "../model/provider.ts";

/** `runtime-extensions-` is what Cluster API's contract page and some providers write. */
const PREFIXES: readonly (readonly [prefix: string, type: ProviderType])[] = [
  ["bootstrap-", "BootstrapProvider"],
  ["control-plane-", "ControlPlaneProvider"],
  ["infrastructure-", "InfrastructureProvider"],
  ["ipam-", "IPAMProvider"],
  ["runtime-extension-", "RuntimeExtensionProvider"],
  ["runtime-extensions-", "RuntimeExtensionProvider"],
  ["addon-", "AddonProvider"],
];

export const CORE_LABEL = "cluster-api";

/** (`docker`, InfrastructureProvider) -> `infrastructure-docker`; without a type, and for core, the name. */
export function manifestLabel(name: string, type: ProviderType | undefined): string {
  const prefix = PREFIXES.find(([, prefixed]) => prefixed === type)?.[0] ?? "";
  return `${prefix}${name}`;
}

/** `infrastructure-docker` -> (`docker`, InfrastructureProvider). A label that follows no rule is the name. */
export function parseLabel(label: string): {
  readonly name: string;
  readonly type: ProviderType | undefined;
} {
  if (label === CORE_LABEL) return { name: label, type: "CoreProvider" };
  const found = PREFIXES.find(([prefix]) => label.startsWith(prefix));
  if (found === undefined) return { name: label, type: undefined };
  const [prefix, type] = found;
  return { name: label.slice(prefix.length), type };
}

/** One of clusterctl's types, undefined for anything else. */
export function asProviderType(text: string | undefined): ProviderType | undefined {
  return PROVIDER_TYPES.find((type) => type === text);
}
