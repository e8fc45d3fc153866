// A fleet in two clusters as a table: per namespace what each of them holds.
import { compareStrings, fieldAt, type KubeObject } from "../src/model/object.ts";
import type { Snapshot } from "../test/support/fleet/snapshot.ts";

const COLUMNS = ["clusters", "machines", "objects"] as const;
const CELL = 10;
const CLUSTER_SCOPED = "(cluster-scoped)";

/** Lines for 80 columns. `-` where a cluster has nothing. */
export function fleetTable(both: { readonly source: Snapshot; readonly target: Snapshot }): string {
  const [source, target] = [countByNamespace(both.source), countByNamespace(both.target)];
  const namespaces = [...new Set([...source.keys(), ...target.keys()])].sort(compareStrings);
  const width = Math.max(...namespaces.map((name) => name.length));
  const title = (word: string): string => word.padStart(CELL).padEnd(COLUMNS.length * CELL);
  return [
    `  ${" ".repeat(width)}${title("source")}${title("target")}`.trimEnd(),
    `  ${"namespace".padEnd(width)}${headings()}${headings()}`,
    ...namespaces.map(
      (name) => `  ${name.padEnd(width)}${cells(source.get(name))}${cells(target.get(name))}`,
    ),
    `  paused: ${pausedText(both.source)} in the source, ${pausedText(both.target)} in the target`,
  ].join("\n");
}

type Counts = Readonly<Record<(typeof COLUMNS)[number], number>>;

function headings(): string {
  return COLUMNS.map((column) => column.padStart(CELL)).join("");
}

function cells(counts: Counts | undefined): string {
  return COLUMNS.map((column) => String(counts?.[column] || "-").padStart(CELL)).join("");
}

function countByNamespace(snapshot: Snapshot): ReadonlyMap<string, Counts> {
  const groups = Map.groupBy(
    snapshot.values(),
    ({ metadata }) => metadata.namespace ?? CLUSTER_SCOPED,
  );
  return new Map([...groups].map(([namespace, objects]) => [namespace, countsOf(objects)]));
}

function countsOf(objects: readonly KubeObject[]): Counts {
  const of = (kind: string): number => objects.filter((object) => object.kind === kind).length;
  return {
    clusters: of("Cluster"),
    machines: of("Machine"),
    objects: objects.length,
  };
}

function pausedText(snapshot: Snapshot): string {
  const names = [...snapshot.values()]
    .filter((object) => object.kind === "Cluster" && fieldAt(object, "spec", "paused") === true)
    .map(({ metadata }) => metadata.name);
  return names.length === 0 ? "no cluster" : names.join(", ");
}
