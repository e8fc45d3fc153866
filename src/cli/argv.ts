// argv as kubectl users write it -> the few forms that clipanion parses right: `--long=value`, `--switch`, `--no-switch`.
// Clipanion refuses `-nfoo`, `--flag=true`, `-v6` and values that begin with a dash, and reads `-An foo` wrong.
import { usageError } from "../model/error.ts";
import { type Given, isSwitchWord, missingValue, readTokens } from "./argv-reader.ts";
import { COMMANDS, type CommandFacts, lineOf, PIVOT, PLAN, VERSION } from "./command-table.ts";
import type { Flag } from "./flag.ts";
import { unknownCommand } from "./suggest.ts";

/** What was typed, understood: the command, whether help is wanted, and argv for clipanion. */
export interface Invocation {
  readonly command: CommandFacts;
  readonly help: boolean;
  readonly argv: readonly string[];
  /** Value of --color, for what is printed without a command. */
  readonly color: string | undefined;
}

/**
 * Understands argv (without the program's own name).
 * @throws PivotError USAGE for unknown commands and flags and for missing values.
 */
export function readArgv(argv: readonly string[]): Invocation {
  if (argv[0] === "--version") return readArgv([VERSION.name, ...argv.slice(1)]);
  const { words, given, pending } = readTokens(argv);
  if (pending !== undefined) throw missingValue(pending);
  const color = lastOf(given, "color");
  const [first, ...rest] = words;
  if (first === HELP) return { command: commandOf(rest[0]), help: true, argv: [], color };
  const typed = commandOf(first);
  const command = typed === PIVOT && lastOf(given, "dry-run") === "true" ? PLAN : typed;
  const kept = given.filter(({ flag }) => command !== PLAN || flag.long !== "dry-run");
  for (const { flag } of kept) requireFlagOf(command, flag);
  const help = lastOf(given, "help") === "true";
  if (!help) requireArguments(command, rest);
  const args = kept.filter(({ flag }) => flag.long !== "help").map(canonical);
  const head = command.name === "" ? [] : [command.name];
  return { command, help, argv: [...head, ...args, ...rest], color };
}

/** A word that is understood like a command: `kubectl capi-pivot help plan`. */
export const HELP = "help";

function requireArguments(command: CommandFacts, words: readonly string[]): void {
  const { argument } = command;
  const [first, second] = words;
  const extra = argument === undefined ? first : second;
  if (extra !== undefined) throw unexpected(command, extra);
  if (argument === undefined || argument.choices.includes(first ?? "")) return;
  const what =
    first === undefined ? `needs a ${argument.value}` : `does not take ${JSON.stringify(first)}`;
  throw usageError(
    `${lineOf(command)} ${what}`,
    `${lineOf(command)} ${argument.choices.join("|")}`,
  );
}

function unexpected(command: CommandFacts, word: string): Error {
  return usageError(
    `unexpected argument ${JSON.stringify(word)}`,
    isSwitchWord(word) ? `a switch takes it after =: --yes=${word}` : `${lineOf(command)} --help`,
  );
}

function lastOf(given: readonly Given[], long: string): string | undefined {
  return given.findLast(({ flag }) => flag.long === long)?.value;
}

function canonical({ flag, value }: Given): string {
  if (flag.value !== undefined) return `--${flag.long}=${value}`;
  return value === "true" ? `--${flag.long}` : `--no-${flag.long}`;
}

function commandOf(word: string | undefined): CommandFacts {
  if (word === undefined) return PIVOT;
  const found = COMMANDS.find(({ name }) => name === word);
  if (found === undefined) throw unknownCommand(word, [...COMMANDS.map(({ name }) => name), HELP]);
  return found;
}

function requireFlagOf(command: CommandFacts, flag: Flag): void {
  if (command.flags.some(({ long }) => long === flag.long)) return;
  const owners = COMMANDS.filter(({ flags }) => flags.some(({ long }) => long === flag.long));
  throw usageError(
    `${nameOf(flag)} is no flag of ${lineOf(command)}`,
    owners.length > 2
      ? `${lineOf(command)} --help`
      : `it belongs to ${owners.map(lineOf).join(" and ")}`,
  );
}

/** `--v` is written `-v`, as everybody does. */
function nameOf(flag: Flag): string {
  return flag.long.length === 1 ? `-${flag.long}` : `--${flag.long}`;
}
