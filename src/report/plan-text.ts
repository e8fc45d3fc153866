// A plan as a page to read: what moves, in which order, held by what, and what is in the way. Pure.
import { isCluster } from "../model/capi.ts";
import type { ClusterIdentity } from "../model/inventory.ts";
import type { ObjectId } from "../model/object.ts";
import type { Freeze, Hold, Plan, PlannedObject } from "../model/plan.ts";
import type { Preview } from "../model/preview.ts";
import { aroundRows } from "./around-text.ts";
import { findingLines, mergeFindings, severityCounts } from "./finding-text.ts";
import { pad, wrap } from "./layout.ts";
import { NO_PALETTE, type Palette } from "./palette.ts";
import { countPlan, isPlanBlocked, plannedObjects, withVerdict } from "./plan-counts.ts";
import { flatten, type TreeNode, treeLines, treesOf, wrapRow } from "./plan-tree.ts";
import { providerLines } from "./provider-text.ts";
import { count, KindNames, kindCountsText, pathOf } from "./words.ts";

const COLUMNS = 80;

export interface PlanTextOptions {
  /** Every object on its own line. */
  readonly all?: boolean;
  /** How deep trees are shown. Default: to the end. */
  readonly depth?: number;
  readonly palette?: Palette;
}

interface Page {
  readonly plan: Plan;
  readonly names: KindNames;
  readonly all: boolean;
  readonly depth: number;
  readonly palette: Palette;
}

/** The whole page, ending in a newline. */
export function planText(preview: Preview, options: PlanTextOptions = {}): string {
  const { plan } = preview;
  const { all = false, depth = Number.POSITIVE_INFINITY, palette = NO_PALETTE } = options;
  const objects = [...plannedObjects(plan), ...plan.others];
  const names = new KindNames(objects.map(({ id }) => id));
  const page: Page = { plan, names, all, depth, palette };
  const sections = [
    headerLines(preview),
    providerSection(page),
    aroundSection(preview, palette),
    ...treeSections(page),
    stayLines(page),
    leaveLines(page),
    orderLines(page),
    holdLines(page),
    namespaceLines(page),
    findingSection(page),
    [closingLine(plan)],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headerLines({ source, target, plan }: Preview): readonly string[] {
  return [
    `Source:  ${clusterText(source)}`,
    `Target:  ${clusterText(target)}`,
    `Scope:   ${plan.whole ? "the whole management cluster" : "a part of the management cluster"}`,
  ];
}

function providerSection({ plan, palette }: Page): readonly string[] {
  const lines = providerLines(plan.providers);
  return lines.length === 0 ? [] : [palette.bold("Providers of the source"), ...lines];
}

function aroundSection(preview: Preview, palette: Palette): readonly string[] {
  const lines = aroundRows(preview).flatMap(([title, text]) =>
    wrap(text, COLUMNS, `  ${pad(title, 8)}  `, " ".repeat(12)),
  );
  return lines.length === 0 ? [] : [palette.bold("Around the move"), ...lines];
}

/** `prod (10.0.0.1:6443, v1.36.3)`. */
export function clusterText({ context, server, version }: ClusterIdentity): string {
  return `${context} (${server}, ${version})`;
}

/** Clusters one by one, then what else moves, then what is shared. What stays is counted elsewhere. */
function treeSections(page: Page): readonly (readonly string[])[] {
  const { plan, palette } = page;
  const shown = [...plannedObjects(plan), ...withVerdict(plan.others, "blocked")];
  const trees = treesOf(shown);
  const of = (wanted: (object: PlannedObject) => boolean) =>
    trees.filter(({ object }) => wanted(object));
  const isShared = ({ verdict }: PlannedObject) => verdict.kind === "copy";
  const clusters = of((object) => isCluster(object.id));
  const shared = of((object) => isShared(object) && !isCluster(object.id));
  const others = of((object) => !isShared(object) && !isCluster(object.id));
  const section = (title: string, roots: readonly TreeNode[]) =>
    roots.length === 0 ? [] : [palette.bold(title), ...roots.flatMap((root) => rooted(root, page))];
  return [
    ...clusters.map((root) => rooted(root, page)),
    section("Outside of Clusters", others),
    section("Shared: copied, and kept in the source", shared),
  ];
}

function rooted(root: TreeNode, { names, all, depth, palette }: Page): readonly string[] {
  const [first = "", ...rest] = treeLines(root, { names, all, depth });
  const size = flatten(root).length;
  const heading = size > 1 ? `${first}  ${palette.dim(`(${count(size, "objects")})`)}` : first;
  const [head = "", ...more] = wrapRow(heading, COLUMNS);
  const shown = isCluster(root.object.id) ? palette.bold(head) : head;
  return [shown, ...more, ...rest.flatMap((line) => wrapRow(line, COLUMNS))];
}

function stayLines({ plan, names, all, palette }: Page): readonly string[] {
  const kept = withVerdict(plan.others, "keep");
  if (kept.length === 0) return [];
  const title = palette.bold(`Stays in the source: ${count(kept.length, "objects")}`);
  if (!all) return [title, ...wrap(kindCountsText(ids(kept), names), COLUMNS, "  ")];
  return [title, ...kept.map(({ id, verdict }) => `  ${nameOf(id, names)}  (${verdict.reason})`)];
}

function leaveLines({ plan, names, palette }: Page): readonly string[] {
  if (plan.leaves.length === 0) return [];
  return [
    palette.bold("Left in the source: their owner references are cut"),
    ...plan.leaves.map(({ id }) => `  ${nameOf(id, names)}`),
  ];
}

function orderLines({ plan, names, palette }: Page): readonly string[] {
  if (plan.groups.length === 0) return [];
  return [
    palette.bold("Order of creation, owners first (deletion is the reverse)"),
    ...plan.groups.flatMap(({ objects }, index) => {
      const first = `${String(index + 1).padStart(3)} ${String(objects.length).padStart(6)}  `;
      return wrap(kindCountsText(ids(objects), names), COLUMNS, first, " ".repeat(first.length));
    }),
  ];
}

const HOLDS: Readonly<Record<Hold, string>> = {
  acknowledges: "its controller says so",
  inert: "no controller acts on it",
  annotation: "paused by annotation",
  marker: "its provider's pause",
  "no-controller": "no controller runs",
  assumed: "assumed (--assume-held)",
  unknown: "nothing is known",
};

const FREEZES: Readonly<Record<Freeze, string>> = {
  spec: "by spec.paused",
  annotation: "by annotation",
  already: "paused already",
  none: "",
};

function holdLines({ plan, names, palette }: Page): readonly string[] {
  const moved = withVerdict(plannedObjects(plan), "move");
  if (moved.length === 0) return [];
  const rows = (words: Readonly<Record<string, string>>, of: (object: PlannedObject) => string) =>
    Object.entries(words).flatMap(([key, text]) => {
      const found = moved.filter((object) => of(object) === key);
      if (text === "" || found.length === 0) return [];
      const first = `  ${pad(text, 25)} `;
      return wrap(kindCountsText(ids(found), names), COLUMNS, first, " ".repeat(first.length));
    });
  const paused = rows(FREEZES, (object) => object.freeze);
  return [
    ...(paused.length === 0 ? [] : [palette.bold("Paused during the pivot"), ...paused, ""]),
    palette.bold("How it is known that nobody acts on a moved object"),
    ...rows(HOLDS, (object) => object.hold),
  ];
}

function namespaceLines({ plan, palette }: Page): readonly string[] {
  if (plan.namespaces.length === 0) return [];
  const names = plan.namespaces.map(({ name }) => name).join(", ");
  return [palette.bold("Namespaces to be created in the target"), ...wrap(names, COLUMNS, "  ")];
}

function findingSection({ plan, palette }: Page): readonly string[] {
  return findingsLines(plan, palette, COLUMNS);
}

/** All findings of a plan, the same ones merged. */
export function findingsLines(plan: Plan, palette: Palette, columns: number): readonly string[] {
  if (plan.findings.length === 0) return [];
  const merged = mergeFindings(plan.findings);
  return [
    palette.bold(`Findings: ${severityCounts(merged)}`),
    ...merged.flatMap((finding) => ["", ...findingLines(finding, columns, palette)]),
  ];
}

function closingLine(plan: Plan): string {
  if (isPlanBlocked(plan)) {
    const errors = mergeFindings(plan.findings).filter(({ severity }) => severity === "error");
    return `blocked: ${count(errors.length, "errors")}; nothing was changed`;
  }
  const { move, copy, clusters } = countPlan(plan);
  const copied = copy === 0 ? "" : `, ${copy} would be copied`;
  return `${count(move, "objects")} of ${count(clusters, "clusters")} would move${copied}; nothing was changed`;
}

function ids(objects: readonly PlannedObject[]): readonly ObjectId[] {
  return objects.map(({ id }) => id);
}

function nameOf(id: ObjectId, names: KindNames): string {
  return `${names.of(id)} ${pathOf(id)}`;
}
