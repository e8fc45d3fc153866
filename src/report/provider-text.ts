// The providers of a plan in words: for the page, and in short for the question. Pure.
import type {
  CertManager,
  ComparedProvider,
  ComparedProviders,
  Comparison,
  Controller,
  Evidence,
  Origin,
  Provider,
  ProviderType,
} from "../model/provider.ts";
import { pad, wrap } from "./layout.ts";
import { pathOf, someOf } from "./words.ts";

const COLUMNS = 80;
/** Labels longer than this push their text to the right. */
const LABEL_WIDTH = 24;
const NAMES_SHOWN = 4;
const UNKNOWN = "version unknown";

const TYPES: Readonly<Record<ProviderType, string>> = {
  CoreProvider: "core",
  BootstrapProvider: "bootstrap",
  ControlPlaneProvider: "control plane",
  InfrastructureProvider: "infrastructure",
  IPAMProvider: "IPAM",
  RuntimeExtensionProvider: "runtime extension",
  AddonProvider: "add-on",
};

const ORIGINS: Readonly<Record<Origin, string>> = {
  clusterctl: "by clusterctl",
  operator: "by the CAPI operator",
  helm: "by Helm",
  unknown: "by unknown means",
};

const EVIDENCE: Readonly<Record<Evidence, string>> = {
  inventory: "inventory",
  operator: "its object",
  label: "label",
  crd: "CRDs",
  workload: "webhooks or roles",
};

/** Everybody who manages the source, and whether they are in the target. Nothing where nobody is found. */
export function providerLines(providers: ComparedProviders): readonly string[] {
  const { source, target, compared } = providers;
  return [
    ...compared.flatMap((pair) => entry(pair.source.label, providerText(pair))),
    ...entry("cert-manager", certManagerText(source.certManager, target.certManager)),
    ...programs("operators", "would bring providers back", source.parents),
    ...programs("others", "named by --controller", source.others),
    ...entry("in the target only", targetOnly(providers).map(versioned).join(", ")),
  ];
}

/** An entry's first line is a row of a table; what else there is to say of it hangs below. */
function entry(name: string, text: string | readonly string[]): readonly string[] {
  const [first = "", ...rest] = typeof text === "string" ? [text] : text;
  if (first === "") return [];
  return [
    ...wrap(first, COLUMNS, `  ${pad(name, LABEL_WIDTH)}  `, " ".repeat(LABEL_WIDTH + 4)),
    ...rest.flatMap((paragraph) => wrap(paragraph, COLUMNS, "    ", "      ")),
  ];
}

function programs(name: string, what: string, all: readonly Controller[]): readonly string[] {
  return all.length === 0 ? [] : entry(name, [what, controllersText(all)]);
}

function providerText({ source, target, comparison }: ComparedProvider): readonly string[] {
  const { type, version = UNKNOWN, namespace, controllers, origin, evidence } = source;
  const what = type === undefined ? version : `${TYPES[type]} ${version}`;
  const where = namespace === undefined ? "" : `in ${namespace}: `;
  const seen = evidence.map((one) => EVIDENCE[one]).join(", ");
  return [
    `${what}; ${inTarget(comparison, target)}`,
    `${where}${controllers.length === 0 ? "no controller" : controllersText(controllers, namespace)}`,
    `${ORIGINS[origin]} (${seen})`,
  ];
}

function inTarget(comparison: Comparison, target: Provider | undefined): string {
  const { version = UNKNOWN } = target ?? {};
  switch (comparison) {
    case "same":
      return "the same in the target";
    case "older":
    case "newer":
      return `${comparison} in the target: ${version}`;
    case "unknown":
      return `in the target: ${version}`;
    case "kinds":
      return "only its kinds in the target";
    case "absent":
      return "not in the target";
  }
}

function certManagerText(
  source: CertManager | undefined,
  target: CertManager | undefined,
): readonly string[] {
  if (source === undefined) return [];
  const { version = UNKNOWN, namespace, controllers } = source;
  const other =
    target === undefined ? "not in the target" : `in the target: ${target.version ?? UNKNOWN}`;
  return [`${version}; ${other}`, `in ${namespace}: ${controllersText(controllers, namespace)}`];
}

/** `Deployment capi-controller-manager 1`: how many pods it wants stays with its name. */
function controllersText(controllers: readonly Controller[], namespace?: string): string {
  return controllers
    .map(({ id, replicas }) => {
      const name = id.namespace === namespace ? id.name : pathOf(id);
      return `${id.kind} ${name} ${replicas}`;
    })
    .join(", ");
}

function targetOnly({ target, compared }: ComparedProviders): readonly Provider[] {
  const known = new Set(compared.map((pair) => pair.target));
  return target.providers.filter((provider) => !known.has(provider));
}

function versioned({ label, version }: Provider): string {
  return version === undefined ? label : `${label} ${version}`;
}

/** Which providers are where, in a line or two: `the same in both: cluster-api v1.14.2`. */
export function providersInShort({ compared }: ComparedProviders): string {
  const words: readonly (readonly [Comparison, string])[] = [
    ["same", "the same in both"],
    ["newer", "newer in the target"],
    ["older", "older in the target"],
    ["unknown", "not comparable"],
    ["kinds", "only kinds in the target"],
    ["absent", "not in the target"],
  ];
  return words
    .flatMap(([comparison, text]) => {
      const found = compared.filter((pair) => pair.comparison === comparison);
      const names = found.map(({ source }) =>
        comparison === "same" ? versioned(source) : source.label,
      );
      return names.length === 0 ? [] : [`${text}: ${someOf(names, NAMES_SHOWN)}`];
    })
    .join("; ");
}
