// What a terminal was written becomes a film: screens, each with the time for which it is shown. Pure.
import { Screen } from "../../test/support/terminal.ts";

/** Something that was written, so many milliseconds after the start. */
export interface Written {
  readonly at: number;
  readonly text: string;
}

export interface Frame {
  readonly ms: number;
  /** The last rows of the screen, from the top. */
  readonly lines: readonly string[];
}

export interface FilmSize {
  readonly columns: number;
  readonly rows: number;
}

/** Shorter ones are not seen, and make the film big. */
const SHORTEST_MS = 120;
/** Nobody wants to wait for a film. */
const LONGEST_MS = 1_200;
const END_MS = 4_000;

/** Equal screens are one frame; the last one stays a while. */
export function filmOf(written: readonly Written[], { columns, rows }: FilmSize): Frame[] {
  const frames: { ms: number; lines: readonly string[] }[] = [];
  let raw = "";
  const bursts = burstsOf(written);
  for (const [index, { at, text }] of bursts.entries()) {
    raw += text;
    const next = bursts[index + 1];
    const ms = next === undefined ? END_MS : Math.min(LONGEST_MS, next.at - at);
    const lines = lastRows(new Screen(raw, columns).lines, rows);
    const last = frames.at(-1);
    if (last !== undefined && Bun.deepEquals(last.lines, lines)) last.ms += ms;
    else frames.push({ ms, lines });
  }
  return frames;
}

/** What was written at about the same time, in one. */
function burstsOf(written: readonly Written[]): readonly Written[] {
  const bursts: { at: number; text: string }[] = [];
  for (const { at, text } of written) {
    const last = bursts.at(-1);
    if (last !== undefined && at - last.at < SHORTEST_MS) last.text += text;
    else bursts.push({ at, text });
  }
  return bursts;
}

/** A cursor on an empty last line is no row of its own. */
function lastRows(lines: readonly string[], rows: number): readonly string[] {
  const end = lines.at(-1) === "" ? -1 : undefined;
  return lines.slice(0, end).slice(-rows);
}
