// JSON without loss: a number that JavaScript would rewrite travels as the text that came. Kept apart from src/kube on
// purpose, so that a mistake there cannot hide from the tests that compare with this.
import type { Json } from "../../../src/model/object.ts";

// TypeScript's library does not know the proposal yet; Bun and Node 21 implement it.
const json: {
  rawJSON(text: string): Json;
  parse(text: string, reviver: (key: string, value: Json, at: { source?: string }) => Json): Json;
} = JSON as never;

/** A number with exactly these digits. */
export function exactNumber(digits: string): Json {
  return json.rawJSON(digits);
}

/** Parses text; numbers that would not be written back as they came become `JSON.rawJSON` values. */
export function parseLossless(text: string): Json {
  return json.parse(text, (_key, value, at) =>
    typeof value === "number" && at.source !== undefined && String(value) !== at.source
      ? json.rawJSON(at.source)
      : value,
  );
}
