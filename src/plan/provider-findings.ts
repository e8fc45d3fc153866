// What the operator must know of the providers of both clusters before anything moves from one to the other.
import { formatId } from "../model/object.ts";
import type { Finding, PlannedObject } from "../model/plan.ts";
import type {
  ComparedProvider,
  ComparedProviders,
  Controller,
  Provider,
  Providers,
} from "../model/provider.ts";
import { isActedOn } from "./acting-controllers.ts";
import { needsConversion } from "./late-providers.ts";
import { isInstalled } from "./provider-match.ts";

export interface ProviderFindingInput {
  readonly providers: ComparedProviders;
  readonly planned: readonly PlannedObject[];
  /** Names of the CRDs whose kind the target lacks although objects of it would move: that blocks already. */
  readonly missing: ReadonlySet<string>;
  /** The whole management cluster moves: the controllers of the source will be stopped. */
  readonly whole: boolean;
  /** `ns/name` given with `--controller`. */
  readonly named: readonly string[];
  /** Labels of the providers that the run brings to the target. */
  readonly arriving: ReadonlySet<string>;
}

/** Versions and feature gates compared, and what would keep the source's controllers from being stopped. Not sorted. */
export function providerFindings(input: ProviderFindingInput): readonly Finding[] {
  const { source, compared } = input.providers;
  return [
    ...compared
      .filter((pair) => isConcerned(pair.source, input))
      .flatMap((pair) => [...inTarget(pair, input), ...gates(pair)]),
    ...(input.whole ? [...storedVersions(input), ...managed(source)] : []),
    ...notFound(input),
  ];
}

/** In a part of the cluster only the providers of what moves matter; clusterctl compares all of them, always. */
function isConcerned({ crds }: Provider, { whole, planned }: ProviderFindingInput): boolean {
  return whole || planned.some(({ kind }) => crds.includes(kind.crd?.name ?? ""));
}

function inTarget(pair: ComparedProvider, input: ProviderFindingInput): readonly Finding[] {
  switch (pair.comparison) {
    case "same":
      return [];
    case "absent":
    case "kinds":
      return absent(pair, input);
    case "newer":
      return [{ ...versions(pair), code: "PROVIDER_NEWER", severity: "note" }];
    case "older":
      return [older(pair)];
    case "unknown":
      return isInstalled(pair.source) ? [unknown(pair)] : [];
  }
}

function absent(
  { source, comparison }: ComparedProvider,
  { missing, arriving }: ProviderFindingInput,
): readonly Finding[] {
  const { label, controllers, crds } = source;
  if (controllers.length === 0 || arriving.has(label) || crds.some((crd) => missing.has(crd)))
    return [];
  const what = comparison === "kinds" ? ", only its kinds" : "";
  return [
    {
      code: "PROVIDER_MISSING_IN_TARGET",
      severity: "note",
      objects: [],
      why: `no ${label} is installed in the target${what}: what moves is not reconciled until one is`,
      hint: "",
    },
  ];
}

function versions({ source, target }: ComparedProvider): Pick<Finding, "objects" | "why" | "hint"> {
  const [here, there] = [source.version, target?.version].map((one) => one ?? "an unknown version");
  const why = `${source.label} is ${here} in the source and ${there} in the target`;
  return { objects: [], why, hint: "" };
}

function older(pair: ComparedProvider): Finding {
  const { label, version } = pair.source;
  const hint = `upgrade ${label} in the target to ${version} or later, then run again`;
  return { ...versions(pair), code: "PROVIDER_OLDER", severity: "error", hint };
}

function unknown(pair: ComparedProvider): Finding {
  const said = versions(pair);
  return {
    ...said,
    code: "PROVIDER_VERSION_UNKNOWN",
    severity: "warning",
    why: `${said.why}: these cannot be compared`,
    hint: `make sure yourself that ${pair.source.label} in the target is not older than in the source`,
  };
}

/** Gates that only the target sets are news of its version, unless the versions are equal. */
function gates({ source, target, comparison }: ComparedProvider): readonly Finding[] {
  if (target === undefined) return [];
  if (source.controllers.length === 0 || target.controllers.length === 0) return [];
  const { label } = source;
  const [ours, theirs] = [gatesOf(source), gatesOf(target)];
  const names = new Set([...ours.keys(), ...(comparison === "same" ? theirs.keys() : [])]);
  return [...names].flatMap((name) => {
    const [here, there] = [ours.get(name) ?? "not set", theirs.get(name) ?? "not set"];
    if (here === there) return [];
    return [
      {
        code: "FEATURE_GATE_DIFFERS" as const,
        severity: "warning" as const,
        objects: [],
        why: `feature gate ${name} of ${label} is ${here} in the source and ${there} in the target`,
        hint: `set --feature-gates of ${label} in the target as in the source, unless the difference is meant`,
      },
    ];
  });
}

function gatesOf({ controllers }: Provider): ReadonlyMap<string, string> {
  return new Map(controllers.flatMap(({ featureGates }) => Object.entries(featureGates)));
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
