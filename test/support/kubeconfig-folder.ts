// Kubeconfig files for a command line, in a folder that goes again.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FaultProxy } from "./proxy/fault-proxy.ts";
import type { Stage } from "./stage.ts";

export interface KubeconfigFolder {
  readonly path: string;
  /** Writes a file that only its owner may read; resolves to its path. */
  write(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

export async function kubeconfigFolder(): Promise<KubeconfigFolder> {
  const path = await mkdtemp(join(tmpdir(), "capi-pivot-kubeconfigs-"));
  return {
    path,
    write: async (name, text) => {
      const file = join(path, name);
      await writeFile(file, text, { mode: 0o600 });
      return file;
    },
    remove: () => rm(path, { recursive: true }),
  };
}

/** Both clusters of a stage through its proxies; contexts are called `source` and `target`. */
export async function stageKubeconfigs(
  stage: Stage,
  folder: KubeconfigFolder,
): Promise<{ readonly source: string; readonly target: string }> {
  return {
    source: await folder.write("source.yaml", namedKubeconfig(stage.proxies.source, "source")),
    target: await folder.write("target.yaml", namedKubeconfig(stage.proxies.target, "target")),
  };
}

/** The proxy's own kubeconfig with this name for cluster, user and context. */
export function namedKubeconfig(proxy: FaultProxy, name: string): string {
  return proxy.kubeconfig().replaceAll('"proxy"', JSON.stringify(name));
}
