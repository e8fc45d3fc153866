// Expected object, actual object -> what differs. Paths only: values may be secret.
import { isRawNumber, numberOf } from "../model/json.ts";
import { asRecord, type Json } from "../model/object.ts";
import type { Difference } from "../model/plan.ts";

/** What the expected body says nothing about: the server's, and ours by design. */
const IGNORED_METADATA: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "managedFields",
  "selfLink",
]);

/**
 * Compares a copy with what was asked for. `missing` and `changed` mean that the target lost or altered something;
 * `added` is what it defaulted. `null` and an absent member are the same thing.
 */
export function compareObjects(expected: Json, actual: Json): readonly Difference[] {
  const differences: Difference[] = [];
  compareAt("", strip(expected), strip(actual), differences);
  return differences;
}

/** Is nothing lost or altered? What a server defaulted does not count. */
export function isFaithful(differences: readonly Difference[]): boolean {
  return differences.every((difference) => difference.change === "added");
}

function strip(object: Json): Json {
  const record = asRecord(object);
  const metadata = asRecord(record?.["metadata"]);
  if (record === undefined || metadata === undefined) return object;
  const kept = Object.entries(metadata).filter(([field]) => !IGNORED_METADATA.has(field));
  return { ...record, metadata: Object.fromEntries(kept) };
}

function compareAt(path: string, expected: Json, actual: Json, into: Difference[]): void {
  if (isNothing(expected) || isNothing(actual)) {
    comparePresence(path, expected, actual, into);
    return;
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    compareLists(path, expected, actual, into);
    return;
  }
  const [left, right] = [recordOf(expected), recordOf(actual)];
  if (left !== undefined && right !== undefined) compareRecords(path, left, right, into);
  else if (!isSameScalar(expected, actual)) into.push({ path, change: "changed" });
}

function comparePresence(path: string, expected: Json, actual: Json, into: Difference[]): void {
  if (!isNothing(actual)) into.push({ path, change: "added" });
  else if (!isNothing(expected) && !isHollow(expected)) into.push({ path, change: "missing" });
}

function isNothing(value: Json): boolean {
  return value === undefined || value === null;
}

/** Servers drop empty maps and lists; that loses nothing. */
function isHollow(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  const record = recordOf(value);
  return record !== undefined && Object.values(record).every((member) => isNothing(member));
}

function recordOf(value: Json): Readonly<Record<string, Json>> | undefined {
  return isRawNumber(value) ? undefined : asRecord(value);
}

/** `1.0` and `1` are one number: a server may store either; beyond 2^53 only the text tells. */
function isSameScalar(expected: Json, actual: Json): boolean {
  const [left, right] = [textOf(expected), textOf(actual)];
  if (left === right) return true;
  const [a, b] = [numberOf(expected), numberOf(actual)];
  return a !== undefined && a === b && Math.abs(a) < Number.MAX_SAFE_INTEGER;
}

function textOf(value: Json): string {
  return isRawNumber(value) ? value.rawJSON : JSON.stringify(value);
}

function compareRecords(
  path: string,
  expected: Readonly<Record<string, Json>>,
  actual: Readonly<Record<string, Json>>,
  into: Difference[],
): void {
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const [left, right] = [ownMember(expected, key), ownMember(actual, key)];
    compareAt(path === "" ? key : `${path}.${key}`, left, right, into);
  }
}

/** A label may be called `constructor`. */
function ownMember(record: Readonly<Record<string, Json>>, key: string): Json {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function compareLists(
  path: string,
  expected: readonly Json[],
  actual: readonly Json[],
  into: Difference[],
): void {
  const key = listKey(path, expected, actual);
  if (key === undefined) {
    for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
      compareAt(`${path}[${index}]`, expected[index], actual[index], into);
    }
    return;
  }
  const byKey = new Map(actual.map((item) => [asRecord(item)?.[key], item]));
  const names = new Set(expected.map((item) => asRecord(item)?.[key]));
  for (const item of expected) {
    const name = asRecord(item)?.[key];
    compareAt(`${path}[${String(name)}]`, item, byKey.get(name), into);
  }
  for (const name of byKey.keys()) {
    if (!names.has(name)) into.push({ path: `${path}[${String(name)}]`, change: "added" });
  }
}

/** A controller that adds a condition or an owner shifts the others; in any other list the order may have a meaning. */
const LIST_KEYS: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\.)conditions$/, "type"],
  [/^metadata\.ownerReferences$/, "uid"],
];

/** The member that tells the items of both lists apart; undefined where only their places do. */
function listKey(path: string, ...lists: readonly (readonly Json[])[]): string | undefined {
  const key = LIST_KEYS.find(([paths]) => paths.test(path))?.[1];
  if (key === undefined) return undefined;
  const isKeyed = lists.every((list) => {
    const names = list.map((item) => asRecord(item)?.[key]);
    return names.every((name) => typeof name === "string") && new Set(names).size === list.length;
  });
  return isKeyed ? key : undefined;
}
