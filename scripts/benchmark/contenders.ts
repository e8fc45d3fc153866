// The three that move a fleet: clusterctl, this program, and the bare requests.
import { join } from "node:path";
import { findClusterctl } from "../../test/support/testbed/programs.ts";
import { moveBare } from "./floor.ts";
import { watchPeak } from "./peak-memory.ts";
import { NAMESPACE, type Scene } from "./scene.ts";

export interface Usage {
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

/** Both clusters, as a program is told of them. */
export interface Ends {
  readonly source: { readonly kubeconfigPath: string };
  readonly target: { readonly kubeconfigPath: string };
}

export interface Contender<Where extends Ends = Scene> {
  readonly name: string;
  /** Resolves when everything has moved; the bare requests run in this process, whose memory says nothing. */
  readonly move: (where: Where) => Promise<Usage | undefined>;
}

export const OURS = "capi-pivot";
export const CLUSTERCTL = "clusterctl";
export const PROGRAM = join(import.meta.dir, "..", "..", "dist", "kubectl-capi_pivot");

const BYTES_PER_MEGABYTE = 1e6;
const MICROSECONDS = 1e6;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export const pivot: Contender<Ends> = {
  name: OURS,
  move: ({ source, target }) =>
    run([
      PROGRAM,
      ...["--kubeconfig", source.kubeconfigPath],
      ...["--to-kubeconfig", target.kubeconfigPath],
      "--yes",
    ]),
};

export const clusterctl: Contender<Ends> = {
  name: CLUSTERCTL,
  move: async ({ source, target }) =>
    run(
      [
        await findClusterctl(),
        "move",
        ...["--kubeconfig", source.kubeconfigPath],
        ...["--to-kubeconfig", target.kubeconfigPath],
        ...["--namespace", NAMESPACE],
      ],
      // It would look for a newer version of itself.
      { CLUSTERCTL_DISABLE_VERSIONCHECK: "true" },
    ),
};

export const bare: Contender = {
  name: "bare requests",
  move: async (scene) => {
    await moveBare(scene);
    return undefined;
  },
};

async function run(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Usage> {
  const child = Bun.spawn([...command], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const peak = watchPeak(child.pid);
  // It would outlive this process; ended, it is a failed measurement, and everything is cleaned up.
  const end = (): void => child.kill();
  for (const signal of SIGNALS) process.on(signal, end);
  const stderr = await new Response(child.stderr).text();
  const code = await child.exited;
  for (const signal of SIGNALS) process.off(signal, end);
  peak.end();
  if (code !== 0) {
    throw new Error(`${command.join(" ")} exited with ${code}:\n${stderr.slice(-2000)}`);
  }
  const usage = child.resourceUsage();
  if (usage === undefined) throw new Error("no resource usage of an ended process");
  return {
    cpuSeconds: Number(usage.cpuTime.total) / MICROSECONDS,
    peakMegabytes: (peak.bytes() ?? usage.maxRSS) / BYTES_PER_MEGABYTE,
  };
}
