// What the operator reads before a run that was interrupted is taken up: which run it is, and what will be done. Pure.
import type { ClusterName } from "../model/error.ts";
import type { ClusterIdentity } from "../model/inventory.ts";
import { decisive, type RunRecord } from "../model/run-record.ts";
import { wrap } from "./layout.ts";
import { NO_PALETTE, type Palette } from "./palette.ts";
import { clusterText } from "./plan-text.ts";
import { count } from "./words.ts";

export type Intent = "resume" | "rollback";

/** A run that was interrupted, as far as it is shown. */
export interface TakenUp {
  readonly identities: Readonly<Record<ClusterName, ClusterIdentity>>;
  readonly run: Readonly<Record<ClusterName, { readonly record: RunRecord } | undefined>>;
  readonly lost?: ClusterName;
}

export interface TakeUpTextOptions {
  readonly columns?: number;
  readonly palette?: Palette;
}

/** Several lines, ending in a newline. */
export function takeUpText(
  found: TakenUp,
  intent: Intent,
  { columns = 80, palette = NO_PALETTE }: TakeUpTextOptions = {},
): string {
  const record = decisive(found.run);
  const { source, target } = found.identities;
  const row = (title: string, text: string) =>
    wrap(text, columns, `  ${title.padEnd(12)}`, " ".repeat(14));
  const { user, host, version } = record.tool;
  const { move, copy } = record.objects;
  return [
    ...wrap(HEADLINES[intent](record.run), columns, "", "  ").map(palette.bold),
    ...row("from", clusterText(source)),
    ...row("to", clusterText(target)),
    ...row("begun", `${record.startedAt} by ${user}@${host} (v${version})`),
    ...row("phase", `${record.phase}, since ${record.updatedAt}`),
    ...row("objects", `${count(move, "objects")} to move, ${count(copy, "objects")} to copy`),
    ...row("now", whatNow(record, intent)),
    ...(found.lost === undefined ? [] : row("unknown", UNKNOWN[found.lost])),
    "",
  ].join("\n");
}

const HEADLINES: Readonly<Record<Intent, (run: string) => string>> = {
  resume: (run) => `About to go on with run ${run}`,
  rollback: (run) => `About to undo run ${run}`,
};

function whatNow({ phase }: RunRecord, intent: Intent): string {
  if (intent === "rollback") {
    return "copies and what was installed go from the target, controllers and Clusters of the source are as they were";
  }
  return phase === "committed"
    ? "every object is in the target: what is left in the source is deleted, the copies are unpaused"
    : "everything is looked at again, what has been done is taken up, and the run goes to its end";
}

const UNKNOWN: Readonly<Record<ClusterName, string>> = {
  source:
    "whether the run had passed the point of no return: nobody can ask the source any more. If it lives after all, its controllers and those of the target will act on the same machines",
  target:
    "what the target holds: should it live after all, paused copies are in it, and nothing acts on them",
};
