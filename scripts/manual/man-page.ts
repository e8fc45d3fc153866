// docs/man/kubectl-capi_pivot.1 out of the command table, in man(7). Pure.
import {
  COMMANDS,
  type CommandFacts,
  lineOf,
  OPTIONS,
  PIVOT,
} from "../../src/cli/command-table.ts";
import { EXIT_MEANINGS } from "../../src/cli/exit-codes.ts";
import type { Flag } from "../../src/cli/flag.ts";
import { GLOBAL_FLAGS } from "../../src/cli/flags.ts";
import { usageLines } from "../../src/cli/help.ts";
import { wrap } from "../../src/report/layout.ts";
import { ENVIRONMENT, FILES, type Surrounding } from "./surroundings.ts";

const COLUMNS = 80;

const OTHERS = COMMANDS.filter((command) => command !== PIVOT && command !== OPTIONS);

/** The whole page; no date and no version, which would differ in every build. */
export function manPage(): string {
  const lines = [
    '.\\" Made by ./scripts/write-manual: do not edit.',
    '.TH KUBECTL-CAPI_PIVOT 1 "" "kubectl capi-pivot" "User Commands"',
    ".SH NAME",
    `kubectl\\-capi_pivot \\- ${escaped(lowerCase(PIVOT.summary))}`,
    ".SH SYNOPSIS",
    ...[PIVOT, ...OTHERS].flatMap(synopsis),
    ".SH DESCRIPTION",
    ...paragraphs(PIVOT.long),
    ".SH COMMANDS",
    ...OTHERS.flatMap(commandLines),
    ".SH OPTIONS",
    ...ownFlags(PIVOT).flatMap(flagLines),
    ...OTHERS.flatMap(moreFlags),
    ".SH GLOBAL OPTIONS",
    ...prose(
      "They can be passed to any command that talks to clusters, and the last three to every command.",
    ),
    ...GLOBAL_FLAGS.flatMap(flagLines),
    ".SH EXIT STATUS",
    ...EXIT_MEANINGS.flatMap(({ codes, long }) => entry(codes.join(", "), long)),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(surroundingLines),
    ".SH FILES",
    ...FILES.flatMap(surroundingLines),
    ".SH EXAMPLES",
    ...[PIVOT, ...OTHERS].flatMap(({ examples }) => examples).flatMap(exampleLines),
    ".SH SEE ALSO",
    ".BR kubectl (1)",
  ];
  return `${lines.join("\n")}\n`;
}

function synopsis(command: CommandFacts): readonly string[] {
  const [first = ""] = usageLines(command);
  return [...(command === PIVOT ? [] : [".br"]), escaped(first.trim())];
}

function paragraphs(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text, index) => [...(index === 0 ? [] : [".PP"]), ...prose(text)]);
}

function commandLines({ name, long }: CommandFacts): readonly string[] {
  const [first = "", ...rest] = long;
  return [...entry(name, first), ...rest.flatMap((text) => [".IP", ...prose(text)])];
}

function ownFlags({ flags }: CommandFacts): readonly Flag[] {
  return flags.filter(({ isGlobal = false }) => !isGlobal);
}

/** What a command takes besides the flags of the pivot, and which of those it takes. */
function moreFlags(command: CommandFacts): readonly string[] {
  const known = ownFlags(PIVOT);
  const isKnown = (flag: Flag): boolean =>
    known.some(({ long, about }) => long === flag.long && about === flag.about);
  const own = ownFlags(command);
  const shared = own.filter(isKnown);
  const more = own.filter((flag) => !isKnown(flag));
  if (own.length === 0) return [];
  const names = shared.map(({ long }) => `--${long}`).join(", ");
  return [
    `.SS Options of ${escaped(lineOf(command))}`,
    ...(shared.length === 0 ? [] : prose(`Like the pivot: ${names}.`)),
    ...more.flatMap(flagLines),
  ];
}

function flagLines({ about, default: standard, long, short, value }: Flag): readonly string[] {
  const names = [...(short === undefined ? [] : [`-${short}`]), `--${long}`];
  const head = names.map((name) => `\\fB${escaped(name)}\\fR`).join(", ");
  const form = value === undefined ? "" : `=\\fI${escaped(value)}\\fR`;
  const plain = standard.replace(/^'(.*)'$/, "$1");
  const isTold = plain === "" || plain === "[]" || plain === "false" || about.includes("Default:");
  const text = isTold ? about : `${about} Default: ${plain}.`;
  return [".TP", `${head}${form}`, ...prose(text)];
}

function surroundingLines({ names, about }: Surrounding): readonly string[] {
  return entry(names.join(", "), about);
}

function entry(head: string, text: string): readonly string[] {
  return [".TP", `\\fB${escaped(head)}\\fR`, ...prose(text)];
}

function exampleLines(
  [comment, command]: CommandFacts["examples"][number],
  index: number,
): readonly string[] {
  return [
    ...(index === 0 ? [] : [".PP"]),
    ...prose(`${comment}:`),
    ".PP",
    ".RS 4",
    ".nf",
    ...command.split("\n").map(escaped),
    ".fi",
    ".RE",
  ];
}

/** A paragraph, in lines that can be read and compared. */
function prose(text: string): readonly string[] {
  return wrap(text, COLUMNS).map(escaped);
}

/** Backslashes and dashes as they are, and no request where a line begins with a dot or a quote. */
function escaped(text: string): string {
  const plain = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq");
  return plain.replaceAll("`", "\\(ga").replace(/^(?=[.'])/, "\\&");
}

function lowerCase(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
