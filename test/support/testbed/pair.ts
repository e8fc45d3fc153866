// One pair of clusters, source and target, for a whole test run: `with-testbed` starts it and names its folder in
// CAPI_PIVOT_TESTBED; without it the first test that asks starts a pair that lives as long as the process. A test takes
// its own namespaces. All test files of one `bun test` share this module, so its one promise is enough.
import { capiCrds } from "./capi-crds.ts";
import type { ClusterFacts } from "./cluster-facts.ts";
import { extraCrds } from "./extra-crds.ts";
import { installCrds } from "./install-crds.ts";
import { type ClusterOptions, type OwnCluster, startCluster } from "./management-cluster.ts";
import { readPairFolder } from "./pair-folder.ts";
import { findPrograms } from "./programs.ts";
import { openTestCluster, type TestCluster } from "./test-cluster.ts";

/** Two clusters with the CRDs of every fleet kind. */
export interface Pair<Cluster extends TestCluster = TestCluster> {
  readonly source: Cluster;
  readonly target: Cluster;
}

/** Names the folder that `writePairFolder` filled. */
export const TESTBED_VARIABLE = "CAPI_PIVOT_TESTBED";

let shared: Promise<Pair> | undefined;

/** The pair of this test run; started once. Never stop it: other tests use it. */
export function pair(): Promise<Pair> {
  const folder = process.env[TESTBED_VARIABLE] ?? "";
  shared ??= folder === "" ? startPair() : attachPair(folder);
  return shared;
}

/** A new pair of one's own, CRDs installed. */
export async function startPair(options: CapiClusterOptions = {}): Promise<Pair<OwnCluster>> {
  const [source, target] = await Promise.all([
    startCapiCluster("source", options),
    startCapiCluster("target", options),
  ]);
  return { source, target };
}

export type CapiClusterOptions = Pick<ClusterOptions, "withoutControllers">;

/** One cluster with the same CRDs, for a test that breaks its cluster. */
export async function startCapiCluster(
  name: string,
  options: CapiClusterOptions = {},
): Promise<OwnCluster> {
  // First, so that a machine without Go hears of the programs.
  await findPrograms();
  const crds = [...(await capiCrds()), ...extraCrds()];
  return startCluster({ ...options, name, prepare: (api) => installCrds(api, crds) });
}

async function attachPair(folder: string): Promise<Pair> {
  const facts = await readPairFolder(folder);
  const open = (each: ClusterFacts): TestCluster => openTestCluster(each, () => Promise.resolve());
  return { source: open(facts.source), target: open(facts.target) };
}
