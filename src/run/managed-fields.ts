// managedFields as an annotation: JSON, gzip, base64. The copy carries the list it will be given at the thaw.
import { OURS } from "../model/capi.ts";
import type { KubeObject, ManagedFieldsEntry } from "../model/object.ts";
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
