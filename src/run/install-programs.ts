// Programs: the Secrets that cert-manager issues for them, and their pods. What keeps a program from running is told in
// the words of its pods, since nobody else knows.
import { mapWithLimit } from "../kube/concurrency.ts";
import type { ClusterReader } from "../model/client.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import type { ComponentSet } from "../model/install.ts";
import { fieldAt, formatId, idOf, type KubeObject, listAt, stringAt } from "../model/object.ts";
import { pullSecretsOf } from "../model/pod-template.ts";
import { keyOfKind } from "../plan/component-index.ts";
import { CERTIFICATE, stageOf } from "../plan/component-kinds.ts";
import { hopelessReason, isAvailable, reasonsOf } from "../plan/pod-reasons.ts";
import { addressOf } from "./context.ts";
import { type Missing, waitUntil } from "./install-waits.ts";
import type { Installation } from "./installation.ts";
import { POD_KIND, SECRET_KIND } from "./our-kinds.ts";

/**
 * Waits until the Secret of every Certificate exists: a pod that mounts it would only wait itself.
 * @throws PivotError CERTIFICATE_NOT_ISSUED with what cert-manager says.
 */
export async function waitUntilIssued(
  installation: Installation,
  sets: readonly ComponentSet[],
): Promise<void> {
  const { context } = installation;
  const certificates = sets.flatMap(({ objects }) =>
    objects.filter((object) => keyOfKind(object) === CERTIFICATE),
  );
  await waitUntil(
    context,
    async () => {
      const secrets = await secretNames(installation, certificates);
      const pending = certificates.filter((one) => !secrets.has(secretOf(one)));
      return mapWithLimit(pending, context.concurrency, (one) => issueText(installation, one));
    },
    (missing) =>
      new PivotError({
        code: "CERTIFICATE_NOT_ISSUED",
        cluster: "target",
        message: `cert-manager did not issue ${missing.slice(0, 3).join("; ")}`,
        hint: `kubectl --context ${context.target.context} get certificates,certificaterequests -A   # and the log of cert-manager`,
      }),
  );
}

/** `namespace/name` of the Secret that a Certificate fills. */
function secretOf(certificate: KubeObject): string {
  return `${certificate.metadata.namespace}/${stringAt(certificate, "spec", "secretName")}`;
}

/** Names only: the keys are none of our business. */
async function secretNames(
  { context }: Installation,
  certificates: readonly KubeObject[],
): Promise<ReadonlySet<string>> {
  const namespaces = [...new Set(certificates.flatMap((one) => one.metadata.namespace ?? []))];
  const lists = await mapWithLimit(namespaces, context.concurrency, (namespace) =>
    context.target.list(SECRET_KIND, { namespace, metadataOnly: true }),
  );
  return new Set(lists.flat().map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
}

async function issueText(installation: Installation, certificate: KubeObject): Promise<string> {
  const kind = installation.kindOf(certificate);
  const found = await installation.context.target.get(kind, addressOf({ id: idOf(certificate) }));
  const ready = listAt(found, "status", "conditions").find(
    (condition) => fieldAt(condition, "type") === "Ready",
  );
  const said = stringAt(ready, "message");
  return `the Secret of ${formatId(idOf(certificate))}${said === undefined ? "" : ` (${said})`}`;
}

/** A Secret that somebody copies into every namespace comes a moment later. */
const HOPELESS_FOR_MS = 5_000;

/**
 * Waits until every program of these sets is available; not to the end where waiting mends nothing.
 * @throws PivotError PROVIDER_NOT_AVAILABLE with the reasons of all pods.
 */
export async function waitUntilAvailable(
  installation: Installation,
  sets: readonly ComponentSet[],
): Promise<void> {
  const { context } = installation;
  const programs = sets.flatMap(({ objects }) =>
    objects.filter((object) => stageOf(object) === "workloads"),
  );
  const since = new Map<string, number>();
  await waitUntil(
    context,
    async () => {
      const now = await mapWithLimit(programs, context.concurrency, (program) =>
        context.target.get(installation.kindOf(program), addressOf({ id: idOf(program) })),
      );
      const pending = now.filter((program) => !isAvailable(program));
      const seen = await mapWithLimit(pending, context.concurrency, (program) =>
        lookAtPods(installation, program),
      );
      const lost = seen.filter((one) => isLost(one, since, context.clock.monotonic()));
      if (lost.length > 0) throw hopeless(lost, installation);
      return seen.map(({ workload, reasons }) => {
        const shown = reasons.slice(0, REASONS_SHOWN).join("; ");
        return `${formatId(idOf(workload))} to be available: ${shown}`;
      });
    },
    (missing) => notAvailable(missing, installation),
  );
}

const REASONS_SHOWN = 3;

/** A program that is not available. */
interface Pending {
  readonly workload: KubeObject;
  readonly reasons: readonly string[];
  /** What no waiting will mend. */
  readonly hopeless: string | undefined;
}

/** Has it been hopeless for long enough? `since`: when that was first seen, by uid. */
function isLost(
  { workload: { metadata }, hopeless: reason }: Pending,
  since: Map<string, number>,
  now: number,
): boolean {
  const first = since.get(metadata.uid) ?? now;
  if (reason === undefined) since.delete(metadata.uid);
  else since.set(metadata.uid, first);
  return reason !== undefined && now - first >= HOPELESS_FOR_MS;
}

async function lookAtPods({ context }: Installation, workload: KubeObject): Promise<Pending> {
  const { namespace = "" } = workload.metadata;
  const labels = Object.entries(
    (fieldAt(workload, "spec", "selector", "matchLabels") ?? {}) as Record<string, string>,
  );
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(",");
  const pods = await context.target.list(POD_KIND, { namespace, labelSelector });
  const events = (await mapWithLimit(pods, 4, (pod) => warningsOf(context.target, pod))).flat();
  const secrets = await secretsFor(context.target, namespace, pods);
  return {
    workload,
    reasons: reasonsOf({ workload, pods, events }),
    hopeless: hopelessReason({ workload, pods }, secrets),
  };
}

/** Names of the Secrets beside these pods, as far as they pull images with one. */
async function secretsFor(
  client: ClusterReader,
  namespace: string,
  pods: readonly KubeObject[],
): Promise<ReadonlySet<string>> {
  const wanted = pods.flatMap((pod) => pullSecretsOf(fieldAt(pod, "spec")));
  if (wanted.length === 0) return new Set();
  try {
    const found = await client.list(SECRET_KIND, { namespace, metadataOnly: true });
    return new Set(found.map(({ metadata }) => metadata.name));
  } catch (error) {
    // Who may not look cannot say that one is missing.
    if (error instanceof KubeApiError && error.status === 403) return new Set(wanted);
    throw error;
  }
}

/** A Secret that cannot be mounted is told in events only. Whoever may not read them waits without their words. */
async function warningsOf(
  client: ClusterReader,
  { metadata }: KubeObject,
): Promise<readonly KubeObject[]> {
  const selector = `involvedObject.uid=${metadata.uid},type=Warning`;
  const path = `/api/v1/namespaces/${metadata.namespace}/events?limit=20&fieldSelector=${encodeURIComponent(selector)}`;
  try {
    return listAt(await client.getRaw(path), "items") as readonly KubeObject[];
  } catch {
    return [];
  }
}

function hopeless(lost: readonly Pending[], { context }: Installation): PivotError {
  const texts = lost.map(({ workload, hopeless: why }) => `${formatId(idOf(workload))}: ${why}`);
  return new PivotError({
    code: "PROVIDER_NOT_AVAILABLE",
    cluster: "target",
    message: `providers cannot start in the target cluster: ${texts.join("; ")}`,
    hint: `mend it where the components come from (the source, or --components FILE), or create what is missing in context ${context.target.context}; then run the same command again`,
  });
}

function notAvailable(missing: Missing, { context }: Installation): PivotError {
  return new PivotError({
    code: "PROVIDER_NOT_AVAILABLE",
    cluster: "target",
    message: `providers do not start in the target cluster; waited ${Math.round(context.timeoutMs / 1000)}s for ${missing.join("; and for ")}`,
    hint: `mend what the pods complain about (kubectl --context ${context.target.context} -n NAMESPACE logs POD), or give them more time with --timeout, then run the same command again`,
  });
}
