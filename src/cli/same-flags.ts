// Hints name commands without flags, because below this layer nobody knows how the clusters were given: here they get
// the ones that were typed, so that they can be copied.
import { PivotError } from "../model/error.ts";
import { SOURCE_FLAGS, TARGET_FLAGS } from "./cluster-flag-table.ts";
import { PROGRAM } from "./command-table.ts";
import type { Flag } from "./flag.ts";
import { findFlag } from "./flag-index.ts";
import { CONNECTION_FLAGS } from "./flags.ts";
import { shellWord } from "./shell-word.ts";

/** Flags that say which clusters are meant; the same for every command about two of them. */
const CLUSTER_FLAGS: readonly Flag[] = [...SOURCE_FLAGS, ...TARGET_FLAGS, ...CONNECTION_FLAGS];

const COMMAND = new RegExp(`${PROGRAM} (?:status|resume|rollback)(?= |$)`, "g");

/** The same error; commands in its hint name the clusters as `argv` (normalised) does. */
export function withSameFlags(error: unknown, argv: readonly string[]): unknown {
  if (!(error instanceof PivotError) || error.hint === undefined) return error;
  const flags = typedFlags(argv, (name) => CLUSTER_FLAGS.some(({ long }) => long === name));
  return error.with({ hint: error.hint.replace(COMMAND, (found) => [found, ...flags].join(" ")) });
}

/** Those of `argv` (normalised) whose names are wanted, to be copied; secrets are left for the operator to fill in. */
export function typedFlags(
  argv: readonly string[],
  isWanted: (name: string) => boolean,
): readonly string[] {
  return argv.flatMap((word) => {
    const [, name] = /^--(?:no-)?([a-z-]+)(?:=|$)/.exec(word) ?? [];
    if (name === undefined || !isWanted(name)) return [];
    const flag = findFlag(name);
    return [flag?.isSecret === true ? `--${name}=${flag.value}` : shellWord(word)];
  });
}
