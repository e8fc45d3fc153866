// The objects of a plan as trees: what hangs below what, with long rows of siblings of one kind folded into one line.
import { compareStrings, formatId, type ObjectId } from "../model/object.ts";
import type { PlannedObject } from "../model/plan.ts";
import { widthOf, wrap } from "./layout.ts";
import { type KindNames, kindCountsText, pathOf } from "./words.ts";

/** More siblings of one kind than this are one line. */
const FOLD_ABOVE = 8;

export interface TreeNode {
  readonly object: PlannedObject;
  readonly children: readonly TreeNode[];
}

export interface TreeOptions {
  readonly names: KindNames;
  /** Fold nothing. */
  readonly all: boolean;
  /** Levels below a root that are shown; what is deeper is counted, but for what blocks. */
  readonly depth: number;
}

/** Roots with everything below them. An object whose parent is not among the objects is a root. */
export function treesOf(objects: readonly PlannedObject[]): readonly TreeNode[] {
  const sorted = [...objects].sort((a, b) => compareStrings(formatId(a.id), formatId(b.id)));
  const known = new Set(sorted.map((object) => object.uid));
  const isRoot = ({ parent }: PlannedObject) => parent === undefined || !known.has(parent);
  const children = Map.groupBy(
    sorted.filter((object) => !isRoot(object)),
    (object) => object.parent ?? "",
  );
  const seen = new Set<string>();
  const grow = (object: PlannedObject): TreeNode => {
    seen.add(object.uid);
    const below = (children.get(object.uid) ?? []).filter(({ uid }) => !seen.has(uid));
    return { object, children: below.map(grow) };
  };
  const roots = sorted.filter(isRoot).map(grow);
  // Parents that go in a circle have no root: the first of them in order stands for one.
  for (const object of sorted) if (!seen.has(object.uid)) roots.push(grow(object));
  return roots;
}

/** A root and everything below it, `├─` and all. */
export function treeLines(root: TreeNode, options: TreeOptions): readonly string[] {
  const { names } = options;
  return [labelOf(root.object, undefined, names), ...branchLines(root, "", options)];
}

function branchLines(node: TreeNode, indent: string, options: TreeOptions): readonly string[] {
  const rows = rowsOf(node.children, options);
  return rows.flatMap((row, index) => {
    const isLast = index === rows.length - 1;
    const head = `${indent}${isLast ? "└─ " : "├─ "}`;
    const rest = `${indent}${isLast ? "   " : "│  "}`;
    if (typeof row === "string") return [head + row];
    if (Array.isArray(row)) return foldedLines(row, head, rest, options);
    const label = labelOf(row.object, node.object.id, options.names);
    const below = { ...options, depth: options.depth - 1 };
    return [head + label, ...branchLines(row, rest, below)];
  });
}

/** A line of a tree that is too long, continued with the branches that go on below it. */
export function wrapRow(line: string, columns: number): readonly string[] {
  if (widthOf(line) <= columns) return [line];
  const branches = /^[│├└─ ]*/.exec(line)?.[0] ?? "";
  const below = branches.replace("├─", "│ ").replace("└─", "  ");
  return wrap(line.slice(branches.length), columns, branches, `${below}    `);
}

/** A child, many of one kind, or how many there are. */
type Row = TreeNode | TreeNode[] | string;

/** Children in order; a long row of one kind becomes one entry at the place of its first. */
function rowsOf(children: readonly TreeNode[], { names, all, depth }: TreeOptions): readonly Row[] {
  if (depth <= 0) return [...children.filter(isBlocked), ...countsOf(children, names)];
  if (all) return children;
  const alike = Map.groupBy(children, (child) => names.of(child.object.id));
  return [...alike.values()].flatMap((row): readonly Row[] => {
    // What blocks must be seen, so it is never folded away.
    const plain = row.filter((node) => !isBlocked(node));
    return plain.length > FOLD_ABOVE ? [plain, ...row.filter(isBlocked)] : row;
  });
}

/** One row for everything that is too deep; what blocks has its own. */
function countsOf(children: readonly TreeNode[], names: KindNames): readonly string[] {
  const plain = children.filter((child) => !isBlocked(child)).flatMap(flatten);
  if (plain.length === 0) return [];
  return [
    kindCountsText(
      plain.map(({ id }) => id),
      names,
    ),
  ];
}

function isBlocked(node: TreeNode): boolean {
  return node.object.verdict.kind === "blocked" || node.children.some(isBlocked);
}

function foldedLines(
  row: readonly TreeNode[],
  head: string,
  rest: string,
  { names }: TreeOptions,
): readonly string[] {
  const ids = row.map((node) => node.object.id);
  const kind = ids[0] === undefined ? "" : names.of(ids[0]);
  const copied = row.filter((node) => node.object.verdict.kind === "copy").length;
  const words = copied === 0 ? "" : `  (${copied} copied)`;
  const line = `${head}${kind} ×${row.length} ${commonPrefix(ids.map(({ name }) => name))}…${words}`;
  const below = row.flatMap((node) => node.children.flatMap(flatten));
  if (below.length === 0) return [line];
  return [
    line,
    `${rest}└─ ${kindCountsText(
      below.map(({ id }) => id),
      names,
    )}`,
  ];
}

/** A node and everything below it. */
export function flatten(node: TreeNode): readonly PlannedObject[] {
  return [node.object, ...node.children.flatMap(flatten)];
}

function commonPrefix(texts: readonly string[]): string {
  let prefix = texts[0] ?? "";
  for (const text of texts) while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix;
}

/** The namespace is said only where it is another than the parent's, the verdict only where it is not `move`. */
function labelOf(object: PlannedObject, parent: ObjectId | undefined, names: KindNames): string {
  const { id, verdict } = object;
  const hasSameNamespace = parent !== undefined && parent.namespace === id.namespace;
  const label = `${names.of(id)} ${hasSameNamespace ? id.name : pathOf(id)}`;
  return verdict.kind === "move" ? label : `${label}  (${verdict.kind}: ${verdict.reason})`;
}
