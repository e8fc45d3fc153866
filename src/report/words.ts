// Numbers and names as words: the vocabulary that all outputs share.
import { secondsText } from "../model/duration.ts";
import type { Figures, StepKind } from "../model/event.ts";
import { compareStrings, kindKey, type ObjectId } from "../model/object.ts";

const TITLES: Readonly<Record<StepKind, string>> = {
  connect: "Connect",
  discover: "Read both clusters",
  preflight: "Try without storing",
  lock: "Lock both clusters",
  install: "Install the providers",
  freeze: "Pause in the source",
  stop: "Stop the controllers",
  snapshot: "Read the source again",
  copy: "Copy to the target",
  verify: "Compare the copies",
  commit: "Commit",
  delete: "Delete from the source",
  thaw: "Unpause in the target",
  prove: "Watch the fleet",
  clean: "Clean the source",
  close: "Release the locks",
  "undo-copies": "Delete the copies",
  start: "Start the controllers",
  unfreeze: "Unpause in the source",
  uninstall: "Remove the providers",
  unlock: "Release the locks",
};

/** The longest title: what follows a title starts in the same column everywhere. */
export const TITLE_WIDTH = Math.max(...Object.values(TITLES).map((title) => title.length));

/** What a step is called on a screen. */
export function titleOf(step: StepKind): string {
  return TITLES[step];
}

/** `1 object`, `2 objects`; the word is given in the plural. */
export function count(number: number, plural: string): string {
  return `${number} ${number === 1 ? singularOf(plural) : plural}`;
}

function singularOf(plural: string): string {
  if (plural.endsWith("ies")) return `${plural.slice(0, -3)}y`;
  return plural.endsWith("s") && !plural.endsWith("ss") ? plural.slice(0, -1) : plural;
}

/** `64 objects, 21 kinds, server v1.36.3`. */
export function figuresText(figures: Figures): string {
  return Object.entries(figures)
    .map(([word, value]) => (typeof value === "number" ? count(value, word) : `${word} ${value}`))
    .join(", ");
}

/** `0.4s`, `12s`, `3m05s`. */
export function durationText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  return secondsText(Math.round(seconds));
}

/** Prints kinds without their group where that is unambiguous among the objects at hand. */
export class KindNames {
  readonly #groups = new Map<string, Set<string>>();

  constructor(ids: Iterable<ObjectId>) {
    for (const { group, kind } of ids) {
      const groups = this.#groups.get(kind) ?? new Set();
      this.#groups.set(kind, groups.add(group));
    }
  }

  of(id: { readonly group: string; readonly kind: string }): string {
    return (this.#groups.get(id.kind)?.size ?? 0) > 1 ? kindKey(id) : id.kind;
  }
}

/** How many of each kind, as printed by `names`, sorted by name. */
export function countKinds(
  ids: Iterable<ObjectId>,
  names: KindNames,
): readonly (readonly [kind: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const id of ids) {
    const kind = names.of(id);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => compareStrings(a, b));
}

/** `Cluster 3, Machine 12`: spaces inside an entry do not break. */
export function kindCountsText(ids: Iterable<ObjectId>, names: KindNames): string {
  return countKinds(ids, names)
    .map(([kind, number]) => `${kind} ${number}`)
    .join(", ");
}

/** `ns/name`, or the name alone. */
export function pathOf(id: ObjectId): string {
  return id.namespace === undefined ? id.name : `${id.namespace}/${id.name}`;
}

/** The first `limit` names and how many more there are. */
export function someOf(names: readonly string[], limit: number): string {
  if (names.length <= limit) return names.join(", ");
  return `${names.slice(0, limit).join(", ")} and ${names.length - limit} more`;
}
