// Programs: the Secrets that cert-manager issues for them, and their pods. What keeps a program from running is told in
// the words of its pods, since nobody else knows.
import { mapWithLimit } from "../kube/concurrency.ts";
import { PivotError } from "../model/error.ts";
import type { ComponentSet } from "../model/install.ts";
import { fieldAt, formatId, idOf, type KubeObject, listAt, stringAt } from "../model/object.ts";
import { keyOfKind } from "../plan/component-index.ts";
import { CERTIFICATE, stageOf } from "../plan/component-kinds.ts";
import { isAvailable, reasonsOf } from "../plan/pod-reasons.ts";
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

/**
 * Waits until every program of these sets is available.
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
  await waitUntil(
    context,
    async () => {
      const now = await mapWithLimit(programs, context.concurrency, (program) =>
        context.target.get(installation.kindOf(program), addressOf({ id: idOf(program) })),
      );
      const pending = now.filter((program) => !isAvailable(program));
      return mapWithLimit(pending, context.concurrency, (program) => whyNot(installation, program));
    },
    (missing) => notAvailable(missing, installation),
  );
}

const REASONS_SHOWN = 3;

async function whyNot({ context }: Installation, workload: KubeObject): Promise<string> {
  const { namespace = "" } = workload.metadata;
  const labels = Object.entries(
    (fieldAt(workload, "spec", "selector", "matchLabels") ?? {}) as Record<string, string>,
  );
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(",");
  const pods = await context.target.list(POD_KIND, { namespace, labelSelector });
  const events = (await mapWithLimit(pods, 4, (pod) => warningsOf(context.target, pod))).flat();
  const reasons = reasonsOf({ workload, pods, events }).slice(0, REASONS_SHOWN);
  return `${formatId(idOf(workload))} to be available: ${reasons.join("; ")}`;
}

/** A Secret that cannot be mounted is told in events only. Whoever may not read them waits without their words. */
async function warningsOf(
  client: Installation["context"]["target"],
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

function notAvailable(missing: Missing, { context }: Installation): PivotError {
  return new PivotError({
    code: "PROVIDER_NOT_AVAILABLE",
    cluster: "target",
    message: `providers do not start in the target cluster; waited ${Math.round(context.timeoutMs / 1000)}s for ${missing.join("; and for ")}`,
    hint: `mend what the pods complain about (kubectl --context ${context.target.context} -n NAMESPACE logs POD), or give them more time with --timeout, then run the same command again`,
  });
}
