// Help in kubectl's layout, 80 columns wide, made from the command table. Pure.
import { wrap } from "../report/layout.ts";
import { COMMANDS, type CommandFacts, PIVOT, PROGRAM } from "./command-table.ts";
import type { Flag } from "./flags.ts";

const COLUMNS = 80;

/** The whole text, ending in a newline. */
export function helpText(command: CommandFacts): string {
  const sections = [
    command.long.flatMap((paragraph, index) => [
      ...(index === 0 ? [] : [""]),
      ...wrap(paragraph, COLUMNS),
    ]),
    ["Examples:", ...exampleLines(command)],
    ...(command === PIVOT ? [["Available Commands:", ...commandLines()]] : []),
    ["Options:", ...command.flags.flatMap(flagLines)],
    ["Usage:", `  ${[PROGRAM, command.name].join(" ").trim()} [options]`],
    ...(command === PIVOT ? [[`Use "${PROGRAM} COMMAND --help" for more about a command.`]] : []),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function exampleLines({ examples }: CommandFacts): readonly string[] {
  return examples.flatMap(([comment, command], index) => [
    ...(index === 0 ? [] : [""]),
    `  # ${comment}`,
    `  ${command}`,
  ]);
}

function commandLines(): readonly string[] {
  return COMMANDS.filter(({ name }) => name !== "").map(
    ({ name, summary }) => `  ${name.padEnd(9)} ${summary}`,
  );
}

/** `    -n, --namespace=[]:`, and the text below it, the form of the value first. */
function flagLines({ about, default: standard, long, short, value }: Flag): readonly string[] {
  const head = short === undefined ? "" : `-${short}, `;
  const text = value === undefined ? about : `${value}: ${about}`;
  return [`    ${head}--${long}=${standard}:`, ...wrap(text, COLUMNS, "        ")];
}
