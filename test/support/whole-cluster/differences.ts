// What two forms of a cluster do not share, one line each: cluster, object, path, what was expected and what is there.
import { asRecord, type Json } from "../../../src/model/object.ts";
import type { ClusterForm } from "./as-it-was.ts";

/** Both clusters. */
export type Forms = Readonly<Record<"source" | "target", ClusterForm>>;

/** Empty when they are equal. */
export function differencesOf(expected: Forms, found: Forms): readonly string[] {
  return (["source", "target"] as const).flatMap((cluster) => {
    const keys = new Set([...Object.keys(expected[cluster]), ...Object.keys(found[cluster])]);
    return [...keys].sort().flatMap((key) => {
      const [before, now] = [expected[cluster][key], found[cluster][key]];
      if (now === undefined) return [`${cluster}: ${key}: is missing`];
      if (before === undefined) return [`${cluster}: ${key}: should not be there`];
      return pathsOf(before, now, "").map((line) => `${cluster}: ${key}: ${line}`);
    });
  });
}

function pathsOf(before: Json, now: Json, path: string): readonly string[] {
  if (Bun.deepEquals(before, now)) return [];
  const [left, right] = [membersOf(before), membersOf(now)];
  if (left === undefined || right === undefined) {
    return [`${path === "" ? "it" : path} is ${textOf(now)}, not ${textOf(before)}`];
  }
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].flatMap((name) => {
    const at = path === "" ? name : `${path}.${name}`;
    if (!(name in right)) return [`${at} is missing, was ${textOf(left[name])}`];
    if (!(name in left)) return [`${at} is new: ${textOf(right[name])}`];
    return pathsOf(left[name], right[name], at);
  });
}

/** Of objects and lists; undefined for a leaf. */
function membersOf(value: Json): Readonly<Record<string, Json>> | undefined {
  if (Array.isArray(value)) return Object.fromEntries(value.entries());
  const record = asRecord(value);
  return record === undefined || "rawJSON" in record ? undefined : record;
}

const SHOWN = 120;

function textOf(value: Json): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
