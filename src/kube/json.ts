// Lossless JSON: numbers that JavaScript would change (9223372036854775807, 1.0, 1e3) travel as `JSON.rawJSON`.
// Everything else is a plain tree; own members called `__proto__` survive.
import type { Json } from "../model/object.ts";

declare global {
  // TypeScript's lib has neither of them yet: https://github.com/tc39/proposal-json-parse-with-source
  interface JSON {
    rawJSON(text: string): { readonly rawJSON: string };
    parse(
      text: string,
      reviver: (
        this: unknown,
        key: string,
        value: unknown,
        context: { readonly source?: string },
      ) => unknown,
    ): unknown;
  }
}

/** A number that may not survive; also matches inside strings, which only costs the slow path. */
const RISKY_NUMBER = /(?:^|[[:,])\s*-?(?:\d{16,}|\d+\.\d|\d+[eE]|0(?<=-0))/;

/** Parses text; throws SyntaxError. */
export function parseJson(text: string): Json {
  return RISKY_NUMBER.test(text) ? JSON.parse(text, keepNumber) : (JSON.parse(text) as Json);
}

/** The inverse: a body that was only parsed comes out with every number as it was written. */
export function stringifyJson(value: Json): string {
  return JSON.stringify(value);
}

function keepNumber(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  const { source } = context;
  const isChanged = typeof value === "number" && source !== undefined && String(value) !== source;
  return isChanged ? JSON.rawJSON(source) : value;
}
