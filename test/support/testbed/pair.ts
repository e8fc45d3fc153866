// One pair of clusters, source and target, for a whole test run: `with-testbed` starts it and names its folder in
// CAPI_PIVOT_TESTBED; without it the first test that asks starts a pair that lives as long as the process. A test takes
// its own namespaces. All test files of one `bun test` share this module, so its one promise is enough.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { capiCrds } from "./capi-crds.ts";
import type { ClusterFacts } from "./cluster-facts.ts";
import { extraCrds } from "./extra-crds.ts";
import { installCrds } from "./install-crds.ts";
import { type OwnCluster, startCluster } from "./management-cluster.ts";
import { openTestCluster, type TestCluster } from "./test-cluster.ts";

/** Two clusters with the CRDs of every fleet kind. */
export interface Pair<Cluster extends TestCluster = TestCluster> {
  readonly source: Cluster;
  readonly target: Cluster;
}

/** Names the folder that `writePair` filled. */
export const TESTBED_VARIABLE = "CAPI_PIVOT_TESTBED";
/** The facts of both clusters, in that folder. */
export const FACTS_FILE = "testbed.json";

let shared: Promise<Pair> | undefined;

/** The pair of this test run; started once. Never stop it: other tests use it. */
export function pair(): Promise<Pair> {
  shared ??= attachedPair() ?? startPair();
  return shared;
}

/** A new pair of one's own, CRDs installed. */
export async function startPair(): Promise<Pair<OwnCluster>> {
  const [source, target] = await Promise.all([
    startCapiCluster("source"),
    startCapiCluster("target"),
  ]);
  return { source, target };
}

/** One cluster with the same CRDs, for a test that breaks its cluster. */
export async function startCapiCluster(name: string): Promise<OwnCluster> {
  const crds = [...(await capiCrds()), ...extraCrds()];
  return startCluster({ name, prepare: (api) => installCrds(api, crds) });
}

function attachedPair(): Promise<Pair> | undefined {
  const folder = process.env[TESTBED_VARIABLE];
  if (folder === undefined || folder === "") return undefined;
  const text = readFileSync(join(folder, FACTS_FILE), "utf8");
  const facts = JSON.parse(text) as {
    readonly source: ClusterFacts;
    readonly target: ClusterFacts;
  };
  const open = (each: ClusterFacts): TestCluster => openTestCluster(each, () => Promise.resolve());
  return Promise.resolve({ source: open(facts.source), target: open(facts.target) });
}
