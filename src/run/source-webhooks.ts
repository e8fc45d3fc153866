// Between commit and delete: admission webhooks of the source that went silent with their controllers are kept as they
// are in ConfigMaps beside the run record, and removed, because a dead one refuses every delete. What is kept holds no
// secrets: a webhook configuration names a Service and a certificate authority.
//
// Kept first, removed then: a process that dies in between leaves both, and the next look finds what is kept already.
import { mapWithLimit } from "../kube/concurrency.ts";
import { OUR_LABEL, OUR_NAMESPACE } from "../model/capi.ts";
import type { ClusterClient, ClusterReader } from "../model/client.ts";
import { KubeApiError } from "../model/error.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { formatId, idOf, type KubeObject } from "../model/object.ts";
import type { StoppedController } from "../model/run-record.ts";
import { type DeadConfiguration, deadConfigurations } from "../plan/source-webhooks.ts";
import type { RunContext } from "./context.ts";
import { managedFieldsPatch } from "./managed-fields.ts";
import {
  CONFIG_MAP_KIND,
  MUTATING_WEBHOOK_KIND,
  SERVICE_KIND,
  VALIDATING_WEBHOOK_KIND,
} from "./our-kinds.ts";
import { refusal } from "./refusal.ts";
import { readProgram } from "./workload.ts";

const KINDS: readonly ResourceKind[] = [MUTATING_WEBHOOK_KIND, VALIDATING_WEBHOOK_KIND];
const LABEL = "capi-pivot.github.io/webhooks";
/** Well below the 1 MiB that a ConfigMap may hold (kubernetes pkg/apis/core/validation, MaxSecretSize). */
const CHUNK_BYTES = 700 * 1024;

/**
 * Keeps and removes the webhooks of stopped controllers. One configuration that others serve too loses only the
 * silent ones. Resolves to the number of configurations.
 * @throws PivotError DELETE_REFUSED, FORBIDDEN.
 */
export async function removeSourceWebhooks(
  context: RunContext,
  stopped: readonly StoppedController[],
): Promise<number> {
  const dead = await findDead(context.source, stopped);
  const saved = await readSaved(context);
  const known = new Set(saved.map(({ metadata }) => metadata.uid));
  const bodies = dead.map(({ configuration }) => configuration);
  await save(
    context,
    bodies.filter(({ metadata }) => !known.has(metadata.uid)),
  );
  await mapWithLimit(dead, context.concurrency, (one) => silence(context.source, one));
  return dead.length;
}

async function findDead(
  source: ClusterClient,
  stopped: readonly StoppedController[],
): Promise<readonly DeadConfiguration[]> {
  const programs = await Promise.all(stopped.map((one) => readProgram(source, one)));
  const workloads = programs.flatMap((program) => program ?? []);
  const namespaces = [...new Set(workloads.map(({ metadata }) => metadata.namespace ?? ""))];
  const services = await Promise.all(
    namespaces.map((namespace) => source.list(SERVICE_KIND, { namespace })),
  );
  const configurations = await Promise.all(KINDS.map((kind) => source.list(kind)));
  return deadConfigurations(configurations.flat(), services.flat(), workloads);
}

/** ConfigMaps are numbered: a second call of the same run adds to what the first has kept. */
async function save({ source, run }: RunContext, bodies: readonly KubeObject[]): Promise<void> {
  const first = (await listSaved({ source, run })).length;
  for (const [index, chunk] of chunksOf(bodies).entries()) {
    const name = `capi-pivot-${run}-webhooks-${first + index}`;
    const data = Object.fromEntries(chunk.map((text, place) => [`webhooks-${place}`, text]));
    const metadata = { namespace: OUR_NAMESPACE, name, labels: { ...OUR_LABEL, [LABEL]: run } };
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata, data };
    await unlessOurs(source.create(CONFIG_MAP_KIND, body));
  }
}

/** A create that meets the one it repeats, whose answer was lost, has been done. */
async function unlessOurs(create: Promise<unknown>): Promise<void> {
  try {
    await create;
  } catch (error) {
    const isOurs =
      error instanceof KubeApiError && error.reason === "AlreadyExists" && error.isRepeat;
    if (!isOurs) throw error;
  }
}

/** Texts of bodies, as many together as one ConfigMap holds. */
export function chunksOf(
  bodies: readonly KubeObject[],
  bytes = CHUNK_BYTES,
): readonly (readonly string[])[] {
  const chunks: string[][] = [];
  let room = 0;
  for (const body of bodies) {
    const text = JSON.stringify(body);
    const size = Buffer.byteLength(text);
    if (size > room) {
      chunks.push([]);
      room = bytes;
    }
    chunks.at(-1)?.push(text);
    room -= size;
  }
  return chunks;
}

async function silence(
  source: ClusterClient,
  { configuration, kept }: DeadConfiguration,
): Promise<void> {
  const kind = kindOf(configuration);
  const { name, uid, resourceVersion } = configuration.metadata;
  try {
    if (kept.length === 0) await source.delete(kind, { name }, { uid });
    else {
      const patch = { metadata: { uid, resourceVersion }, webhooks: kept };
      await source.patch(kind, { name }, "merge", patch);
    }
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    if (error.status !== 404) {
      throw refusal("DELETE_REFUSED", idOf(configuration), error, source);
    }
  }
}

function kindOf(configuration: KubeObject): ResourceKind {
  return configuration.kind === MUTATING_WEBHOOK_KIND.kind
    ? MUTATING_WEBHOOK_KIND
    : VALIDATING_WEBHOOK_KIND;
}

function listSaved({
  source,
  run,
}: {
  readonly source: ClusterReader;
  readonly run: string;
}): Promise<readonly KubeObject[]> {
  const labelSelector = `${LABEL}=${run}`;
  return source.list(CONFIG_MAP_KIND, { namespace: OUR_NAMESPACE, labelSelector });
}

async function readSaved(context: RunContext): Promise<readonly KubeObject[]> {
  const maps = await listSaved(context);
  return maps.flatMap((map) =>
    Object.values((map["data"] ?? {}) as Readonly<Record<string, string>>).map(
      (text) => JSON.parse(text) as KubeObject,
    ),
  );
}

/**
 * Puts back what `removeSourceWebhooks` took away, field owners too; what somebody has made meanwhile is left alone,
 * with a note. Resolves to the number of configurations put back.
 */
export async function restoreSourceWebhooks(context: RunContext): Promise<number> {
  const saved = await readSaved(context);
  const restored = await mapWithLimit(saved, context.concurrency, (one) => restore(context, one));
  return restored.filter(Boolean).length;
}

async function restore(context: RunContext, saved: KubeObject): Promise<boolean> {
  const { source } = context;
  const kind = kindOf(saved);
  const { uid, name, managedFields = [] } = saved.metadata;
  const found = (await source.list(kind)).find(({ metadata }) => metadata.name === name);
  if (found !== undefined && found.metadata.uid !== uid && !isOurs(found, saved)) {
    const text = `${formatId(idOf(saved))} of the source was made anew by somebody else: it is left alone`;
    context.emit({ type: "note", text });
    return false;
  }
  if (found === undefined) await unlessOurs(source.create(kind, bodyOf(saved)));
  else await source.patch(kind, { name }, "merge", { webhooks: saved["webhooks"] });
  const patch = { metadata: { managedFields: managedFieldsPatch(managedFields) } };
  await source.patch(kind, { name }, "merge", patch);
  return true;
}

/** Made by us a moment ago, in a call that died before its last write. */
function isOurs(found: KubeObject, saved: KubeObject): boolean {
  return JSON.stringify(found["webhooks"]) === JSON.stringify(saved["webhooks"]);
}

function bodyOf({ metadata, ...rest }: KubeObject): object {
  const { name, labels, annotations, finalizers, ownerReferences } = metadata;
  return { ...rest, metadata: { name, labels, annotations, finalizers, ownerReferences } };
}

/** Removes what was kept. After it nothing of ours is left of this. */
export async function forgetSourceWebhooks(context: RunContext): Promise<void> {
  for (const { metadata } of await listSaved(context)) {
    const { namespace = "", name, uid } = metadata;
    await context.source.delete(CONFIG_MAP_KIND, { namespace, name }, { uid });
  }
}

/** Where they are kept, for a note: `capi-pivot-system/NAME`. */
export async function whereWebhooksAreKept(context: RunContext): Promise<readonly string[]> {
  return (await listSaved(context)).map(({ metadata }) => `${OUR_NAMESPACE}/${metadata.name}`);
}
