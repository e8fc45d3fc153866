// From argv to an exit code: help and usage errors here, the rest in the commands, which are loaded when they are called.
import type { Cli, CommandClass } from "clipanion";
import { EXIT, usageError } from "../model/error.ts";
import { type Palette, paletteOf } from "../report/palette.ts";
import { screenOf, wrapAt } from "../report/screen.ts";
import { type Invocation, readArgv } from "./argv.ts";
import { OPTIONS, PROGRAM } from "./command-table.ts";
import { COMPLETE, COMPLETE_NEXT, complete } from "./complete.ts";
import { endWith } from "./exit.ts";
import { helpText, optionsText } from "./help.ts";
import type { CliContext, Io } from "./io.ts";
import { readColor } from "./options.ts";

/** By name. Loading is what takes the time of a short command. */
const CLASSES: Readonly<Record<string, () => Promise<CommandClass<CliContext>>>> = {
  "": async () => (await import("./pivot-command.ts")).PivotCommand,
  plan: async () => (await import("./plan-command.ts")).PlanCommand,
  status: async () => (await import("./status-command.ts")).StatusCommand,
  resume: async () => (await import("./resume-command.ts")).ResumeCommand,
  rollback: async () => (await import("./rollback-command.ts")).RollbackCommand,
  version: async () => (await import("./version-command.ts")).VersionCommand,
  completion: async () => (await import("./completion-command.ts")).CompletionCommand,
};

/** Runs one command; never throws and never exits. `argv` is without the program's name. */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...words] = argv;
  if (first === COMPLETE) return await complete(words, io);
  if (first === COMPLETE_NEXT) return await complete([...words, ""], io);
  try {
    const invocation = readArgv(argv);
    const text = textOf(invocation, io);
    if (text === undefined) return await runCommand(invocation, io);
    io.stdout.write(text);
    return EXIT.done;
  } catch (error) {
    const { color } = screenOf(io.stderr, io.env, "auto");
    const { exitCode, text } = endWith(error, {
      palette: paletteOf(color),
      columns: wrapAt(io.stderr),
    });
    io.stderr.write(text);
    return exitCode;
  }
}

/** What needs no command to be run. */
function textOf({ command, help, color }: Invocation, io: Io): string | undefined {
  const palette = (): Palette => paletteOf(screenOf(io.stdout, io.env, readColor(color)).color);
  if (help) return helpText(command, palette());
  return command === OPTIONS ? optionsText(palette()) : undefined;
}

async function runCommand({ command, argv }: Invocation, io: Io): Promise<number> {
  // Not runExit: it prints usage errors to stdout, in colour even into a pipe, and exits 1.
  const { Cli } = await import("clipanion");
  const cli = new Cli<CliContext>({ binaryName: PROGRAM, enableColors: false });
  const load = CLASSES[command.name];
  if (load !== undefined) cli.register(await load());
  const { stdin, stdout, stderr, env } = io;
  const context: CliContext = { io, argv, stdin, stdout, stderr, env, colorDepth: 1 };
  return await parse(cli, argv, context).validateAndExecute();
}

function parse(cli: Cli<CliContext>, argv: readonly string[], context: CliContext) {
  try {
    return cli.process([...argv], context);
  } catch (error) {
    // readArgv has refused everything that it knows of; this is for what only clipanion sees.
    const [message = ""] = String(error instanceof Error ? error.message : error).split("\n");
    throw usageError(message, `${PROGRAM} --help`);
  }
}
