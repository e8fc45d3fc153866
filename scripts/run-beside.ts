// A command beside a pair of clusters, as somebody would type it: kubectl is the testbed's own, and finds the plugin on
// the PATH as it would any other.
import { type ChildProcess, spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import type { PairFolder } from "../test/support/testbed/pair-folder.ts";
import { findPrograms } from "../test/support/testbed/programs.ts";

const DIST = join(import.meta.dir, "..", "dist");

/** A command under way. */
export interface Beside {
  readonly child: ChildProcess;
  /** The exit code; 1 for a signal. */
  readonly ended: Promise<number>;
}

/** KUBECONFIG is the source's, TARGET_KUBECONFIG the target's. */
export async function startBeside(
  program: string,
  args: readonly string[],
  folder: PairFolder,
): Promise<Beside> {
  const { kubectl } = await findPrograms();
  const path = [DIST, dirname(kubectl), process.env["PATH"] ?? ""].join(delimiter);
  const env = {
    ...process.env,
    PATH: path,
    KUBECONFIG: folder.sourceKubeconfig,
    TARGET_KUBECONFIG: folder.targetKubeconfig,
  };
  const child = spawn(program, args, { stdio: "inherit", env });
  // The terminal sends Ctrl-C to the child as well: it decides.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
  return { child, ended };
}

/** Resolves to the exit code. */
export async function runCommand(
  program: string,
  args: readonly string[],
  folder: PairFolder,
): Promise<number> {
  return (await startBeside(program, args, folder)).ended;
}

/** Shows arguments of kubectl as they would be typed. */
export function typed(args: readonly string[]): readonly string[] {
  console.log(`$ kubectl ${args.join(" ")}`);
  return args;
}

/** The pivot of the demonstrations. */
export function pivotAsTyped(folder: PairFolder): Promise<number> {
  const command = ["capi-pivot", "--to-kubeconfig", folder.targetKubeconfig, "--yes"];
  return runCommand("kubectl", typed(command), folder);
}
