// Hints name commands without flags, because below this layer nobody knows how the clusters were given: here they get
// the ones that were typed, so that they can be copied.
import { PivotError } from "../model/error.ts";
import { PROGRAM } from "./command-table.ts";
import { shellWord } from "./shell-word.ts";

/** Flags that say which clusters are meant; the same for every command about two of them. */
const CLUSTER_FLAG = /^--(kubeconfig|context|to-kubeconfig|to-context|to-cluster)=/;

const COMMAND = new RegExp(`${PROGRAM} (?:status|resume|rollback)(?= |$)`, "g");

/** The same error; commands in its hint name the clusters as `argv` (normalised) does. */
export function withSameFlags(error: unknown, argv: readonly string[]): unknown {
  if (!(error instanceof PivotError) || error.hint === undefined) return error;
  const flags = argv.filter((flag) => CLUSTER_FLAG.test(flag)).map(shellWord);
  return error.with({ hint: error.hint.replace(COMMAND, (found) => [found, ...flags].join(" ")) });
}
