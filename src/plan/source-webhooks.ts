// Admission webhooks of the source that nobody serves once the controllers are stopped. Pure.
import { asRecord, fieldAt, type Json, type KubeObject, stringAt } from "../model/object.ts";

/** A webhook configuration with at least one webhook that nobody serves; `kept` are the others of it. */
export interface DeadConfiguration {
  readonly configuration: KubeObject;
  readonly kept: readonly Json[];
}

/** `services`: of the namespaces of `workloads`, which are the stopped ones with their pod templates. */
export function deadConfigurations(
  configurations: readonly KubeObject[],
  services: readonly KubeObject[],
  workloads: readonly KubeObject[],
): readonly DeadConfiguration[] {
  const dead = new Set(
    services.filter((service) => workloads.some((one) => isServedBy(service, one))).map(nameOf),
  );
  return configurations.flatMap((configuration) => {
    const webhooks = webhooksOf(configuration);
    const kept = webhooks.filter((webhook) => !dead.has(serviceOf(webhook)));
    return kept.length === webhooks.length ? [] : [{ configuration, kept }];
  });
}

/** Does the Service select the pods of this workload? One without a selector selects none. */
function isServedBy(service: KubeObject, workload: KubeObject): boolean {
  const selector = Object.entries(asRecord(fieldAt(service, "spec", "selector")) ?? {});
  const labels = asRecord(fieldAt(workload, "spec", "template", "metadata", "labels")) ?? {};
  const isNear = service.metadata.namespace === workload.metadata.namespace;
  return isNear && selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** The webhooks of a configuration. */
export function webhooksOf(configuration: KubeObject): readonly Json[] {
  const webhooks = configuration["webhooks"];
  return Array.isArray(webhooks) ? webhooks : [];
}

/** `ns/name`; a webhook with a `url` has no Service, and is never dead by this. */
function serviceOf(webhook: Json): string {
  const service = fieldAt(webhook, "clientConfig", "service");
  return `${stringAt(service, "namespace") ?? ""}/${stringAt(service, "name") ?? ""}`;
}
