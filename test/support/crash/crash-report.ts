// What a matrix has come to, as lines while it goes on and as a table at its end.
import type { CaseResult, Verdict } from "./story.ts";

export interface Counted {
  readonly row: string;
  readonly result: CaseResult;
}

/** `12/1077  42:after:rollback:1  passed  4.3 s  target.POST.machines.2 ns1/m1`, and below it what went wrong. */
export function progressLine(at: string, { result }: Counted): string {
  const { case: text, verdict, seconds, cpuSeconds, deaths, lines } = result;
  const spent = `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} CPU-s`;
  const head = `${at}  ${text}  ${verdict}  ${spent}  ${deaths.join("; ")}`;
  if (verdict !== "failed") return head;
  const repeat = `repeat it with: ./scripts/test --crash=${text}`;
  return [head, ...lines.slice(0, SHOWN).map((line) => `    ${line}`), `    ${repeat}`].join("\n");
}

const SHOWN = 40;
const VERDICTS: readonly Verdict[] = ["passed", "unreached", "failed"];

/** A row for each name, in the order in which they came, and one for all. */
export function summaryTable(all: readonly Counted[]): string {
  const groups = Map.groupBy(all, ({ row }) => row);
  const width = Math.max(...[...groups.keys(), "all"].map((row) => row.length));
  const line = (row: string, cells: readonly string[]): string =>
    `${row.padEnd(width)}${cells.map((cell) => cell.padStart(CELL)).join("")}`;
  const cellsOf = (some: readonly Counted[]): readonly string[] => {
    const seconds = some.reduce((sum, { result }) => sum + result.seconds, 0);
    const cpuSeconds = some.reduce((sum, { result }) => sum + result.cpuSeconds, 0);
    const counts = VERDICTS.map(
      (verdict) => some.filter(({ result }) => result.verdict === verdict).length,
    );
    return [some.length, ...counts, Math.round(seconds), Math.round(cpuSeconds)].map(String);
  };
  return [
    line("", ["cases", ...VERDICTS, "seconds", "CPU-s"]),
    ...[...groups].map(([row, some]) => line(row, cellsOf(some))),
    line("all", cellsOf(all)),
  ].join("\n");
}

const CELL = 11;
