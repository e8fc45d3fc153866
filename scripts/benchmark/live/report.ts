// Both side by side.
import type { LiveFigures } from "./figures.ts";

export interface LiveMeasurement {
  readonly tool: string;
  readonly figures: LiveFigures;
  /** Machines that are in the target with the name and providerID that they had, of how many. */
  readonly kept: readonly [same: number, total: number];
  /** Of the command, with all that it does around the hand-over. */
  readonly commandSeconds: number;
}

/** A line that names the phases, where there is something to name. */
export function phaseLines(all: readonly LiveMeasurement[]): readonly string[] {
  return all
    .filter(({ figures }) => figures.otherPhases.length > 0)
    .map(({ tool, figures }) => `${tool}: Machines were ${figures.otherPhases.join(", ")}`);
}

interface Row {
  readonly title: string;
  readonly value: (one: LiveMeasurement) => number | undefined;
  /** For 80 columns. Default: the number itself, `never` where there is none. */
  readonly text?: (one: LiveMeasurement) => string;
}

/** A column per measurement, and how often the second holds the first. */
export function liveTable(ours: LiveMeasurement, theirs: LiveMeasurement): string {
  const cells = rowsOf(ours).map((row) => [
    row.title,
    textOf(row, ours),
    textOf(row, theirs),
    ratioOf(row.value(ours), row.value(theirs)),
  ]);
  const rows = [["", ours.tool, theirs.tool, "ratio"], ...cells];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell[column === 0 ? "padEnd" : "padStart"](widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function rowsOf({ figures, kept: [, machines] }: LiveMeasurement): readonly Row[] {
  return [
    seconds("nobody reconciles", (one) => one.figures.secondsPaused),
    {
      title: `all ${machines} Machines Running`,
      value: () => undefined,
      text: ({ figures: { allRunning, looks } }) => `${allRunning} of ${looks}`,
    },
    seconds("first Machine to all Running", (one) => one.figures.secondsUntilRunning),
    {
      title: "Machines seen in another phase",
      value: () => undefined,
      text: ({ figures: { otherPhases } }) => (otherPhases.length === 0 ? "never" : "yes"),
    },
    ...figures.clusters.flatMap(({ name }, index) => [
      {
        title: `Cluster ${name} not Available`,
        value: (one: LiveMeasurement) => one.figures.clusters[index]?.unavailable,
        text: ({ figures: { clusters, looks } }: LiveMeasurement) =>
          `${clusters[index]?.unavailable} of ${looks}`,
      },
      seconds("  at most", (one) => one.figures.clusters[index]?.longestSeconds),
    ]),
    {
      title: "the same Machines afterwards",
      value: () => undefined,
      text: ({ kept: [same, total] }) => `${same} of ${total}`,
    },
    seconds("the whole command", (one) => one.commandSeconds),
  ];
}

function seconds(title: string, value: Row["value"]): Row {
  return { title: `${title}, s`, value };
}

function textOf({ value, text }: Row, one: LiveMeasurement): string {
  return text?.(one) ?? value(one)?.toFixed(1) ?? "never";
}

function ratioOf(ours: number | undefined, theirs: number | undefined): string {
  if (ours === undefined || theirs === undefined) return "";
  return ours === 0 ? "-" : (theirs / ours).toFixed(1);
}
