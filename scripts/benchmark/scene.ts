// Everything that one measurement needs, fresh: two clusters, a fleet in the source, and the way there.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyFleet } from "../../test/support/fleet/apply-fleet.ts";
import { benchFleet } from "../../test/support/fleet/fleets.ts";
import { type Snapshot, snapshotFleet } from "../../test/support/fleet/snapshot.ts";
import { startLatencyProcess } from "../../test/support/proxy/latency-process.ts";
import { guardFolder } from "../../test/support/testbed/child-processes.ts";
import { installInventory } from "../../test/support/testbed/install-crds.ts";
import { startPair } from "../../test/support/testbed/pair.ts";
import type { TestCluster } from "../../test/support/testbed/test-cluster.ts";
import type { Link } from "./settings.ts";

/** One cluster, seen from the other end of the link. */
export interface Side {
  readonly cluster: TestCluster;
  readonly url: string;
  readonly kubeconfigPath: string;
}

export interface Scene {
  readonly source: Side;
  readonly target: Side;
  /** As the source holds the fleet before anything moves. */
  readonly fleet: Snapshot;
  stop(): Promise<void>;
}

export const NAMESPACE = "bench";

/** About 10 seconds for the clusters, and as much for a thousand objects. */
export async function startScene(link: Link, clusters: number): Promise<Scene> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), "capi-pivot-bench-"));
    stops.push(await guardFolder(folder));
    const pair = await startPair();
    stops.push(pair.source.stop, pair.target.stop);
    await Promise.all([installInventory(pair.source.api), installInventory(pair.target.api)]);
    await applyFleet(pair.source.api, benchFleet({ clusters, namespace: NAMESPACE }));
    const sideOf = async (cluster: TestCluster): Promise<Side> => {
      const url = await reach(cluster, link, stops);
      const kubeconfigPath = join(folder, cluster.name);
      await writeFile(kubeconfigPath, cluster.adminKubeconfig({ server: url }), { mode: 0o600 });
      return { cluster, url, kubeconfigPath };
    };
    const source = await sideOf(pair.source);
    const target = await sideOf(pair.target);
    return { source, target, fleet: await fleetIn(pair.source), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function reach(
  cluster: TestCluster,
  { roundTripMs }: Link,
  stops: (() => Promise<unknown>)[],
): Promise<string> {
  if (roundTripMs === 0) return cluster.url;
  const { hostname, port } = new URL(cluster.url);
  const line = await startLatencyProcess({ host: hostname, port: Number(port), roundTripMs });
  stops.push(line.stop);
  return `https://${hostname}:${line.port}`;
}

/** What a cluster holds of the fleet. */
export function fleetIn(cluster: TestCluster): Promise<Snapshot> {
  return snapshotFleet(cluster.api, { namespaces: [NAMESPACE] });
}
