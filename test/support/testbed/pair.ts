// One pair of clusters, source and target, for a whole test run: `with-testbed` starts it and names its folder in
// CAPI_PIVOT_TESTBED; without it the first test that asks starts a pair that lives as long as the process. A test takes
// its own namespaces. All test files of one `bun test` share this module, so its one promise is enough.
import type { FleetApi } from "../fleet/fleet-api.ts";
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
export async function startPair({ fill, ...options }: PairOptions = {}): Promise<Pair<OwnCluster>> {
  const [source, target] = await Promise.all([
    startCapiCluster("source", fill === undefined ? options : { ...options, fill }),
    startCapiCluster("target", options),
  ]);
  return { source, target };
}

export interface PairOptions extends CapiClusterOptions {
  /** What the source is to hold. */
  readonly fill?: Fill;
}

type Fill = (api: FleetApi) => Promise<unknown>;

export interface CapiClusterOptions extends Pick<ClusterOptions, "withoutControllers"> {
  /** Only the CRDs of these: each costs a server a tenth of a second. Default: of every fleet. */
  readonly kinds?: ReadonlySet<string>;
}

/** One cluster with the same CRDs, for a test that breaks its cluster. */
export async function startCapiCluster(
  name: string,
  { kinds, fill, ...options }: CapiClusterOptions & { readonly fill?: Fill } = {},
): Promise<OwnCluster> {
  // First, so that a machine without Go hears of the programs.
  await findPrograms();
  const all = [...(await capiCrds()), ...extraCrds()];
  const crds = all.filter(({ spec }) => kinds === undefined || kinds.has(spec.names.kind));
  let filling: Promise<unknown> | undefined;
  const cluster = await startCluster({
    ...options,
    name,
    prepare: async (api) => {
      await installCrds(api, crds);
      // Beside the controllers' start.
      filling = fill?.(api);
      filling?.catch(() => undefined);
    },
  });
  try {
    await filling;
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function attachPair(folder: string): Promise<Pair> {
  const facts = await readPairFolder(folder);
  const open = (each: ClusterFacts): TestCluster => openTestCluster(each, () => Promise.resolve());
  return { source: open(facts.source), target: open(facts.target) };
}
