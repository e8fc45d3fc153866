// docs/reference.md out of the command table: every command, every option, exit codes, environment. Pure.
import {
  COMMANDS,
  type CommandFacts,
  lineOf,
  OPTIONS,
  PIVOT,
} from "../../src/cli/command-table.ts";
import { EXIT_MEANINGS } from "../../src/cli/exit-codes.ts";
import { choicesOf, type Flag } from "../../src/cli/flag.ts";
import { GLOBAL_FLAGS } from "../../src/cli/flags.ts";
import { usageLines } from "../../src/cli/help.ts";
import { ENVIRONMENT, FILES, type Surrounding } from "./surroundings.ts";

/** The whole page. */
export function referencePage(): string {
  const commands = COMMANDS.filter((command) => command !== OPTIONS);
  const blocks = [
    "# Reference",
    "Made by `./scripts/write-manual` out of the program's own tables. The same is in its help and in the man page.",
    commands
      .map((command) => `- [\`${lineOf(command)}\`](#${anchorOf(command)}): ${command.summary}`)
      .join("\n"),
    ...commands.flatMap(commandBlocks),
    "## Options of all commands",
    "`kubectl capi-pivot options` lists them. `version` takes those that say how to log in for `--servers`; `completion` takes the last three only.",
    optionTable(GLOBAL_FLAGS),
    "Flags are written as kubectl takes them: `-nfoo`, `-n foo`, `-n=foo`, `--flag value`, `--flag=value`, switches in a row, `--switch=false`, `--` before what is no flag.",
    "## Exit codes",
    table(
      ["code", "means"],
      EXIT_MEANINGS.map(({ codes, long }) => [codes.join(", "), long]),
    ),
    "On Windows kubectl exits with 1 whatever a plugin exits with; the program under its own name does not.",
    "## Environment",
    surroundingsTable("variable", ENVIRONMENT),
    "## Files",
    surroundingsTable("file", FILES),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** As GitHub makes it of the heading. */
function anchorOf(command: CommandFacts): string {
  return lineOf(command).replaceAll(" ", "-");
}

function commandBlocks(command: CommandFacts): readonly string[] {
  const own = command.flags.filter(({ isGlobal = false }) => !isGlobal);
  return [
    `## ${lineOf(command)}`,
    ...command.long,
    code(usageLines(command)),
    code(command.examples.flatMap(([comment, line]) => [`# ${comment}`, ...line.split("\n")])),
    ...(own.length === 0 ? [] : [optionTable(own)]),
    ...(command === PIVOT ? ["Besides: [options of all commands](#options-of-all-commands)."] : []),
  ];
}

function code(lines: readonly string[]): string {
  return ["```sh", ...lines.map((line) => line.replace(/^ {2}(?=kubectl)/, "")), "```"].join("\n");
}

function optionTable(flags: readonly Flag[]): string {
  return table(
    ["option", "value", "default", "does"],
    flags.map((flag) => {
      const { about, default: standard, long, short, value = "" } = flag;
      const names = short === undefined ? [`--${long}`] : [`-${short}`, `--${long}`];
      const values = choicesOf(flag).length > 0 ? choicesOf(flag).map(quoted) : [value];
      return [names.map(quoted).join(", "), values.join(", "), defaultOf(standard), about];
    }),
  );
}

function defaultOf(standard: string): string {
  const plain = standard.replace(/^'(.*)'$/, "$1");
  return plain === "" || plain === "[]" ? "" : quoted(plain);
}

function quoted(text: string): string {
  return `\`${text}\``;
}

function surroundingsTable(head: string, rows: readonly Surrounding[]): string {
  return table(
    [head, "does"],
    rows.map(({ names, about }) => [names.map(quoted).join(", "), about]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
