// All flags of all commands by name, so that a flag is understood wherever it stands, before the command or after it.
import { COMMANDS } from "./command-table.ts";
import type { Flag } from "./flag.ts";

const FLAGS: ReadonlyMap<string, Flag> = new Map(
  COMMANDS.flatMap(({ flags }) =>
    flags.flatMap((flag) => [flag.long, ...(flag.aliases ?? [])].map((name) => [name, flag])),
  ),
);
const SHORT_FLAGS: ReadonlyMap<string, Flag> = new Map(
  [...FLAGS.values()].flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag]])),
);

/** By long name or alias, without dashes; kubectl takes `_` for `-` in names, and so do we. */
export function findFlag(name: string): Flag | undefined {
  return FLAGS.get(name.replaceAll("_", "-"));
}

export function findShortFlag(letter: string): Flag | undefined {
  return SHORT_FLAGS.get(letter);
}

export function flagNames(): readonly string[] {
  return [...FLAGS.keys()];
}
