// Webhooks come last, when somebody serves them. They are believed when they answer: a bundle that does not belong to
// the served certificate, a Service without endpoints, a program that is not there all show in a dry run.
import { mapWithLimit } from "../kube/concurrency.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import { CERT_ANNOTATION, type ComponentSet } from "../model/install.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { formatId, idOf, type KubeObject, kindKey, stringAt } from "../model/object.ts";
import { wantsBundle } from "../plan/component-compare.ts";
import { keyOfKind } from "../plan/component-index.ts";
import { CRD, WEBHOOKS } from "../plan/component-kinds.ts";
import { clientConfigsOf } from "../plan/component-references.ts";
import { kindOfCrd } from "../plan/crd-kinds.ts";
import { minimalObject } from "../plan/minimal-object.ts";
import { isWebhookFailure, webhookedKinds } from "../plan/webhook-rules.ts";
import { crdsOf } from "./install-crds.ts";
import { type Missing, waitUntil } from "./install-waits.ts";
import type { Installation } from "./installation.ts";
import { SECRET_KIND } from "./our-kinds.ts";

/** An API server learns of a webhook configuration from its watch: a probe before that would prove nothing. */
const LEARNING_MS = 1_000;

/**
 * Waits until every caBundle of these sets that cert-manager fills belongs to the certificate that is served.
 * @throws PivotError WEBHOOK_NOT_SERVED
 */
export async function waitUntilInjected(
  installation: Installation,
  sets: readonly ComponentSet[],
): Promise<void> {
  const { context } = installation;
  let pending = sets.flatMap(({ objects }) =>
    objects.filter((object) => isCaller(object) && wantsBundle(object)),
  );
  await waitUntil(
    context,
    async () => {
      const injected = await mapWithLimit(pending, context.concurrency, (object) =>
        isInjected(installation, object),
      );
      pending = pending.filter((_, index) => injected[index] !== true);
      return pending.map((one) => `the caBundle of ${formatId(idOf(one))} to be injected`);
    },
    (missing) => notServed(missing, installation),
  );
}

function isCaller(object: KubeObject): boolean {
  const kind = keyOfKind(object);
  return (kind === CRD && clientConfigsOf(object).length > 0) || WEBHOOKS.includes(kind);
}

async function isInjected(installation: Installation, object: KubeObject): Promise<boolean> {
  const { target } = installation.context;
  const found = await target.get(installation.kindOf(object), { name: object.metadata.name });
  const authority = await authorityOf(installation, found);
  return clientConfigsOf(found).every((config) => {
    const bundle = stringAt(config, "caBundle");
    if (bundle === undefined) return false;
    return authority === undefined || textOf(bundle).includes(textOf(authority).trim());
  });
}

function textOf(base64: string): string {
  return Buffer.from(base64, "base64").toString();
}

/** `ca.crt` of the Secret that the injected Certificate fills, as base64; undefined where it cannot be known. */
async function authorityOf(
  { context, plan }: Installation,
  { metadata }: KubeObject,
): Promise<string | undefined> {
  const [namespace = "", name = ""] = (
    metadata.annotations?.[CERT_ANNOTATION.injectFrom] ?? ""
  ).split("/");
  const certificate = plan.sets
    .flatMap(({ objects }) => objects)
    .find(
      (one) =>
        one.kind === "Certificate" &&
        one.metadata.name === name &&
        one.metadata.namespace === namespace,
    );
  const secret = stringAt(certificate, "spec", "secretName");
  if (secret === undefined) return undefined;
  try {
    const found = await context.target.get(SECRET_KIND, { namespace, name: secret });
    return stringAt(found, "data", "ca.crt");
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** One object whose creation shows whether webhooks answer. */
interface Probe {
  readonly kind: ResourceKind;
  readonly body: object;
}

/**
 * Proves by dry runs that every kind with an admission webhook can be created, and that every kind with a conversion
 * webhook is converted. A refusal is an answer, too.
 * @throws PivotError WEBHOOK_NOT_SERVED with what the API server says.
 */
export async function proveWebhooks(
  installation: Installation,
  sets: readonly ComponentSet[],
): Promise<void> {
  const { context } = installation;
  let pending = probesOf(installation, sets);
  if (pending.length === 0) return;
  await context.clock.sleep(LEARNING_MS, context.signal);
  await waitUntil(
    context,
    async () => {
      const failures = await mapWithLimit(pending, context.concurrency, (probe) =>
        failureOf(installation, probe),
      );
      const missing = failures.filter((failure) => failure !== undefined);
      pending = pending.filter((_, index) => failures[index] !== undefined);
      return missing;
    },
    (missing) => notServed(missing, installation),
  );
}

/** Our own CRDs only: what else a webhook looks at, others create every day. */
function probesOf(installation: Installation, sets: readonly ComponentSet[]): readonly Probe[] {
  const crds = crdsOf(installation.plan.sets);
  const admitted = webhookedKinds(sets.flatMap(({ objects }) => objects)).flatMap((wanted) => {
    const crd = crds.find(({ metadata }) => metadata.name === `${wanted.plural}.${wanted.group}`);
    return crd === undefined ? [] : [{ crd, version: servedVersion(crd, wanted.version) }];
  });
  const converted = crdsOf(sets).flatMap((crd) => {
    const { version: stored, versions } = kindOfCrd(crd);
    const other = versions.find((version) => version !== stored);
    const isConverted = stringAt(crd, "spec", "conversion", "strategy") === "Webhook";
    return isConverted && other !== undefined ? [{ crd, version: other }] : [];
  });
  const namespace = namespaceOf(sets);
  return [...admitted, ...converted].map(({ crd, version }) => {
    const kind = { ...kindOfCrd(crd), version };
    const name = `capi-pivot-probe-${installation.context.run}`;
    const metadata = kind.namespaced ? { name, namespace } : { name };
    return { kind, body: minimalObject(crd, version, metadata) };
  });
}

function servedVersion(crd: KubeObject, wanted: string): string {
  const { versions, version } = kindOfCrd(crd);
  return versions.includes(wanted) ? wanted : version;
}

/** A namespace that is there: one of our own. */
function namespaceOf(sets: readonly ComponentSet[]): string {
  const namespaces = sets.flatMap(({ objects }) =>
    objects.flatMap((object) => object.metadata.namespace ?? []),
  );
  return namespaces[0] ?? "default";
}

async function failureOf(
  { context }: Installation,
  { kind, body }: Probe,
): Promise<string | undefined> {
  try {
    await context.target.create(kind, body, { dryRun: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    const isFailure = isWebhookFailure(error.message);
    return isFailure ? `the webhook of ${kindKey(kind)}: ${error.message}` : undefined;
  }
}

function notServed(missing: Missing, { context }: Installation): PivotError {
  return new PivotError({
    code: "WEBHOOK_NOT_SERVED",
    cluster: "target",
    message: `webhooks of the installed providers do not answer in the target cluster: ${missing.slice(0, 3).join("; ")}`,
    hint: `kubectl --context ${context.target.context} get endpointslices -A   # does the Service of the webhook have endpoints, and can the API server reach them?`,
  });
}
