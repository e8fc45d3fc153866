// What can be tried before anything is written, and what only later. Pure.
import { LABEL } from "../model/capi.ts";
import type { InstallPlan } from "../model/install.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { fieldAt, type Json, type KubeObject, kindKey, listAt, stringAt } from "../model/object.ts";
import type { Finding, Plan, PlannedObject } from "../model/plan.ts";
import type { Providers } from "../model/provider.ts";
import { movedObjects, travellers } from "./plan-pivot.ts";

/** What a copy waits for before it can be tried. */
export type Awaited = "kind" | "provider" | "namespace";

/** By uid. `kinds`: what the target serves now. */
export function awaitedBy(
  plan: Plan,
  install: InstallPlan,
  kinds: Inventory["kinds"],
): ReadonlyMap<string, Awaited> {
  const arriving = new Set(install.sets.map(({ owner }) => owner));
  const crds = new Set(
    plan.providers.source.providers
      .filter(({ label }) => arriving.has(label))
      .flatMap((provider) => provider.crds),
  );
  const components = install.sets.flatMap(({ objects }) => objects);
  const lacking = new Set(
    [...plan.namespaces, ...components.filter(isNamespace).map(({ metadata }) => metadata)].map(
      ({ name }) => name,
    ),
  );
  const waits = ({ id, kind }: PlannedObject): Awaited | undefined => {
    if (!kinds.has(kindKey(kind))) return "kind";
    if (crds.has(kind.crd?.name ?? "")) return "provider";
    return lacking.has(id.namespace ?? "") ? "namespace" : undefined;
  };
  return new Map(
    travellers(plan).flatMap((one) => {
      const awaited = waits(one);
      return awaited === undefined ? [] : [[one.uid, awaited] as const];
    }),
  );
}

function isNamespace({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === "v1" && kind === "Namespace";
}

/** One per reason. */
export function laterFindings(
  plan: Plan,
  awaited: ReadonlyMap<string, Awaited>,
): readonly Finding[] {
  const groups = Map.groupBy(
    travellers(plan).filter(({ uid }) => awaited.has(uid)),
    ({ uid }) => awaited.get(uid),
  );
  return [...groups].map(([what, objects]) => ({
    code: "TRIED_LATER",
    severity: "note",
    objects: objects.map(({ id }) => id),
    why: `its ${what} is not in the target yet: it is tried as soon as that is there, before anything is paused`,
    hint: "",
  }));
}

/** Moved objects whose deletion somebody may refuse: a webhook sees each, a policy one per kind and namespace. */
export function deletesToTry(plan: Plan, source: Inventory): readonly PlannedObject[] {
  const moved = movedObjects(plan);
  const webhooks = source.material.webhooks.flatMap((one) => listAt(one, "webhooks"));
  const seen = (kind: ResourceKind) => webhooks.some((webhook) => seesDelete(webhook, kind));
  const hasPolicies = [...source.objects.values()].some(
    ({ kind }) => kind === "ValidatingAdmissionPolicyBinding",
  );
  const samples = hasPolicies ? onePer(moved, placeOf) : [];
  return [...new Set([...moved.filter(({ kind }) => seen(kind)), ...samples])];
}

function placeOf({ id }: PlannedObject): string {
  return `${kindKey(id)} ${id.namespace ?? ""}`;
}

/** One object of every kind that a provider defines, in every namespace: policies are made for either. */
export function samplesOf(objects: readonly PlannedObject[]): readonly PlannedObject[] {
  return onePer(
    objects.filter(({ kind }) => kind.crd !== undefined),
    placeOf,
  );
}

function onePer(
  objects: readonly PlannedObject[],
  key: (object: PlannedObject) => string,
): readonly PlannedObject[] {
  return [...Map.groupBy(objects, key).values()].flatMap(([first]) => first ?? []);
}

function seesDelete(webhook: Json, { group, plural }: ResourceKind): boolean {
  const names = (rule: Json, field: string, name: string) =>
    listAt(rule, field).some((one) => one === name || one === "*" || one === "*/*");
  return listAt(webhook, "rules").some(
    (rule) =>
      names(rule, "operations", "DELETE") &&
      names(rule, "apiGroups", group) &&
      names(rule, "resources", plural),
  );
}

/** Names of the webhooks that providers serve themselves: those know of moves. */
export function providerWebhooks(source: Inventory, providers: Providers): ReadonlySet<string> {
  const namespaces = new Set(providers.providers.flatMap(({ namespace }) => namespace ?? []));
  const names = source.material.webhooks.flatMap((configuration) => {
    const labels = configuration.metadata.labels ?? {};
    const isLabelled = LABEL.provider in labels || LABEL.clusterctl in labels;
    const own = listAt(configuration, "webhooks").filter(
      (webhook) =>
        isLabelled ||
        namespaces.has(String(fieldAt(webhook, "clientConfig", "service", "namespace"))),
    );
    return own.flatMap((webhook) => stringAt(webhook, "name") ?? []);
  });
  return new Set(names);
}
