// What Tab offers, in cobra's protocol, which kubectl speaks with `kubectl_complete-capi_pivot`: one candidate a line,
// after a tab what it is, last a line with what the shell may do besides. Silent about whatever is wrong.
// https://github.com/spf13/cobra/blob/main/site/content/completions/_index.md
import { EXIT } from "../model/error.ts";
import { compareStrings } from "../model/object.ts";
import { HELP } from "./argv.ts";
import { readTokens, type Tokens } from "./argv-reader.ts";
import type { RawClusterFlags } from "./cluster-flags.ts";
import { COMMANDS, type CommandFacts, PIVOT } from "./command-table.ts";
import { choicesOf, type Flag } from "./flag.ts";
import { findFlag, findShortFlag } from "./flag-index.ts";
import type { Io } from "./io.ts";

/** The hidden first word: what follows is a command line, its last word the one to complete, empty for a new one. */
export const COMPLETE = "__complete";
/** The same, always for a new word: some shells drop empty ones. */
export const COMPLETE_NEXT = "__complete_next";

export interface Candidate {
  readonly text: string;
  readonly about?: string;
}

/** Bits of cobra's ShellCompDirective. */
const DIRECTIVE = { files: 0, noFiles: 4 } as const;

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly directive: (typeof DIRECTIVE)[keyof typeof DIRECTIVE];
}

/** Prints what can follow. The exit code is 0 whatever happens: any other one makes shells complain. */
export async function complete(words: readonly string[], io: Io): Promise<number> {
  const { candidates, directive } = await completionOf(words, io).catch(() => NOTHING);
  const lines = candidates.map(({ text, about }) =>
    about === undefined ? text : `${text}\t${about}`,
  );
  io.stdout.write(`${[...lines, `:${directive}`].join("\n")}\n`);
  return EXIT.done;
}

const NOTHING: Completion = { candidates: [], directive: DIRECTIVE.noFiles };

type World = Pick<Io, "openEnquiries" | "env">;

async function completionOf(words: readonly string[], world: World): Promise<Completion> {
  const typed = words.at(-1) ?? "";
  const tokens = readTokens(words.slice(0, -1));
  const at = cursorOf(tokens, typed);
  const found =
    at.flag === undefined
      ? wordsAt(tokens, typed)
      : await valuesOf(ownFlag(at.flag, tokens), tokens, world);
  if (found === "files") return { candidates: [], directive: DIRECTIVE.files };
  const candidates = found.filter(({ text }) => text.startsWith(at.partial));
  return { candidates, directive: DIRECTIVE.noFiles };
}

/** Whose value is being typed, and what of it; without a flag the word itself. */
function cursorOf(
  { pending, isOver }: Tokens,
  typed: string,
): { readonly flag?: Flag; readonly partial: string } {
  if (pending !== undefined) return { flag: pending.flag, partial: typed };
  const [, long, short, partial = ""] = /^(?:--([^=]+)|-([A-Za-z]))=(.*)$/s.exec(typed) ?? [];
  const flag = long === undefined ? findShortFlag(short ?? "") : findFlag(long);
  return isOver || flag === undefined ? { partial: typed } : { flag, partial };
}

/** Flags of one name may take other values in other commands. */
function ownFlag(flag: Flag, tokens: Tokens): Flag {
  return commandOf(tokens)?.flags.find(({ long }) => long === flag.long) ?? flag;
}

/** The pivot while no command was typed. */
function commandOf({ words: [first] }: Tokens): CommandFacts | undefined {
  return first === undefined ? PIVOT : COMMANDS.find(({ name }) => name === first);
}

async function valuesOf(
  flag: Flag,
  { given }: Tokens,
  { openEnquiries, env }: World,
): Promise<readonly Candidate[] | "files"> {
  if (flag.value === undefined) return [{ text: "true" }, { text: "false" }];
  const { offers: offer } = flag;
  if (offer === undefined) return choicesOf(flag).map((text) => ({ text }));
  if (offer.what === "files") return "files";
  const enquiries = await openEnquiries();
  const texts = await enquiries.offers({ offer, flags: rawFlagsOf(given), env });
  return [...texts].sort(compareStrings).map((text) => ({ text }));
}

/** As clipanion would have collected them. */
function rawFlagsOf(given: Tokens["given"]): RawClusterFlags {
  const raw: Record<string, unknown> = {};
  for (const { flag, value } of given) {
    const name = flag.long.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (flag.repeatable === true) raw[`${name}s`] = [...((raw[`${name}s`] ?? []) as []), value];
    else raw[name] = flag.value === undefined ? value === "true" : value;
  }
  return raw;
}

/** Commands, the argument of one, or flags. */
function wordsAt(tokens: Tokens, typed: string): readonly Candidate[] {
  const { words, given, isOver } = tokens;
  const [first, ...rest] = words;
  if (first === HELP) return rest.length === 0 ? commands() : [];
  const command = commandOf(tokens);
  if (command === undefined) return [];
  if (typed.startsWith("-") && !isOver) return flagsOf(command, given, typed);
  if (first === undefined)
    return [...commands(), { text: HELP, about: "Show the help of a command" }];
  const choices = rest.length === 0 ? (command.argument?.choices ?? []) : [];
  return choices.map((text) => ({ text }));
}

function commands(): readonly Candidate[] {
  return COMMANDS.filter(({ name }) => name !== "").map(({ name, summary }) => ({
    text: name,
    about: summary,
  }));
}

/** Those that can still be given. Short names only where nothing but a dash was typed, aliases where nothing else fits. */
function flagsOf(
  { flags }: CommandFacts,
  given: Tokens["given"],
  typed: string,
): readonly Candidate[] {
  const open = flags.filter(
    (flag) => flag.repeatable === true || given.every((one) => one.flag.long !== flag.long),
  );
  const named = (names: (flag: Flag) => readonly string[]): readonly Candidate[] =>
    open.flatMap((flag) => names(flag).map((text) => ({ text, about: firstSentence(flag.about) })));
  const long = named((flag) => (flag.long.length === 1 ? [] : [`--${flag.long}`]));
  if (typed === "-") {
    return [...long, ...named(({ short }) => (short === undefined ? [] : [`-${short}`]))];
  }
  if (long.some(({ text }) => text.startsWith(typed))) return long;
  return named(({ aliases = [] }) => aliases.map((alias) => `--${alias}`));
}

function firstSentence(text: string): string {
  return text.split(/(?<=[^.]{3})\. /)[0]?.replace(/\.$/, "") ?? text;
}
