// A crash case as a word that repeats it: `42:after:rollback:1`, or with several deaths, each of the process that takes
// up what the last one left, `target.POST.machines.2:before,17:after:resume:32`.
import type { WriteSelector } from "./write-sequence.ts";

/** Before the server hears of the write, or after it has acted and before the program hears of that. */
export type Way = "before" | "after";

export type Ending = "resume" | "rollback";

export interface Death {
  readonly at: WriteSelector;
  readonly way: Way;
}

export interface CrashCase {
  /** Of the pivot first, then of the commands that end it. At least one. */
  readonly deaths: readonly Death[];
  readonly ending: Ending;
  readonly concurrency: number;
}

export function caseText({ deaths, ending, concurrency }: CrashCase): string {
  const words = deaths.map(({ at, way }) => `${selectorText(at)}:${way}`);
  return `${words.join(",")}:${ending}:${concurrency}`;
}

export function selectorText(at: WriteSelector): string {
  return "number" in at ? String(at.number) : `${at.sort}.${at.occurrence}`;
}

const CASE = /^(?<deaths>.+):(?<ending>resume|rollback):(?<concurrency>\d+)$/;
const DEATH = /^(?:(?<number>\d+)|(?<sort>.+)\.(?<occurrence>\d+)):(?<way>before|after)$/;

/** @throws Error for a word that is no case. */
export function parseCase(text: string): CrashCase {
  const { deaths = "", ending, concurrency } = CASE.exec(text)?.groups ?? {};
  if (ending === undefined) throw new Error(`no crash case: ${text}; like 42:after:rollback:1`);
  return {
    deaths: deaths.split(",").map(parseDeath),
    ending: ending as Ending,
    concurrency: Number(concurrency),
  };
}

function parseDeath(text: string): Death {
  const { number, sort = "", occurrence, way } = DEATH.exec(text)?.groups ?? {};
  if (way === undefined) throw new Error(`no death: ${text}; like 42:after`);
  const at =
    number === undefined ? { sort, occurrence: Number(occurrence) } : { number: Number(number) };
  return { at, way: way as Way };
}
