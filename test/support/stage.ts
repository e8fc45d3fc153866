// Two clusters of a test file's own, each behind a proxy that can disturb it; fleets come and go.
import type { KubeObject } from "../../src/model/object.ts";
import { applyFleet } from "./fleet/apply-fleet.ts";
import { benchFleet, type Fleet } from "./fleet/fleets.ts";
import { lookAtFleet } from "./fleet/look.ts";
import type { Snapshot } from "./fleet/snapshot.ts";
import { type PivotOutcome, type PivotRequest, pivot } from "./pivot-session.ts";
import { type FaultProxy, startFaultProxy } from "./proxy/fault-proxy.ts";
import type { OwnCluster } from "./testbed/management-cluster.ts";
import { type Pair, startPair } from "./testbed/pair.ts";

export interface Stage {
  readonly source: OwnCluster;
  readonly target: OwnCluster;
  /** What the program under test speaks to. */
  readonly proxies: { readonly source: FaultProxy; readonly target: FaultProxy };
  /** Through the proxies; `--namespace` unless told otherwise. */
  pivot(fleet: Fleet, request?: Partial<PivotRequest>): Promise<PivotOutcome>;
  /** Forgets what proxies were told and what they saw. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const pair = await startPair();
  const proxies = {
    source: await startFaultProxy({ upstream: upstreamOf(pair.source) }),
    target: await startFaultProxy({ upstream: upstreamOf(pair.target) }),
  };
  return {
    ...pair,
    proxies,
    pivot: (fleet, request = {}) => pivot({ ...through(proxies), ...scopeOf(fleet), ...request }),
    reset: () => {
      for (const proxy of Object.values(proxies)) proxy.reset();
    },
    stop: () => stopAll(pair, proxies),
  };
}

/** As the admin. */
export function upstreamOf(cluster: OwnCluster): Parameters<typeof startFaultProxy>[0]["upstream"] {
  const { credentials } = cluster.facts.admin;
  return { url: cluster.url, ca: cluster.ca, credentials };
}

function through(proxies: Stage["proxies"]): Pick<PivotRequest, "from" | "to"> {
  return {
    from: { adminKubeconfig: () => proxies.source.kubeconfig() },
    to: { adminKubeconfig: () => proxies.target.kubeconfig() },
  };
}

function scopeOf({ namespaces }: Fleet): Pick<PivotRequest, "namespaces"> {
  return { namespaces };
}

async function stopAll(pair: Pair<OwnCluster>, proxies: Stage["proxies"]): Promise<void> {
  // Clusters first: a proxy whose callback failed says so, and nothing may be left running then.
  await Promise.all([pair.source.stop(), pair.target.stop()]);
  await Promise.all([proxies.source.stop(), proxies.target.stop()]);
}

/** One small Cluster, 20 objects, put into the source. */
export async function smallFleet(stage: Stage, namespace: string): Promise<Fleet> {
  const fleet = benchFleet({ clusters: 1, namespace, controlPlanes: 1, workers: 1 });
  await applyFleet(stage.source.api, fleet);
  return fleet;
}

/** Objects by key. */
export type State = Readonly<Record<string, unknown>>;

/** Objects without what any write raises: an undone run leaves all the rest, uids and field ownership too. */
export async function stateOf(cluster: Pick<OwnCluster, "api">, fleet: Fleet): Promise<State> {
  const snapshot = await lookAtFleet(cluster.api, fleet);
  return Object.fromEntries([...snapshot].map(([key, object]) => [key, withoutCounters(object)]));
}

function withoutCounters({ metadata, ...rest }: KubeObject): unknown {
  const { resourceVersion: _, generation: __, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

/** The object of a snapshot whose key begins with `prefix`, e.g. `Machine.cluster.x-k8s.io`. */
export function firstOf(snapshot: Snapshot, prefix: string): KubeObject {
  const found = [...snapshot].find(([key]) => key.startsWith(`${prefix} `));
  if (found === undefined) throw new Error(`no ${prefix} among ${[...snapshot.keys()].join(", ")}`);
  return found[1];
}

/** Polls until the namespace is gone: its controller takes its time. */
export async function namespaceIsGone(
  cluster: Pick<OwnCluster, "api" | "name">,
  namespace: string,
): Promise<boolean> {
  for (let attempt = 0; attempt < 150; attempt++) {
    const answer = await cluster.api.request("GET", `/api/v1/namespaces/${namespace}`);
    if (answer.status === 404) return true;
    await Bun.sleep(200);
  }
  return false;
}
