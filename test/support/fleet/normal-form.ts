// An object without what must differ between two servers, so that `toEqual` is the promise: nothing was lost.
import { asRecord, type Json, type KubeObject } from "../../../src/model/object.ts";

/** Uid to key, of one server or of both. */
export type UidMap = ReadonlyMap<string, string>;

const SERVER_FIELDS: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
]);

/**
 * Drops uid, resourceVersion, generation and creationTimestamp; writes uids of owners, and any that a status holds, as
 * `uid of <key>`; drops the condition `Paused`, which the target's controllers write; says of each observedGeneration
 * whether it is `current`. Everything else stays, managedFields with their times too; only the uids in their keys for
 * owner references are written the same way. Pass the uids of one server to insist that a mover translated these keys,
 * of both to accept the source's.
 */
export function normalForm(object: KubeObject, uids: UidMap): Json {
  const { metadata, status, ...rest } = object;
  const kept = Object.entries(metadata).filter(([field]) => !SERVER_FIELDS.has(field));
  const normal = { ...rest, metadata: withoutUids(Object.fromEntries(kept), uids) };
  if (status === undefined) return normal;
  return { ...normal, status: normalStatus(withoutUids(status, uids), metadata.generation) };
}

/** Every object of a snapshot in normal form, by key; to say that a generation was not observed is to say nothing. */
export function normalForms(
  snapshot: ReadonlyMap<string, KubeObject>,
  uids: UidMap,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    [...snapshot].map(([key, object]) => [key, withoutStale(normalForm(object, uids))]),
  );
}

function withoutStale(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutStale);
  const record = asRecord(value);
  if (record === undefined || "rawJSON" in record) return value;
  const kept = Object.entries(record).filter(
    ([name, member]) => !(name === "observedGeneration" && member === "stale"),
  );
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutStale(member)]));
}

const OWNER_FIELD = /^k:\{"uid":"([^"]+)"\}$/;

function withoutUids(value: Json, uids: UidMap): Json {
  return mapJson(value, {
    leaf: (leaf) => {
      const key = typeof leaf === "string" ? uids.get(leaf) : undefined;
      return key === undefined ? leaf : `uid of ${key}`;
    },
    name: (name) => {
      const key = uids.get(OWNER_FIELD.exec(name)?.[1] ?? "");
      return key === undefined ? name : `k:{"uid of ${key}"}`;
    },
  });
}

function normalStatus(status: Json, generation: number | undefined): Json {
  const observed = mapJson(status, {
    leaf: (leaf, field) => {
      if (field !== "observedGeneration") return leaf;
      return leaf === (generation ?? 0) ? "current" : "stale";
    },
    name: (name) => name,
  });
  const record = asRecord(observed);
  const conditions = record?.["conditions"];
  if (record === undefined || !Array.isArray(conditions)) return observed;
  return {
    ...record,
    conditions: conditions.filter((condition: Json) => asRecord(condition)?.["type"] !== "Paused"),
  };
}

interface JsonChange {
  leaf(leaf: Json, field: string): Json;
  name(name: string): string;
}

function mapJson(value: Json, change: JsonChange, field = ""): Json {
  if (Array.isArray(value)) return value.map((item: Json) => mapJson(item, change, field));
  const record = asRecord(value);
  // A raw number is an object to JavaScript, and a leaf to JSON.
  if (record === undefined || "rawJSON" in record) return change.leaf(value, field);
  const entries = Object.entries(record).map(
    ([name, item]) => [change.name(name), mapJson(item, change, name)] as const,
  );
  return Object.fromEntries(entries);
}
