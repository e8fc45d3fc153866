// Starts a pair of clusters, runs a command beside it and stops everything again. The command finds the kubeconfigs of
// both in KUBECONFIG (the source's) and TARGET_KUBECONFIG, and a folder with them and with facts in a variable.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type PairFolder, writePairFolder } from "../test/support/testbed/pair-folder.ts";
import { findPrograms } from "../test/support/testbed/programs.ts";
import type { TestCluster } from "../test/support/testbed/test-cluster.ts";

export interface Beside {
  /** Of the script, for what it says. */
  readonly name: string;
  /** Gets the path of the folder. */
  readonly variable: string;
  /** `-- COMMAND [ARGUMENT ...]`, without the script's own flags. */
  readonly command: readonly string[];
  readonly usage: string;
  start(): Promise<{ readonly source: TestCluster; readonly target: TestCluster }>;
}

const USAGE_ERROR = 2;
const NOT_FOUND = 127;
const LOCAL_PROGRAMS = join(import.meta.dir, "..", "node_modules", ".bin");

/** Sets the exit code: the command's, or 1 when no cluster starts. */
export async function runBeside(beside: Beside): Promise<void> {
  try {
    process.exitCode = await startAndRun(beside);
  } catch (error) {
    console.error(`${beside.name}: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}

async function startAndRun(beside: Beside): Promise<number> {
  // Bun takes the first `--` for itself.
  const [first, ...rest] = beside.command;
  const command = first === "--" || first === undefined ? rest : [first, ...rest];
  if (command.length === 0) {
    console.error(`usage: ${beside.usage}`);
    return USAGE_ERROR;
  }
  const start = performance.now();
  const pair = await beside.start();
  const folder = await writePairFolder(pair);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.error(`testbed: source and target run (${seconds} s), ${folder.folder}`);
  try {
    return await run(beside.name, command, await environment(folder, beside.variable));
  } finally {
    await Promise.all([pair.source.stop(), pair.target.stop(), folder.remove()]);
  }
}

async function environment(folder: PairFolder, variable: string): Promise<NodeJS.ProcessEnv> {
  const { kubectl } = await findPrograms();
  const path = [dirname(kubectl), LOCAL_PROGRAMS, process.env["PATH"] ?? ""].join(delimiter);
  return {
    ...process.env,
    PATH: path,
    KUBECONFIG: folder.sourceKubeconfig,
    TARGET_KUBECONFIG: folder.targetKubeconfig,
    [variable]: folder.folder,
  };
}

function run(name: string, command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: "inherit", env });
  passSignalsOn(child);
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`${name}: ${program}: ${error.message}`);
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
