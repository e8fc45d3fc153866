// Which kinds a webhook configuration is asked about: what must be proved to answer before objects are written.
import { fieldAt, type KubeObject, listAt, stringAt } from "../model/object.ts";
import { keyOfKind } from "./component-index.ts";
import { WEBHOOKS } from "./component-kinds.ts";
import { clientConfigsOf } from "./component-references.ts";

/** Does a webhook or a conversion call an address instead of a Service? */
export function usesUrl(object: KubeObject): boolean {
  return clientConfigsOf(object).some((config) => stringAt(config, "url") !== undefined);
}

/** A kind that webhooks look at when an object of it is created. */
export interface WebhookedKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** Kinds whose creation these configurations are asked about, each once; wildcards name no kind and are left out. */
export function webhookedKinds(objects: readonly KubeObject[]): readonly WebhookedKind[] {
  const kinds = new Map<string, WebhookedKind>();
  const rules = objects
    .filter((object) => WEBHOOKS.includes(keyOfKind(object)))
    .flatMap((object) => listAt(object, "webhooks"))
    .flatMap((webhook) => listAt(webhook, "rules"))
    .filter((rule) => listAt(rule, "operations").some((one) => one === "CREATE" || one === "*"));
  for (const rule of rules) {
    for (const kind of kindsOfRule(rule)) kinds.set(`${kind.plural}.${kind.group}`, kind);
  }
  return [...kinds.values()];
}

function kindsOfRule(rule: unknown): readonly WebhookedKind[] {
  const [groups, versions, plurals] = ["apiGroups", "apiVersions", "resources"].map((field) =>
    listAt(rule, field).map(String),
  );
  const named = (plurals ?? []).filter((plural) => !/[*/]/.test(plural));
  return (groups ?? []).flatMap((group) =>
    named.map((plural) => ({ group, version: versions?.[0] ?? "", plural })),
  );
}

/** Is this an answer of the API server for want of an answer of a webhook? */
export function isWebhookFailure(message: string): boolean {
  return /failed calling webhook|conversion webhook for .* failed|error calling webhook/.test(
    message,
  );
}

/** Does a webhook of the configuration name this Service? */
export function servicesOf(object: KubeObject): readonly string[] {
  return clientConfigsOf(object).flatMap((config) => {
    const name = stringAt(config, "service", "name");
    return name === undefined ? [] : [`${fieldAt(config, "service", "namespace")}/${name}`];
  });
}
