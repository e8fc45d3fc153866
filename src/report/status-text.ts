// What `status` found, as a page to read: the clusters, the runs, and what can be typed now. Pure.
import type { RunStatus, Status, StatusState, Stray } from "../model/status.ts";
import { pad, wrap } from "./layout.ts";
import { marksText } from "./marks-text.ts";
import { NO_PALETTE, type Palette } from "./palette.ts";
import { clusterText } from "./plan-text.ts";
import { headlineOf, runRows, sourceRows, targetRows } from "./run-rows.ts";
import { agoText } from "./time-text.ts";
import { someOf } from "./words.ts";

const COLUMNS = 80;
const TITLE_COLUMNS = 10;
const KINDS_SHOWN = 6;

/** What status found, with its commands as they can be typed. */
export interface StatusView {
  readonly status: Status;
  readonly commands: readonly CommandLine[];
}

export interface CommandLine {
  readonly command: string;
  /** A phrase: what it does, or when to take it. */
  readonly why: string;
}

export interface StatusTextOptions {
  readonly columns?: number;
  readonly palette?: Palette;
}

interface Page extends StatusView {
  readonly columns: number;
  readonly palette: Palette;
}

/** The whole page, ending in a newline. Commands are never wrapped: they are there to be copied. */
export function statusText(view: StatusView, options: StatusTextOptions = {}): string {
  const { columns = COLUMNS, palette = NO_PALETTE } = options;
  const page: Page = { ...view, columns, palette };
  const sections = [
    clusterLines(page),
    ...view.status.runs.flatMap((run) => runSections(run, page)),
    strayLines(page),
    noteLines(page),
    nextLines(page),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

type Row = readonly [title: string, text: string];

function rowLines(rows: readonly Row[], columns: number, indent = "  "): readonly string[] {
  const rest = " ".repeat(indent.length + TITLE_COLUMNS);
  return rows.flatMap(([title, text]) =>
    wrap(text, columns, indent + pad(title, TITLE_COLUMNS), rest),
  );
}

function clusterLines({ status, columns }: Page): readonly string[] {
  const rows = status.clusters.flatMap(({ identity, role, lock }): readonly Row[] => [
    [`${TITLES[role ?? "none"]}:`, clusterText(identity)],
    ["Lock:", lock === undefined ? "none" : lockText(lock, status.time)],
  ]);
  return rowLines(rows, columns, "");
}

const TITLES = { source: "Source", target: "Target", none: "Cluster" } as const;

type Lock = NonNullable<Status["clusters"][number]["lock"]>;

function lockText({ holder, renewedAt = "", alive, seconds }: Lock, now: string): string {
  const seen = `renewed ${agoText(renewedAt, now)}`;
  return alive
    ? `held by ${holder}, ${seen}`
    : `run out (it lasts ${seconds}s), left by ${holder}, ${seen}`;
}

function runSections(run: RunStatus, page: Page): readonly (readonly string[])[] {
  const { columns, palette } = page;
  const { source, target } = run;
  const section = (title: string, rows: readonly Row[]) => [
    palette.bold(title),
    ...rowLines(rows, columns),
  ];
  return [
    [...headlineLines(run, page), ...rowLines(runRows(run, page.status.time), columns)],
    ...(source === undefined ? [] : [section("In the source", sourceRows(run, source))]),
    ...(target === undefined ? [] : [section("In the target", targetRows(run, target))]),
  ];
}

function headlineLines(run: RunStatus, { columns, palette }: Page): readonly string[] {
  const paint = palette[COLORS[run.state]];
  const lines = wrap(`Run ${run.record.run} ${headlineOf(run)}`, columns, "", "  ");
  return lines.map((line) => palette.bold(paint(line)));
}

const COLORS: Readonly<Record<StatusState, "green" | "yellow" | "cyan">> = {
  none: "green",
  leftover: "yellow",
  running: "cyan",
  interrupted: "yellow",
  undecided: "yellow",
  committed: "yellow",
  "rolling-back": "yellow",
  "rolled-back": "yellow",
  unrecorded: "yellow",
  done: "green",
};

function strayLines({ status, columns, palette }: Page): readonly string[] {
  if (status.strays.length === 0) return [];
  const row = ({ run, context, marks }: Stray) =>
    wrap(`run ${run} in ${context}: ${marksText(marks)}`, columns, "  ", "    ");
  return [
    ...wrap("Marked by runs of which no record was found", columns).map(palette.bold),
    ...status.strays.flatMap(row),
  ];
}

/** What keeps the figures from being the whole truth. */
function noteLines({ status, columns }: Page): readonly string[] {
  const lines = status.clusters.flatMap(({ identity, unlisted, uncounted, role }) => {
    const { context } = identity;
    return [
      ...(uncounted === undefined ? [] : [`nothing could be counted in ${context}: ${uncounted}`]),
      ...(unlisted.length === 0
        ? []
        : [
            `not counted in ${context}, where they do not answer or may not be listed: ${someOf(unlisted, KINDS_SHOWN)}`,
          ]),
      ...(role === undefined && status.runs.length > 0
        ? [`${context} is neither source nor target of the run above`]
        : []),
    ];
  });
  return [...lines, ...unseenNotes(status)].flatMap((text) =>
    wrap(`note: ${text}`, columns, "", "  "),
  );
}

/** The other half of a run that is not over. */
function unseenNotes({ runs }: Status): readonly string[] {
  const [first] = runs;
  if (first === undefined || first.state === "done") return [];
  const roles = (["source", "target"] as const).filter((role) => first[role] === undefined);
  return roles.map(
    (role) => `the ${role} was not looked at: --to-kubeconfig or --to-context adds it`,
  );
}

function nextLines(page: Page): readonly string[] {
  const { status, commands, columns, palette } = page;
  if (commands.length === 0) return wrap(closingOf(status), columns);
  return [
    palette.bold("Next"),
    ...commands.flatMap(({ command, why }) => [`  ${command}`, ...wrap(why, columns, "      ")]),
  ];
}

/** When there is nothing to type. */
function closingOf({ state, clusters }: Status): string {
  const here = clusters.length > 1 ? "these clusters" : "this cluster";
  switch (state) {
    case "none":
      return clusters.some(({ uncounted }) => uncounted !== undefined)
        ? `no run is recorded in ${here}, and nobody holds a lock`
        : `no pivot has left anything in ${here}`;
    case "running":
      return "somebody is at work: wait until that run has ended, and look again; a lock that is not renewed runs out by itself";
    case "unrecorded":
      return `no run is recorded in ${here}: look at what is marked before you start another one`;
    default:
      return "nothing is left to be done";
  }
}
