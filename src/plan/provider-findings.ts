// What the operator must know of the providers of both clusters before anything moves from one to the other.
import { formatId } from "../model/object.ts";
import type { Finding, PlannedObject } from "../model/plan.ts";
import type { BothProviders, Controller, Provider, Providers } from "../model/provider.ts";
import { isActedOn } from "./acting-controllers.ts";
import { counterpartOf } from "./provider-match.ts";
import { compareVersions } from "./provider-version.ts";

export interface ProviderFindingInput {
  readonly providers: BothProviders;
  readonly planned: readonly PlannedObject[];
  /** Names of the CRDs whose kind the target lacks although objects of it would move: that blocks already. */
  readonly missing: ReadonlySet<string>;
  /** The whole management cluster moves: the controllers of the source will be stopped. */
  readonly whole: boolean;
  /** `ns/name` given with `--controller`. */
  readonly named: readonly string[];
}

/** Versions and feature gates compared, and what would keep the source's controllers from being stopped. Not sorted. */
export function providerFindings(input: ProviderFindingInput): readonly Finding[] {
  const { source, target } = input.providers;
  const compared = source.providers.filter((provider) => isConcerned(provider, input));
  return [
    ...compared.flatMap((provider) => compare(provider, counterpartOf(provider, target), input)),
    ...(input.whole ? [...storedVersions(input), ...managed(source)] : []),
    ...notFound(input),
  ];
}

/** In a part of the cluster only the providers of what moves matter; clusterctl compares all of them, always. */
function isConcerned({ crds }: Provider, { whole, planned }: ProviderFindingInput): boolean {
  return whole || planned.some(({ kind }) => crds.includes(kind.crd?.name ?? ""));
}

function compare(
  provider: Provider,
  other: Provider | undefined,
  { missing }: ProviderFindingInput,
): readonly Finding[] {
  if (other !== undefined && isInstalled(other)) {
    return isInstalled(provider) ? [...versions(provider, other), ...gates(provider, other)] : [];
  }
  if (provider.controllers.length === 0 || provider.crds.some((crd) => missing.has(crd))) return [];
  return [
    {
      code: "PROVIDER_MISSING_IN_TARGET",
      severity: "note",
      objects: [],
      why: `no ${provider.label} is installed in the target${other === undefined ? "" : ", only its kinds"}: what moves is not reconciled until one is`,
      hint: "",
    },
  ];
}

/** CRDs alone may be what a provider that was removed has left, or what somebody prepared. */
function isInstalled({ controllers, version }: Provider): boolean {
  return controllers.length > 0 || version !== undefined;
}

function versions(provider: Provider, other: Provider): readonly Finding[] {
  const { label, version = "an unknown version" } = provider;
  const { version: inTarget = "an unknown version" } = other;
  const about = {
    objects: [],
    why: `${label} is ${version} in the source and ${inTarget} in the target`,
  };
  switch (compareVersions(provider.version, other.version)) {
    case "same":
      return [];
    case "newer":
      return [{ ...about, code: "PROVIDER_NEWER", severity: "note", hint: "" }];
    case "older":
      return [
        {
          ...about,
          code: "PROVIDER_OLDER",
          severity: "error",
          hint: `upgrade ${label} in the target to ${version} or later, then run again`,
        },
      ];
    case "unknown":
      return [
        {
          ...about,
          code: "PROVIDER_VERSION_UNKNOWN",
          severity: "warning",
          why: `${about.why}: these cannot be compared`,
          hint: `make sure yourself that ${label} in the target is not older than in the source`,
        },
      ];
  }
}

/** Gates that only the target sets are news of its version, unless the versions are equal. */
function gates(provider: Provider, other: Provider): readonly Finding[] {
  const [ours, theirs] = [gatesOf(provider), gatesOf(other)];
  const isSame = compareVersions(provider.version, other.version) === "same";
  const names = new Set([...ours.keys(), ...(isSame ? theirs.keys() : [])]);
  if (provider.controllers.length === 0 || other.controllers.length === 0) return [];
  return [...names].flatMap((name) => {
    const [inSource, inTarget] = [ours.get(name) ?? "not set", theirs.get(name) ?? "not set"];
    if (inSource === inTarget) return [];
    return [
      {
        code: "FEATURE_GATE_DIFFERS" as const,
        severity: "warning" as const,
        objects: [],
        why: `feature gate ${name} of ${provider.label} is ${inSource} in the source and ${inTarget} in the target`,
        hint: `set --feature-gates of ${provider.label} in the target as in the source, unless the difference is meant`,
      },
    ];
  });
}

function gatesOf({ controllers }: Provider): ReadonlyMap<string, string> {
  return new Map(controllers.flatMap(({ featureGates }) => Object.entries(featureGates)));
}

/**
 * A kind of the plan that can only be read as long as its conversion webhook answers: some of its objects may be stored
 * at another version than the one that is spoken. Its provider cannot be stopped before they have left the source.
 */
export function needsConversion({ kind }: PlannedObject): boolean {
  const { crd } = kind;
  if (crd === undefined || !crd.hasConversionWebhook) return false;
  return (
    kind.version !== crd.storageVersion || crd.storedVersions.some((one) => one !== kind.version)
  );
}

function storedVersions({ planned, providers }: ProviderFindingInput): readonly Finding[] {
  const names = planned
    .filter((one) => needsConversion(one) && isActedOn(one.kind, [providers.source]) === true)
    .map(({ kind }) => kind.crd?.name ?? "");
  return [...new Set(names)].map((name) => ({
    code: "STORED_VERSIONS",
    severity: "note",
    objects: [{ group: "apiextensions.k8s.io", kind: "CustomResourceDefinition", name }],
    why: "its objects may be stored at another version than is spoken, and are read with the help of its provider, which is stopped only after they have left the source",
    hint: "",
  }));
}

function managed({ providers, parents, others }: Providers): readonly Finding[] {
  const controllers: readonly Controller[] = [
    ...parents,
    ...providers.flatMap((provider) => provider.controllers),
    ...others,
  ];
  return controllers.flatMap(({ id, managedBy = [] }) =>
    managedBy.map((manager) => ({
      code: "CONTROLLER_MANAGED" as const,
      severity: "warning" as const,
      objects: [id],
      why: `${formatId(id)} would be scaled up again by ${manager} after it has been stopped`,
      hint: `suspend or delete ${manager} in the source first`,
    })),
  );
}

function notFound({ providers, named }: ProviderFindingInput): readonly Finding[] {
  const { source, target } = providers;
  const known = new Set([source, target].flatMap(allControllers).map(pathOf));
  return named
    .filter((path) => !known.has(path))
    .map((path) => ({
      code: "CONTROLLER_NOT_FOUND",
      severity: "error",
      objects: [],
      why: `neither cluster has a Deployment, StatefulSet or DaemonSet ${path}, which --controller names`,
      hint: "kubectl get deployments,statefulsets,daemonsets -A   # NAMESPACE/NAME, of either cluster",
    }));
}

function allControllers({ providers, parents, others }: Providers): readonly Controller[] {
  return [...providers.flatMap(({ controllers }) => controllers), ...parents, ...others];
}

function pathOf({ id }: Controller): string {
  return `${id.namespace}/${id.name}`;
}
