// Help in kubectl's layout, 80 columns wide, made from the command table. Pure.
import { wrap } from "../report/layout.ts";
import type { Palette } from "../report/palette.ts";
import { COMMANDS, type CommandFacts, lineOf, OPTIONS, PIVOT, PROGRAM } from "./command-table.ts";
import type { Flag } from "./flag.ts";
import { GLOBAL_FLAGS } from "./flags.ts";

const COLUMNS = 80;

/** The whole text, ending in a newline. */
export function helpText(command: CommandFacts, palette: Palette): string {
  const own = command.flags.filter(({ isGlobal = false }) => !isGlobal);
  return page([
    command.long.flatMap((text, index) => [...(index === 0 ? [] : [""]), ...wrap(text, COLUMNS)]),
    titled("Examples:", exampleLines(command, palette), palette),
    command === PIVOT ? titled("Available Commands:", commandLines(), palette) : [],
    titled("Options:", flagsLines(own, palette), palette),
    titled("Usage:", usageLines(command), palette),
    footer(command),
  ]);
}

/** What the command `options` prints. */
export function optionsText(palette: Palette): string {
  return page([
    wrap(
      "The following options can be passed to any command that talks to clusters, and the last three to every command:",
      COLUMNS,
    ),
    flagsLines(GLOBAL_FLAGS, palette),
  ]);
}

function page(sections: readonly (readonly string[])[]): string {
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function titled(title: string, lines: readonly string[], { bold }: Palette): readonly string[] {
  return lines.length === 0 ? [] : [bold(title), ...lines];
}

function exampleLines({ examples }: CommandFacts, { dim }: Palette): readonly string[] {
  return examples.flatMap(([comment, command], index) => [
    ...(index === 0 ? [] : [""]),
    `  ${dim(`# ${comment}`)}`,
    ...command.split("\n").map((line) => `  ${line}`),
  ]);
}

function commandLines(): readonly string[] {
  const named = COMMANDS.filter(({ name }) => name !== "");
  const width = Math.max(...named.map(({ name }) => name.length));
  return named.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`);
}

function flagsLines(flags: readonly Flag[], palette: Palette): readonly string[] {
  return flags.flatMap((flag, index) => [
    ...(index === 0 ? [] : [""]),
    ...flagLines(flag, palette),
  ]);
}

/** `    -n, --namespace=[]:`, and the text below it, the form of the value first. */
function flagLines(flag: Flag, { bold }: Palette): readonly string[] {
  const { about, default: standard, long, short, value } = flag;
  const head = short === undefined ? "" : `-${short}, `;
  const text = value === undefined ? about : `${value}: ${about}`;
  return [`    ${bold(`${head}--${long}`)}=${standard}:`, ...wrap(text, COLUMNS, "        ")];
}

/** How it is typed. */
export function usageLines(command: CommandFacts): readonly string[] {
  const choices = command.argument?.choices.join("|");
  const argument = choices === undefined ? "" : ` (${choices})`;
  const others = command === PIVOT ? [`  ${PROGRAM} COMMAND [options]`] : [];
  return [`  ${lineOf(command)}${argument} [options]`, ...others];
}

function footer(command: CommandFacts): readonly string[] {
  const of = command === PIVOT ? `Use "${PROGRAM} COMMAND --help" for more about a command.` : "";
  const global = `Use "${lineOf(OPTIONS)}" for a list of global command-line options (applies to all commands).`;
  return [...(of === "" ? [] : [of]), ...wrap(global, COLUMNS)];
}
