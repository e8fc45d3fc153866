// Measurements as a table, and beside the goals.
import { CLUSTERCTL, OURS } from "./contenders.ts";
import type { Measurement } from "./measure.ts";
import { GOALS } from "./settings.ts";

const HEADER = [
  "tool",
  "link",
  "seconds",
  "requests",
  "servers' CPU s",
  "own CPU s",
  "peak MB",
  "times ours",
];

/** One row per measurement. */
export function table(all: readonly Measurement[]): string {
  const rows = [HEADER, ...all.map((one) => rowOf(one, all))];
  const widths = HEADER.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0, column < 2))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function pad(cell: string, width: number, isText: boolean): string {
  return isText ? cell.padEnd(width) : cell.padStart(width);
}

function rowOf(one: Measurement, all: readonly Measurement[]): readonly string[] {
  const { tool, link, seconds, servers, usage } = one;
  const ours = find(all, OURS, link);
  return [
    tool,
    link,
    seconds.toFixed(1),
    String(servers.requests),
    servers.cpuSeconds.toFixed(1),
    usage?.cpuSeconds.toFixed(1) ?? "-",
    usage?.peakMegabytes.toFixed(0) ?? "-",
    ours === undefined ? "-" : (seconds / ours.seconds).toFixed(2),
  ];
}

function find(all: readonly Measurement[], tool: string, link: string): Measurement | undefined {
  return all.find((one) => one.tool === tool && one.link === link);
}

export interface Results {
  readonly all: readonly Measurement[];
  readonly startUpMs: number;
  readonly objects: number;
}

/** A line per goal: what it is, what came out, whether that is enough. */
export function goals(results: Results): string {
  return [...ratioGoals(results), startUpGoal(results), memoryGoal(results)].join("\n");
}

function ratioGoals({ all, objects }: Results): readonly string[] {
  return [...GOALS.timesFaster].map(([link, wanted]) => {
    const goal = `${wanted} times as fast as clusterctl (${link}, ${GOALS.objects} objects)`;
    const [theirs, ours] = [find(all, CLUSTERCTL, link), find(all, OURS, link)];
    if (theirs === undefined || ours === undefined) return `${goal}: not measured`;
    const ratio = theirs.seconds / ours.seconds;
    const found = `${ratio.toFixed(1)} times with ${objects} objects`;
    return objects === GOALS.objects
      ? `${goal}: ${found}, ${verdict(wanted, ratio)}`
      : `${goal}: ${found}, says nothing about the goal`;
  });
}

function startUpGoal({ startUpMs }: Results): string {
  return `\`version\` within ${GOALS.startUpMs} ms: ${startUpMs.toFixed(1)} ms, ${verdict(startUpMs, GOALS.startUpMs)}`;
}

function memoryGoal({ all }: Results): string {
  const ours = all.filter(({ tool }) => tool === OURS);
  const peak = Math.max(...ours.map(({ usage }) => usage?.peakMegabytes ?? 0));
  return `at most ${GOALS.peakMegabytes} MB of memory: ${peak.toFixed(0)} MB, ${verdict(peak, GOALS.peakMegabytes)}`;
}

function verdict(smaller: number, greater: number): string {
  return smaller <= greater ? "met" : "NOT met";
}
