// What carries the mark of a run, in words. Pure.
import type { Marks } from "../model/status.ts";
import { count } from "./words.ts";

/** `12 copies, 3 paused roots`; `nothing` when there is none. */
export function marksText(marks: Marks): string {
  const parts: readonly (readonly [number, string])[] = [
    [marks.moved + marks.shared, "copies"],
    [marks.pausedRoots, "paused roots"],
    [marks.cut, "cut-off objects"],
    [marks.controllers, "stopped controllers"],
    [marks.components, "provider components"],
    [marks.namespaces, "namespaces"],
  ];
  const present = parts.filter(([number]) => number > 0);
  return present.map(([number, words]) => count(number, words)).join(", ") || "nothing";
}
