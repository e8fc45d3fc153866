// managedFields as an annotation: JSON, gzip, base64. The copy carries the list it will be given at the thaw.
import { FIELD_MANAGER, OURS } from "../model/capi.ts";
import {
  asRecord,
  fieldAt,
  type Json,
  type KubeObject,
  type ManagedFieldsEntry,
} from "../model/object.ts";
import type { UidMap } from "../plan/rewrite.ts";
import type { Served } from "../plan/served.ts";

/** Annotation value for a list. */
export function encodeManagedFields(entries: readonly ManagedFieldsEntry[]): string {
  return encodeText(JSON.stringify(entries));
}

function encodeText(text: string): string {
  return Buffer.from(Bun.gzipSync(text, { level: 6 })).toString("base64");
}

/** The list of an annotation value. Throws when it is not what `encodeManagedFields` made. */
export function decodeManagedFields(encoded: string): readonly ManagedFieldsEntry[] {
  return JSON.parse(new TextDecoder().decode(Bun.gunzipSync(Buffer.from(encoded, "base64"))));
}

/** A key of `f:ownerReferences`: entries of that list are told apart by uid. */
const OWNER_KEY = /k:\{\\"uid\\":\\"([^"\\]+)\\"\}/g;

/**
 * The list to give a copy, encoded: as it was before we touched the source (the freeze keeps it in an annotation),
 * with owners by their uids in the target, and without entries at versions that the target does not serve, which
 * a server refuses.
 */
export function managedFieldsFor(source: KubeObject, uids: UidMap, { serves }: Served): string {
  const kept = source.metadata.annotations?.[OURS.managedFields];
  const before =
    kept === undefined ? (source.metadata.managedFields ?? []) : decodeManagedFields(kept);
  const entries = before.filter(({ apiVersion }) => apiVersion === undefined || serves(apiVersion));
  const text = JSON.stringify(entries).replace(OWNER_KEY, (key, uid: string) =>
    key.replace(uid, uids.get(uid) ?? uid),
  );
  return encodeText(text);
}

/** A patch must name at least one entry: `[{}]` is how a server is told to have none. */
export function managedFieldsPatch(entries: readonly ManagedFieldsEntry[]): readonly object[] {
  return entries.length === 0 ? [{}] : entries;
}

/**
 * The list as it would be had we never scaled the object: our own entries as they were before, `spec.replicas` with
 * those who had it, everything else as it is now. Measured: a write of the `scale` subresource takes the field from its
 * owners and gives it to nobody; entries that lose a field keep their time, one that loses its last field goes.
 */
export function ownershipBefore(
  now: readonly ManagedFieldsEntry[],
  before: readonly ManagedFieldsEntry[],
): readonly ManagedFieldsEntry[] {
  const isOurs = ({ manager }: ManagedFieldsEntry) => manager === FIELD_MANAGER;
  const owners = before.filter((entry) => !isOurs(entry) && ownsReplicas(entry));
  const others = now.filter((entry) => !isOurs(entry));
  const given = others.map((entry) =>
    owners.some((owner) => isSameEntry(owner, entry)) ? withReplicas(entry) : entry,
  );
  const lost = owners.filter((owner) => !others.some((entry) => isSameEntry(owner, entry)));
  return [...given, ...lost, ...before.filter(isOurs)];
}

/** Who owns `spec.replicas`, by name. */
export function replicasOwners(entries: readonly ManagedFieldsEntry[]): readonly string[] {
  return entries.filter(ownsReplicas).flatMap(({ manager }) => manager ?? []);
}

function ownsReplicas(entry: ManagedFieldsEntry): boolean {
  return fieldAt(entry["fieldsV1"], "f:spec", "f:replicas") !== undefined;
}

/** An entry is told apart by these four (apimachinery pkg/util/managedfields). */
function isSameEntry(a: ManagedFieldsEntry, b: ManagedFieldsEntry): boolean {
  const fields = ["manager", "operation", "apiVersion", "subresource"] as const;
  return fields.every((field) => a[field] === b[field]);
}

function withReplicas(entry: ManagedFieldsEntry): ManagedFieldsEntry {
  const fields: Readonly<Record<string, Json>> = asRecord(entry["fieldsV1"]) ?? {};
  const spec = { ...asRecord(fields["f:spec"]), "f:replicas": {} };
  return { ...entry, fieldsV1: { ...fields, "f:spec": spec } };
}
