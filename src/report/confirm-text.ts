// What the operator reads before saying yes: what goes where, what stands still meanwhile, what to worry about. Pure.
import type { PlannedObject } from "../model/plan.ts";
import type { Preview } from "../model/preview.ts";
import { aroundRows } from "./around-text.ts";
import { wrap } from "./layout.ts";
import { NO_PALETTE, type Palette } from "./palette.ts";
import { clustersOf, countPlan, plannedObjects, withVerdict } from "./plan-counts.ts";
import { clusterText, findingsLines } from "./plan-text.ts";
import { providersInShort } from "./provider-text.ts";
import { count, KindNames, kindCountsText, someOf } from "./words.ts";

const CLUSTERS_SHOWN = 10;

export interface ConfirmTextOptions {
  readonly columns?: number;
  readonly palette?: Palette;
}

/** Several lines, ending in a newline; the question itself is asked elsewhere. */
export function confirmText(preview: Preview, options: ConfirmTextOptions = {}): string {
  const { source, target, plan } = preview;
  const { columns = 80, palette = NO_PALETTE } = options;
  const objects = plannedObjects(plan);
  const moved = withVerdict(objects, "move");
  const copied = withVerdict(objects, "copy");
  const paused = moved.filter(({ freeze }) => freeze === "spec" || freeze === "annotation");
  const row = (title: string, text: string) =>
    text === "" ? [] : wrap(text, columns, `  ${title.padEnd(12)}`, " ".repeat(14));
  const clusters = clustersOf(plan);
  const findings = findingsLines(plan, palette, columns);
  return [
    ...wrap(headline(preview), columns, "", "  ").map(palette.bold),
    ...row("from", clusterText(source)),
    ...row("to", clusterText(target)),
    ...row("providers", providersInShort(plan.providers)),
    ...aroundRows(preview).flatMap(([title, text]) => row(title, text)),
    ...row("clusters", someOf(clusters, CLUSTERS_SHOWN)),
    ...row("objects", kinds(moved, objects)),
    ...row("copied", kinds(copied, objects)),
    ...row("paused", pausedText(paused, objects)),
    ...row("namespaces", namespacesText(preview)),
    ...(findings.length === 0 ? [] : ["", ...findings]),
    "",
  ].join("\n");
}

function headline({ plan }: Preview): string {
  const { move, clusters } = countPlan(plan);
  const what = plan.whole ? "the whole management cluster" : "a part of the management cluster";
  return `About to move ${count(move, "objects")} of ${count(clusters, "clusters")}: ${what}`;
}

function pausedText(paused: readonly PlannedObject[], all: readonly PlannedObject[]): string {
  if (paused.length === 0) return "";
  return `${kinds(paused, all)}; nothing of theirs is reconciled until the pivot is done`;
}

function namespacesText({ plan }: Preview): string {
  if (plan.namespaces.length === 0) return "";
  const names = plan.namespaces.map(({ name }) => name);
  return `${someOf(names, CLUSTERS_SHOWN)} will be created in the target`;
}

function kinds(objects: readonly PlannedObject[], all: readonly PlannedObject[]): string {
  const names = new KindNames(all.map(({ id }) => id));
  return kindCountsText(
    objects.map(({ id }) => id),
    names,
  );
}
