// Values of flags: words, numbers and durations. Every refusal is a usage error that says what is accepted.
import { type PivotError, usageError } from "../model/error.ts";
import { parseDuration } from "./duration.ts";

/** One of several words; the first is the default. */
export function readChoice<T extends string>(
  flag: string,
  text: string | undefined,
  choices: readonly [T, ...T[]],
): T {
  if (text === undefined) return choices[0];
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw badValue(flag, text, `one of ${choices.join(", ")}`);
}

/** A whole number within limits. */
export function readInteger(flag: string, text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw badValue(flag, text, `a whole number from ${least} to ${most}`);
}

/** 0 means not at all. */
export function readPatience(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw badValue(flag, text, "a duration, for example 30s or 5m, or 0 to skip it");
}

/** Above 0. */
export function readTimeout(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw badValue(flag, text, "a duration above 0, for example 90s, 5m or 1h30m");
}

/** kubectl takes bare seconds here, and 0 for no limit. */
export function readRequestTimeout(text: string): number {
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms !== undefined) return ms;
  throw badValue("--request-timeout", text, "a duration, for example 30s, or 0 for no limit");
}

/** The refusal itself. */
export function badValue(flag: string, text: string, accepted: string): PivotError {
  return usageError(`${flag} does not take ${JSON.stringify(text)}`, `it takes ${accepted}`);
}
