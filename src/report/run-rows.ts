// One run of a status as titles and texts: what it is, and what of it is in each cluster. Pure.

import { isClosed, type Phase, type RunRecord, type Tool } from "../model/run-record.ts";
import type { Marks, Originals, RunSide, RunState, RunStatus } from "../model/status.ts";
import { clusterText } from "./plan-text.ts";
import { momentText } from "./time-text.ts";
import { count, durationText } from "./words.ts";

type Row = readonly [title: string, text: string];

const HEADLINES: Readonly<Record<RunState, string>> = {
  running: "is under way",
  interrupted: "was stopped before the point of no return: it can go on, or be undone",
  undecided: "was stopped near the point of no return: only the source's record says on which side",
  committed: "was stopped past the point of no return: it can only go on",
  "rolling-back": "was stopped while it was rolled back: it can only be rolled back",
  "rolled-back": "was rolled back without its target",
  done: "is done",
};

/** What follows the id of the run. */
export function headlineOf({ state }: RunStatus): string {
  return HEADLINES[state];
}

/** What its record says. */
export function runRows({ record, decidedBy, source }: RunStatus, now: string): readonly Row[] {
  const { phase, updatedAt, startedAt, pausedAt, tool, takenOverBy, note, outcome } = record;
  const lags = decidedBy === "target" && phase !== "done";
  const whose =
    source === undefined
      ? "this is the target's record, and that of the source decides"
      : "this is the target's record: the source has none, although it should";
  return [
    ["phase", `${phase} since ${momentText(updatedAt, now)}`],
    ...(lags ? ([["", whose]] as const) : []),
    ["begun", momentText(startedAt, now)],
    ["by", toolText(tool)],
    ...(takenOverBy === undefined ? [] : ([["taken up", `by ${toolText(takenOverBy)}`]] as const)),
    ["from", clusterText(record.source)],
    ["to", clusterText(record.target)],
    ["scope", scopeText(record)],
    // Ended runs say how long it was.
    ...(pausedAt === undefined || isClosed(phase)
      ? []
      : ([["paused", `since ${momentText(pausedAt, now)}`]] as const)),
    ...(outcome === undefined ? [] : ([["took", outcomeText(outcome)]] as const)),
    ...(note === undefined ? [] : ([["note", note]] as const)),
  ];
}

function toolText({ user, host, version }: Tool): string {
  return `${user}@${host}, v${version}`;
}

function scopeText({ whole, namespaces, clusters, objects }: RunRecord): string {
  const parts = [
    ...namespaces.map((name) => `-n ${name}`),
    ...clusters.map((name) => `--cluster ${name}`),
  ];
  const what = whole ? "the whole management cluster" : parts.join(" ");
  const { move, copy } = objects;
  const also = copy === 0 ? "" : `, ${copy} to copy`;
  return `${what}: ${count(move, "objects")} to move${also}`;
}

function outcomeText({ seconds, secondsPaused }: NonNullable<RunRecord["outcome"]>): string {
  return `${durationText(seconds)}, ${durationText(secondsPaused)} of it without reconciliation`;
}

/** What of the run is in its source. */
export function sourceRows(run: RunStatus, side: RunSide): readonly Row[] {
  const { marks, originals } = side;
  const stops = run.record.replicas.length;
  return [
    ["record", side.phase ?? "none"],
    ...(originals === undefined ? [] : ([["originals", originalsText(originals)]] as const)),
    ...(marks === undefined ? [] : pausedRows(run, marks, stops)),
  ];
}

function originalsText({ objects, clusters, copied }: Originals): string {
  if (objects === 0) return "none is left";
  const here = `${count(objects, "objects")} of ${count(clusters, "Clusters")} still here`;
  return copied === undefined ? here : `${here}, ${copied} of them copied`;
}

function pausedRows(run: RunStatus, marks: Marks, stops: number): readonly Row[] {
  const isOver = run.state === "done";
  return [
    ...rowIf(!isOver || marks.pausedRoots > 0, "paused", `${roots(marks.pausedRoots)} by this run`),
    ...rowIf(marks.cut > 0, "cut off", `${count(marks.cut, "objects")}, from owners that move`),
    ...rowIf(
      stops > 0 || marks.controllers > 0,
      "stopped",
      `${marks.atZero} of ${count(Math.max(stops, marks.controllers), "controllers")} at 0`,
    ),
  ];
}

/** What of the run is in its target. */
export function targetRows({ record }: RunStatus, side: RunSide): readonly Row[] {
  const { marks } = side;
  const rows = marks === undefined ? [] : markRows(record, marks);
  return [["record", side.phase ?? "none"], ...rows];
}

/** A copy that is released carries no mark any more, so past the commit those that do are what is left to do. */
const RELEASES: ReadonlySet<Phase> = new Set(["committed", "done"]);

function markRows({ phase, objects }: RunRecord, marks: Marks): readonly Row[] {
  const total = objects.move + objects.copy;
  const copies = marks.moved + marks.shared;
  const paused = `${roots(marks.pausedCopies)} among them paused`;
  const isReleasing = RELEASES.has(phase);
  const released =
    copies === 0 ? "all are released" : `${copies} of ${total} not released, ${paused}`;
  const made = copies === 0 ? "none" : `${copies} of ${total}, ${paused}`;
  return [
    ["copies", isReleasing ? released : made],
    ...rowIf(
      marks.components > 0,
      "installed",
      `${count(marks.components, "components")} of providers by this run`,
    ),
    ...rowIf(
      marks.namespaces > 0,
      "created",
      `${count(marks.namespaces, "namespaces")} by this run`,
    ),
  ];
}

function roots(number: number): string {
  return count(number, "roots");
}

function rowIf(condition: boolean, title: string, text: string): readonly Row[] {
  return condition ? [[title, text]] : [];
}
