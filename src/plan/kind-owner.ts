// Which provider defines a kind, by its name alone: for CRDs that carry no provider label.
import { ADDONS_GROUP, CAPI_GROUP, CRS_BINDING_KIND, CRS_KIND, IPAM_GROUP } from "../model/capi.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { kindKey } from "../model/object.ts";
import type { ProviderType } from "../model/provider.ts";
import { CORE_LABEL, manifestLabel } from "./provider-label.ts";

type KindName = Pick<ResourceKind, "group" | "kind">;

/** Groups and kinds of the core provider (cluster-api core/config/crd/bases). */
const CORE_GROUPS: ReadonlySet<string> = new Set([CAPI_GROUP, `runtime.${CAPI_GROUP}`]);
const CORE_KINDS: ReadonlySet<string> = new Set([
  CRS_KIND,
  CRS_BINDING_KIND,
  `IPAddress.${IPAM_GROUP}`,
  `IPAddressClaim.${IPAM_GROUP}`,
]);

/** What the group's first word says about the type (book: developer/providers/contracts). */
const GROUP_TYPES: Readonly<Record<string, ProviderType>> = {
  [`bootstrap.${CAPI_GROUP}`]: "BootstrapProvider",
  [`controlplane.${CAPI_GROUP}`]: "ControlPlaneProvider",
  [`infrastructure.${CAPI_GROUP}`]: "InfrastructureProvider",
  [IPAM_GROUP]: "IPAMProvider",
  [ADDONS_GROUP]: "AddonProvider",
};

/** Kinds whose names differ from clusterctl's (cmd/clusterctl/client/config/providers_client.go). */
const OTHER_NAMES: readonly (readonly [kinds: RegExp, label: string])[] = [
  [/^(Dev|Docker)(Cluster|Machine)/, "infrastructure-docker"],
  [/^(AWS|ROSA|EKS)/, "infrastructure-aws"],
  [/^Azure/, "infrastructure-azure"],
  [/^GCP/, "infrastructure-gcp"],
  [/^(Hetzner|HCloud)/, "infrastructure-hetzner"],
  [/^IBM/, "infrastructure-ibmcloud"],
  [/^DO[A-Z]/, "infrastructure-digitalocean"],
  [/^(Global)?InCluster/, "ipam-in-cluster"],
  [/^Helm(Chart|Release)Proxy/, "addon-helm"],
];

/** How kinds of the contract end; what stands before is the provider's name. */
const ENDINGS =
  /^([A-Z][A-Za-z0-9]*?)(Managed)?(Cluster|Machine|ControlPlane|Config|IPPool)([A-Z]\w*)?$/;

/** Undefined for kinds outside Cluster API's groups, and for names that follow no rule. */
export function ownerOfKind(kind: KindName): string | undefined {
  if (isCoreKind(kind)) return CORE_LABEL;
  const type = GROUP_TYPES[kind.group];
  if (type === undefined) return undefined;
  const known = OTHER_NAMES.find(([kinds]) => kinds.test(kind.kind));
  if (known !== undefined) return known[1];
  const name = ENDINGS.exec(kind.kind)?.[1];
  return name === undefined ? undefined : manifestLabel(name.toLowerCase(), type);
}

/** Kinds that only the core provider can have defined. */
export function isCoreKind(kind: KindName): boolean {
  return CORE_GROUPS.has(kind.group) || CORE_KINDS.has(kindKey(kind));
}
