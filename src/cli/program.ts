// From argv to an exit code: help and usage errors here, the rest in the commands.
import { Cli } from "clipanion";
import { EXIT, usageError } from "../model/error.ts";
import { paletteOf } from "../report/palette.ts";
import { screenOf, wrapAt } from "../report/screen.ts";
import { type Invocation, readArgv } from "./argv.ts";
import { PROGRAM } from "./command-table.ts";
import { endWith } from "./exit.ts";
import { helpText } from "./help.ts";
import type { CliContext, Io } from "./io.ts";
import { PivotCommand } from "./pivot-command.ts";
import { PlanCommand } from "./plan-command.ts";
import { ResumeCommand } from "./resume-command.ts";
import { RollbackCommand } from "./rollback-command.ts";
import { StatusCommand } from "./status-command.ts";
import { VersionCommand } from "./version-command.ts";

/** Runs one command; never throws and never exits. `argv` is without the program's name. */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  try {
    const invocation = readArgv(argv);
    if (invocation.help) {
      io.stdout.write(helpText(invocation.command));
      return EXIT.done;
    }
    return await runCommand(invocation, io);
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

async function runCommand({ argv }: Invocation, io: Io): Promise<number> {
  // Not runExit: it prints usage errors to stdout, in colour even into a pipe, and exits 1.
  const cli = new Cli<CliContext>({ binaryName: PROGRAM, enableColors: false });
  for (const command of [
    PivotCommand,
    PlanCommand,
    StatusCommand,
    ResumeCommand,
    RollbackCommand,
    VersionCommand,
  ])
    cli.register(command);
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
