// JSON trees with lossless numbers: the few operations that must know about `JSON.rawJSON` values.
import type { Json } from "./object.ts";

/** A number kept as its source text because JavaScript would change it (kube/json.ts makes them). */
export function isRawNumber(value: Json): value is { readonly rawJSON: string } {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
}

/** A plain number; lossless ones that fit are converted, anything else is undefined. */
export function numberOf(value: Json): number | undefined {
  if (typeof value === "number") return value;
  return isRawNumber(value) ? Number(value.rawJSON) : undefined;
}

/** For `mapMembers`: the member goes. */
export const DROP: unique symbol = Symbol("drop");

/**
 * Rebuilds a tree, giving every object member to `replace` first; what it returns stands, undefined means "go on", DROP
 * leaves the member out.
 */
export function mapMembers(value: Json, replace: (key: string, value: Json) => Json): Json {
  if (typeof value !== "object" || value === null || isRawNumber(value)) return value;
  if (Array.isArray(value)) return value.map((item) => mapMembers(item, replace));
  const copy: [string, Json][] = Object.entries(value).map(([key, member]) => {
    const replaced = replace(key, member);
    return [key, replaced === undefined ? mapMembers(member, replace) : replaced];
  });
  // fromEntries defines own members, so a member called __proto__ stays a member.
  return Object.fromEntries(copy.filter(([, member]) => member !== DROP));
}

/** Calls `visit` for every object of a tree, outermost first. */
export function visitRecords(
  value: Json,
  visit: (record: Readonly<Record<string, Json>>) => void,
): void {
  if (typeof value !== "object" || value === null || isRawNumber(value)) return;
  if (Array.isArray(value)) {
    for (const item of value) visitRecords(item, visit);
    return;
  }
  const record = value as Readonly<Record<string, Json>>;
  visit(record);
  for (const member of Object.values(record)) visitRecords(member, visit);
}
