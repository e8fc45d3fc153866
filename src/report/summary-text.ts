// The two sentences of a run that every text output says alike.
import type { Proof, Summary } from "../model/event.ts";
import { count, durationText } from "./words.ts";

export const POINT_OF_NO_RETURN =
  "Point of no return: every copy is verified; from now on only forward";

const PROOFS: Readonly<Record<Proof, string>> = {
  proved: "; proved: every cluster is as it was before",
  "no-controllers": "; not proved: no controllers",
  skipped: "; not proved: skipped by --prove-for=0",
};

/** What a finished run did, and what to do next. */
export function summaryText(summary: Summary): string {
  const { source, target, moved, copied, clusters, seconds, secondsPaused, proof, hint } = summary;
  const also = copied === 0 ? "" : `, copied ${count(copied, "objects")}`;
  return (
    `Moved ${count(moved, "objects")} of ${count(clusters, "clusters")}${also} ` +
    `from ${source} to ${target} in ${durationText(seconds)}, ` +
    `${durationText(secondsPaused)} without reconciliation` +
    (proof === undefined ? "" : PROOFS[proof]) +
    (hint === undefined ? "" : `\nNext: ${hint}`)
  );
}
