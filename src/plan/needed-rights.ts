// Every right that a run needs, beyond those to read, which looking at the clusters has shown. Pure.
import { OUR_NAMESPACE } from "../model/capi.ts";
import type { InstallPlan } from "../model/install.ts";
import type { Inventory } from "../model/inventory.ts";
import { idOf, type KubeObject } from "../model/object.ts";
import type { Finding, Plan, PlannedObject } from "../model/plan.ts";
import type { Provider, StopPlan } from "../model/provider.ts";
import type { SourceProviders } from "../model/run-record.ts";
import { keyOfKind } from "./component-index.ts";
import { clusterRoleText, type Right } from "./missing-rules.ts";
import { movedObjects, travellers } from "./plan-pivot.ts";

export interface RightsInput {
  readonly plan: Plan;
  readonly install: InstallPlan;
  readonly stop: StopPlan | undefined;
  readonly sourceProviders: SourceProviders;
  /** Kinds of components, by `kindKey`. */
  readonly kinds: Inventory["kinds"];
}

/** Each once. */
export function rightsNeeded(
  input: RightsInput,
): Readonly<Record<"source" | "target", readonly Right[]>> {
  const { plan, install, kinds } = input;
  return {
    source: unique([
      ...home(),
      ...movedObjects(plan).flatMap((one) => onObject(one, ["get", "patch", "delete"])),
      ...plan.leaves.flatMap((one) => onObject(one, ["get", "patch"])),
      ...stopping(input),
      ...cleaning(input),
    ]),
    target: unique([
      ...home(),
      ...travellers(plan).flatMap((one) => [
        ...onObject(one, ["create", "get", "patch", "delete"]),
        ...onStatus(one),
      ]),
      ...(plan.namespaces.length === 0 ? [] : onKind("", "namespaces", ["patch", "delete"])),
      ...plan.targetSets.flatMap((one) => onObject(one, ["patch"])),
      ...installing(install, kinds),
    ]),
  };
}

/** The lock and the record. */
function home(): readonly Right[] {
  return [
    ...onKind("", "namespaces", ["create", "get", "list", "delete"]),
    ...onKind("", "configmaps", ["create", "get", "list", "update", "delete"], OUR_NAMESPACE),
    ...onKind(
      "coordination.k8s.io",
      "leases",
      ["create", "get", "list", "patch", "delete"],
      OUR_NAMESPACE,
    ),
  ];
}

function onObject(
  { id, kind }: Pick<PlannedObject, "id" | "kind">,
  verbs: readonly string[],
): readonly Right[] {
  return onKind(kind.group, kind.plural, verbs, id.namespace);
}

function onStatus({ id, kind }: PlannedObject): readonly Right[] {
  if (kind.crd === undefined || !kind.hasStatus) return [];
  return onKind(kind.group, `${kind.plural}/status`, ["patch"], id.namespace);
}

function onKind(
  group: string,
  plural: string,
  verbs: readonly string[],
  namespace?: string,
): readonly Right[] {
  return verbs.map((verb) => ({
    ...{ group, plural, verb },
    ...(namespace === undefined ? {} : { namespace }),
  }));
}

const WEBHOOKS = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"];
const SCALED = ["deployments", "statefulsets"];

/** Their webhooks are kept and removed as well. */
function stopping({ stop }: RightsInput): readonly Right[] {
  const programs = stop === undefined ? [] : [...stop.parents, ...stop.controllers, ...stop.late];
  if (programs.length === 0) return [];
  const scaling = programs.flatMap(({ id: { kind, namespace } }) => {
    const plural = SCALED.find((one) => one === `${kind.toLowerCase()}s`);
    if (plural === undefined) return [];
    return [
      ...onKind("apps", plural, ["get", "patch"], namespace),
      ...onKind("apps", `${plural}/scale`, ["patch"], namespace),
      ...onKind("", "pods", ["list"], namespace),
    ];
  });
  return [...scaling, ...onWebhooks(["create", "patch", "delete"])];
}

function onWebhooks(verbs: readonly string[]): readonly Right[] {
  return WEBHOOKS.flatMap((plural) => onKind("admissionregistration.k8s.io", plural, verbs));
}

/** What every provider is made of. */
function cleaning({ plan, sourceProviders }: RightsInput): readonly Right[] {
  const installed = plan.providers.source.providers.filter(
    ({ controllers }) => controllers.length > 0,
  );
  if (!plan.whole || sourceProviders !== "remove" || installed.length === 0) return [];
  return [
    ...onWebhooks(["delete"]),
    ...onKind("apiextensions.k8s.io", "customresourcedefinitions", ["delete"]),
    ...onKind("rbac.authorization.k8s.io", "clusterroles", ["delete"]),
    ...onKind("rbac.authorization.k8s.io", "clusterrolebindings", ["delete"]),
    ...installed.flatMap(cleaningOf),
  ];
}

function cleaningOf({ namespace }: Provider): readonly Right[] {
  if (namespace === undefined) return [];
  return [
    ...onKind("apps", "deployments", ["delete"], namespace),
    ...["services", "serviceaccounts"].flatMap((one) => onKind("", one, ["delete"], namespace)),
    ...["roles", "rolebindings"].flatMap((one) =>
      onKind("rbac.authorization.k8s.io", one, ["delete"], namespace),
    ),
  ];
}

/** To install, to look after it, to take the mark off, and to take everything away again. */
export const INSTALL_VERBS = ["create", "get", "list", "patch", "delete"] as const;

function installing({ sets }: InstallPlan, kinds: Inventory["kinds"]): readonly Right[] {
  return sets.flatMap(({ objects }) => objects.flatMap((object) => installingOf(object, kinds)));
}

function installingOf(object: KubeObject, kinds: Inventory["kinds"]): readonly Right[] {
  const kind = kinds.get(keyOfKind(object));
  if (kind === undefined) return [];
  const { namespace } = idOf(object);
  // The reasons why a program does not start.
  const pods = kind.group === "apps" ? onKind("", "pods", ["list"], namespace) : [];
  return [...onKind(kind.group, kind.plural, INSTALL_VERBS, namespace), ...pods];
}

function unique(rights: readonly Right[]): readonly Right[] {
  return [...new Map(rights.map((right) => [keyOf(right), right])).values()];
}

function keyOf({ group, plural, verb, namespace }: Right): string {
  return `${verb} ${group}/${plural} ${namespace ?? ""}`;
}

const ROLE_NAME = "kubectl-capi-pivot";
const NAMED = 4;

/** One finding for all that one cluster does not grant. */
export function rightsFinding(
  cluster: "source" | "target",
  lacking: readonly Right[],
): readonly Finding[] {
  if (lacking.length === 0) return [];
  const texts = [...new Set(lacking.map(rightText))];
  const shown = texts.slice(0, NAMED).join(", ");
  const more = texts.length > NAMED ? ` and ${texts.length - NAMED} more` : "";
  const places = [...new Set(lacking.map(({ namespace }) => namespace ?? ""))];
  const where = places.includes("") ? "" : ` (in ${places.slice(0, NAMED).join(", ")})`;
  return [
    {
      code: "RIGHTS_MISSING",
      severity: "error",
      objects: [],
      why: `this user of the ${cluster} may not ${shown}${more}`,
      hint: `as an administrator of the ${cluster}, bind this ClusterRole to the user${where}, or use a kubeconfig of another user\n${clusterRoleText(lacking, ROLE_NAME)}`,
    },
  ];
}

/** `delete machines.cluster.x-k8s.io`. */
function rightText({ group, plural, verb }: Right): string {
  return `${verb} ${group === "" ? plural : `${plural}.${group}`}`;
}
