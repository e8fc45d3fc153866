// Starts the pair of test clusters, runs a command beside it and stops everything again:
//   with-testbed -- bun test test/run
// The command finds the folder with kubeconfigs and facts in CAPI_PIVOT_TESTBED, and the source in KUBECONFIG.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { startPair, TESTBED_VARIABLE } from "../test/support/testbed/pair.ts";
import { type PairFolder, writePairFolder } from "../test/support/testbed/pair-folder.ts";
import { findPrograms } from "../test/support/testbed/programs.ts";

const USAGE_ERROR = 2;
const NOT_FOUND = 127;
const LOCAL_PROGRAMS = join(import.meta.dir, "..", "node_modules", ".bin");

async function main(): Promise<number> {
  // Bun takes the first `--` for itself.
  const [first, ...rest] = process.argv.slice(2);
  const command = first === "--" || first === undefined ? rest : [first, ...rest];
  if (command.length === 0) {
    console.error("usage: with-testbed -- COMMAND [ARGUMENT ...]");
    return USAGE_ERROR;
  }
  const start = performance.now();
  const pair = await startPair();
  const folder = await writePairFolder(pair);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.error(`testbed: source and target run (${seconds} s), ${folder.folder}`);
  try {
    return await run(command, await environment(folder));
  } finally {
    await Promise.all([pair.source.stop(), pair.target.stop(), folder.remove()]);
  }
}

async function environment(folder: PairFolder): Promise<NodeJS.ProcessEnv> {
  const { kubectl } = await findPrograms();
  const path = [dirname(kubectl), LOCAL_PROGRAMS, process.env["PATH"] ?? ""].join(delimiter);
  return {
    ...process.env,
    PATH: path,
    KUBECONFIG: folder.sourceKubeconfig,
    TARGET_KUBECONFIG: folder.targetKubeconfig,
    [TESTBED_VARIABLE]: folder.folder,
  };
}

function run(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: "inherit", env });
  passSignalsOn(child);
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`with-testbed: ${program}: ${error.message}`);
      resolve(NOT_FOUND);
    });
    child.on("exit", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function passSignalsOn(child: ChildProcess): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the command too: a second one would mean "at once".
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`with-testbed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
