// A live fleet in two clusters as a table: Clusters, Machines and providers, and how they are in each of them.
import { compareStrings } from "../src/model/object.ts";
import type { LiveState } from "../test/support/live/live-state.ts";

/** What one cluster shows. */
export interface LiveSide {
  readonly fleet: LiveState;
  /** How its manager is, by the provider's namespace. */
  readonly providers: ReadonlyMap<string, string>;
}

/** Lines for 80 columns. `-` where a cluster has nothing. */
export function liveTable(both: { readonly source: LiveSide; readonly target: LiveSide }): string {
  const sections = SECTIONS.map(([title, cellsOf]) => {
    const [source, target] = [cellsOf(both.source), cellsOf(both.target)];
    const names = [...new Set([...source.keys(), ...target.keys()])].sort(compareStrings);
    const cell = (cells: ReadonlyMap<string, string>, name: string) => cells.get(name) ?? "-";
    return [
      [title, "source", "target"],
      ...names.map((name) => [`  ${name}`, cell(source, name), cell(target, name)]),
    ];
  });
  const widths = [0, 1, 2].map((column) =>
    Math.max(...sections.flat().map((row) => row[column]?.length ?? 0)),
  );
  return sections.map((rows) => rows.map((row) => lineOf(row, widths)).join("\n")).join("\n\n");
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  return `  ${cells.join("  ")}`.trimEnd();
}

type Cells = ReadonlyMap<string, string>;

const SECTIONS: readonly (readonly [title: string, cellsOf: (side: LiveSide) => Cells])[] = [
  [
    "clusters",
    ({ fleet: { clusters } }) =>
      new Map(
        clusters.map(({ namespace, name, isAvailable }) => [
          `${namespace}/${name}`,
          isAvailable ? "Available" : "not Available",
        ]),
      ),
  ],
  [
    "machines",
    ({ fleet: { machines } }) =>
      new Map(machines.map(({ name, phase }) => [name, phase ?? "no phase"])),
  ],
  ["providers", ({ providers }) => providers],
];
