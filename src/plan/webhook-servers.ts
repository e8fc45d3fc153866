// Which programs stand behind the Services that an API server calls, and for which kinds.
import type { ProviderMaterial } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import {
  asRecord,
  fieldAt,
  type Json,
  type KubeObject,
  listAt,
  stringAt,
} from "../model/object.ts";
import type { Program } from "./programs.ts";

export interface WebhookServers {
  /** The programs that convert objects of this kind. */
  convertersOf(kind: ResourceKind): readonly Program[];
  /** The kinds that this program converts, or admits by webhook configurations that name nothing else. */
  kindsOf(program: Program): ServedKinds;
}

export interface ServedKinds {
  readonly converts: readonly ResourceKind[];
  readonly admits: readonly ResourceKind[];
}

/** `kinds`: those that count as a provider's; a program whose webhooks also see others is a policy engine, no provider. */
export function webhookServers(
  { services, webhooks }: ProviderMaterial,
  kinds: readonly ResourceKind[],
  programs: readonly Program[],
): WebhookServers {
  const behind = programsBehind(services, programs);
  const convertersOf = ({ crd }: ResourceKind) => behind(crd?.conversion?.service);
  const admissions = webhooks.flatMap((configuration) => listAt(configuration, "webhooks"));
  const admits = (program: Program): readonly ResourceKind[] => {
    const own = admissions.filter((one) => behind(serviceOf(one)).includes(program));
    const rules = own.flatMap((one) => listAt(one, "rules"));
    if (!rules.every((rule) => isOnlyAbout(rule, kinds))) return [];
    return kinds.filter((kind) => rules.some((rule) => covers(rule, kind)));
  };
  return {
    convertersOf,
    kindsOf: (program) => ({
      converts: kinds.filter((kind) => convertersOf(kind).includes(program)),
      admits: admits(program),
    }),
  };
}

type Behind = (service: string | undefined) => readonly Program[];

/** By `ns/name` of a Service. One without a selector leads nowhere that can be seen. */
function programsBehind(services: readonly KubeObject[], programs: readonly Program[]): Behind {
  const selectors = new Map(
    services.map(({ metadata, ...service }) => [
      `${metadata.namespace}/${metadata.name}`,
      Object.entries(asRecord(fieldAt(service, "spec", "selector")) ?? {}),
    ]),
  );
  return (service = "") => {
    const selector = selectors.get(service) ?? [];
    if (selector.length === 0) return [];
    const [namespace] = service.split("/");
    return programs.filter(
      ({ namespace: own, podLabels }) =>
        own === namespace && selector.every(([key, value]) => podLabels[key] === value),
    );
  };
}

function serviceOf(webhook: Json): string | undefined {
  const name = stringAt(webhook, "clientConfig", "service", "name");
  const namespace = stringAt(webhook, "clientConfig", "service", "namespace");
  return name === undefined ? undefined : `${namespace}/${name}`;
}

/** Every group that the rule names is one of these kinds'; `*` is everybody's. */
function isOnlyAbout(rule: Json, kinds: readonly ResourceKind[]): boolean {
  const groups = new Set(kinds.map(({ group }) => group));
  return listAt(rule, "apiGroups").every((group) => groups.has(String(group)));
}

function covers(rule: Json, kind: ResourceKind): boolean {
  const resources = listAt(rule, "resources").map((resource) => String(resource).split("/")[0]);
  return (
    listAt(rule, "apiGroups").includes(kind.group) &&
    (resources.includes(kind.plural) || resources.includes("*"))
  );
}
