// The folder through which one process lends its pair to others: kubeconfigs for people and programs, facts for tests.
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guardFolder } from "./child-processes.ts";
import type { ClusterFacts } from "./cluster-facts.ts";
import type { TestCluster } from "./test-cluster.ts";

export interface PairFolder {
  readonly folder: string;
  readonly sourceKubeconfig: string;
  readonly targetKubeconfig: string;
  remove(): Promise<void>;
}

interface PairFacts {
  readonly source: ClusterFacts;
  readonly target: ClusterFacts;
}

const FACTS_FILE = "testbed.json";

/** Writes `source.kubeconfig`, `target.kubeconfig` and the facts into a new folder that goes when we go. */
export async function writePairFolder(pair: {
  readonly source: TestCluster;
  readonly target: TestCluster;
}): Promise<PairFolder> {
  const folder = await mkdtemp(join(tmpdir(), "capi-pivot-testbed-"));
  const remove = await guardFolder(folder);
  const write = async (file: string, text: string): Promise<string> => {
    const path = join(folder, file);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const { source, target } = pair;
  const facts: PairFacts = { source: source.facts, target: target.facts };
  await write(FACTS_FILE, JSON.stringify(facts, undefined, 2));
  return {
    folder,
    sourceKubeconfig: await write("source.kubeconfig", source.adminKubeconfig()),
    targetKubeconfig: await write("target.kubeconfig", target.adminKubeconfig()),
    remove,
  };
}

/** Reads what `writePairFolder` wrote. */
export async function readPairFolder(folder: string): Promise<PairFacts> {
  return JSON.parse(await readFile(join(folder, FACTS_FILE), "utf8")) as PairFacts;
}
