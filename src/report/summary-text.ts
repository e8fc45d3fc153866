// The two sentences of a run that every text output says alike.
import type { Summary } from "../model/event.ts";
import { count, durationText } from "./words.ts";

export const POINT_OF_NO_RETURN =
  "Point of no return: every copy is verified; from now on only forward";

/** What a finished run did. */
export function summaryText(summary: Summary): string {
  const { source, target, moved, copied, clusters, seconds, secondsPaused } = summary;
  const also = copied === 0 ? "" : `, copied ${count(copied, "objects")}`;
  return (
    `Moved ${count(moved, "objects")} of ${count(clusters, "clusters")}${also} ` +
    `from ${source} to ${target} in ${durationText(seconds)}, ` +
    `${durationText(secondsPaused)} without reconciliation`
  );
}
