// A pivot in a process of its own that is killed while one of its writes is held back.
import { join } from "node:path";
import { type Running, start } from "./binary.ts";
import type { KubeconfigFolder } from "./kubeconfig-folder.ts";
import { stageKubeconfigs } from "./kubeconfig-folder.ts";
import type { Selector } from "./proxy/fault-rules.ts";
import type { Stage } from "./stage.ts";

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts");

/** What a command line says of the two clusters. */
export interface ClusterFlags {
  readonly source: readonly string[];
  /** As the cluster that is named first. */
  readonly target: readonly string[];
  readonly both: readonly string[];
}

export async function clusterFlags(stage: Stage, folder: KubeconfigFolder): Promise<ClusterFlags> {
  const files = await stageKubeconfigs(stage, folder);
  const source = ["--kubeconfig", files.source];
  const target = ["--kubeconfig", files.target];
  return { source, target, both: [...source, "--to-kubeconfig", files.target] };
}

/** Which write is held while the process dies. It reaches the server after that. */
export interface Moment {
  readonly cluster: "source" | "target";
  readonly when: NonNullable<Selector["when"]>;
}

/** Starts a command of the program in a process of its own. */
export function startProgram(argv: readonly string[]): Promise<Running> {
  return start([process.execPath, MAIN, ...argv]);
}

/** Starts a command and kills it at that moment; resolves when all that it sent was answered. */
export async function killAt(
  stage: Stage,
  argv: readonly string[],
  { cluster, when }: Moment,
): Promise<void> {
  const held = stage.proxies[cluster].hold({ when });
  const running = await startProgram(argv);
  const first = await Promise.race([held.arrived.then(() => undefined), running.ended]);
  if (first !== undefined) throw new Error(`it ended before that: ${first.stderr}`);
  running.kill("SIGKILL");
  // At once: what is held is forgotten when the proxy sees its client go.
  held.release();
  await running.ended;
  await Promise.all(Object.values(stage.proxies).map((proxy) => proxy.quiet()));
}
