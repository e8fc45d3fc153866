// A source object becomes the body to create in the target: server fields gone, owners mapped, roots paused,
// and four annotations that carry everything a resume needs.
import { ANNOTATION, OUR_PREFIX, OURS, type PausedBefore } from "../model/capi.ts";
import { DROP, isRawNumber, mapMembers, numberOf } from "../model/json.ts";
import {
  apiVersionOf,
  asRecord,
  groupOf,
  type Json,
  type KubeObject,
  type OwnerReference,
} from "../model/object.ts";
import type { PlannedObject } from "../model/plan.ts";

/** Source uid -> target uid of everything created or adopted so far. */
export type UidMap = Pick<ReadonlyMap<string, string>, "get">;

export interface RewriteContext {
  readonly run: string;
  readonly uids: UidMap;
  /** The managedFields list to restore, encoded (run/managed-fields.ts). */
  readonly managedFields: string;
  /** Does the target serve this group and version? */
  readonly serves: (apiVersion: string) => boolean;
  /** The version that the plan chose for a kind of this group. */
  readonly versionOf: (group: string, kind: string) => string | undefined;
}

/** Fields of metadata that only a server writes, or that must not be sent on create (k8s#32220: generateName). */
const SERVER_FIELDS: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
  "generateName",
]);

/**
 * The body to POST. Owner references whose owner is not in the target yet are left out: cut edges are put back
 * later (`ownerReferencesFor`), dangling ones never.
 */
export function bodyToCreate(
  source: KubeObject,
  planned: PlannedObject,
  context: RewriteContext,
): Record<string, Json> {
  const { metadata, status, ...rest } = source;
  const kept = Object.entries(metadata).filter(([field]) => !SERVER_FIELDS.has(field));
  const owners = ownerReferencesFor(source, context);
  const body: Record<string, Json> = {
    ...(mapVersions(rest, context) as Record<string, Json>),
    apiVersion: apiVersionOf(planned.kind.group, planned.kind.version),
    kind: source.kind,
    metadata: {
      ...Object.fromEntries(kept),
      annotations: annotationsFor(source, planned, context),
      ...(owners.length > 0 ? { ownerReferences: owners } : { ownerReferences: undefined }),
    },
  };
  // Without a status subresource the status is an ordinary field and can only come with the object.
  if (!planned.kind.hasStatus && status !== undefined) {
    body["status"] = statusFor(source, { uids: context.uids, generation: 1, pausedBySpec: false });
  }
  return planned.freeze === "spec" ? pausedInSpec(body) : body;
}

function pausedInSpec(body: Record<string, Json>): Record<string, Json> {
  return { ...body, spec: { ...asRecord(body["spec"]), paused: true } };
}

/** Owner references with target uids, `controller` and `blockOwnerDeletion` as they were, in their order. */
export function ownerReferencesFor(
  source: KubeObject,
  context: Pick<RewriteContext, "uids" | "serves" | "versionOf">,
): readonly OwnerReference[] {
  return (source.metadata.ownerReferences ?? []).flatMap((owner) => {
    const uid = context.uids.get(owner.uid);
    if (uid === undefined) return [];
    return [{ ...owner, apiVersion: servedVersion(owner.apiVersion, owner.kind, context), uid }];
  });
}

function servedVersion(
  apiVersion: string,
  kind: string,
  context: Pick<RewriteContext, "serves" | "versionOf">,
): string {
  if (context.serves(apiVersion)) return apiVersion;
  const group = groupOf(apiVersion);
  const version = context.versionOf(group, kind);
  return version === undefined ? apiVersion : apiVersionOf(group, version);
}

/** References inside the body by API version, rewritten only where the target does not serve that version. */
function mapVersions(body: Json, context: RewriteContext): Json {
  if (typeof body !== "object" || body === null || isRawNumber(body)) return body;
  if (Array.isArray(body)) return body.map((item) => mapVersions(item, context));
  const entries = Object.entries(body).map(([key, value]) => [key, mapVersions(value, context)]);
  const record = Object.fromEntries(entries) as Record<string, Json>;
  const { apiVersion, kind, name } = record;
  if (typeof apiVersion === "string" && typeof kind === "string" && typeof name === "string") {
    record["apiVersion"] = servedVersion(apiVersion, kind, context);
  }
  return record;
}

function annotationsFor(
  source: KubeObject,
  planned: PlannedObject,
  context: RewriteContext,
): Record<string, string> {
  const theirs = withoutOurs(source.metadata.annotations);
  const pausedBefore = pausedBeforeOf(source, planned);
  return {
    ...theirs,
    ...(planned.freeze === "annotation" ? { [ANNOTATION.paused]: "" } : {}),
    [OURS.run]: context.run,
    [OURS.sourceUid]: source.metadata.uid,
    [OURS.verdict]: planned.verdict.kind,
    [OURS.managedFields]: context.managedFields,
    ...(pausedBefore === undefined ? {} : { [OURS.pausedBefore]: pausedBefore }),
  };
}

/** Annotations as their owners left them. */
export function withoutOurs(
  annotations: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => !key.startsWith(OUR_PREFIX)),
  );
}

/** What the freeze found, from the annotation that the freeze wrote; undefined for what was not frozen by us. */
export function pausedBeforeOf(
  source: KubeObject,
  planned: PlannedObject,
): PausedBefore | undefined {
  if (planned.freeze !== "spec" && planned.freeze !== "annotation") return undefined;
  const recorded = source.metadata.annotations?.[OURS.pausedBefore];
  if (recorded === "false" || recorded === "absent") return recorded;
  return asRecord(source["spec"])?.["paused"] === false ? "false" : "absent";
}

export interface StatusContext {
  readonly uids: UidMap;
  /** Generation of the copy once it is thawed: what the source had observed becomes this. */
  readonly generation: number;
  /** The freeze raised the source's generation by one, so the status observed one less. */
  readonly pausedBySpec: boolean;
}

/**
 * The status to restore: observed generations and embedded uids mapped, condition `Paused` left to the controllers. What
 * had not been observed can only be left out: schemas want at least 1, and controllers drop a 0 when they write.
 */
export function statusFor(source: KubeObject, context: StatusContext): Json {
  const current = source.metadata.generation ?? 0;
  const observed = context.pausedBySpec ? [current, current - 1] : [current];
  const common = (key: string, value: Json): Json => {
    if (key === "observedGeneration")
      return isObserved(value, observed) ? context.generation : DROP;
    return key === "uid" && typeof value === "string"
      ? (context.uids.get(value) ?? value)
      : undefined;
  };
  return mapMembers(source["status"], (key, value) =>
    key === "conditions" && Array.isArray(value)
      ? conditionsFor(value, common)
      : common(key, value),
  );
}

function isObserved(value: Json, observed: readonly number[]): boolean {
  const number = numberOf(value);
  return number !== undefined && observed.includes(number);
}

function conditionsFor(
  conditions: readonly Json[],
  replace: (key: string, value: Json) => Json,
): Json {
  return conditions
    .filter((condition) => asRecord(condition)?.["type"] !== "Paused")
    .map((condition) => mapMembers(condition, replace));
}
