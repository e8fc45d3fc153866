// The place where runs die: two clusters that are put back in a moment, behind proxies that count writes in one
// sequence, with a fleet that holds every shape of object and a provider that is installed, stopped and cleaned.
import type { ClusterName } from "../../../src/model/error.ts";
import { kubeconfigFolder, namedKubeconfig } from "../kubeconfig-folder.ts";
import { startWebhookServer, type WebhookServer } from "../plays-target.ts";
import { type FaultProxy, startFaultProxy } from "../proxy/fault-proxy.ts";
import { upstreamOf } from "../stage.ts";
import { EtcdStore } from "../testbed/etcd-store.ts";
import type { OwnCluster } from "../testbed/management-cluster.ts";
import { type Pair, startPair } from "../testbed/pair.ts";
import { differencesOf, type Forms } from "../whole-cluster/differences.ts";
import { KnownPair } from "../whole-cluster/known-pair.ts";
import { applyCrashFleet, applyTargetSet, crashProvider, LEFT } from "./crash-fleet.ts";
import { PLAYED_CONTROLLERS, type Player, playKubelet, playNamespaces } from "./play-cluster.ts";
import { WriteSequence } from "./write-sequence.ts";

export interface CrashScene {
  readonly pair: Pair<OwnCluster>;
  readonly proxies: Readonly<Record<ClusterName, FaultProxy>>;
  readonly writes: WriteSequence;
  readonly known: KnownPair;
  /** Flags that lead every command to the clusters, through the proxies. */
  readonly connection: readonly string[];
  /** Flags of the pivot beside those. */
  readonly flags: readonly string[];
  /** Puts both clusters back to their start, and proxies to their beginning. */
  restore(): Promise<void>;
  /** Waits until both clusters look like that; the differences when they do not. */
  differences(expected: Forms): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** About half a minute. */
export async function startCrashScene(): Promise<CrashScene> {
  const writes = new WriteSequence();
  const pair = await startPair({ withoutControllers: PLAYED_CONTROLLERS });
  const webhook = await startWebhookServer("small");
  const kubelets = [pair.source, pair.target].map((one) =>
    playKubelet(one.api, new EtcdStore(one)),
  );
  await applyCrashFleet(
    pair.source.api,
    crashProvider({ port: webhook.port, ca: webhook.authority.cert }),
  );
  await applyTargetSet(pair.target.api);
  await untilQuiet(pair);
  const known = await KnownPair.learn(pair);
  const namespaces = [playNamespaces(known.source), playNamespaces(known.target)];
  const players = [...kubelets, ...namespaces];
  const proxies = {
    source: await startFaultProxy({
      upstream: upstreamOf(pair.source),
      counter: writes.of("source"),
    }),
    target: await startFaultProxy({
      upstream: upstreamOf(pair.target),
      counter: writes.of("target"),
    }),
  };
  const folder = await kubeconfigFolder();
  const file = (name: ClusterName): Promise<string> =>
    folder.write(`${name}.yaml`, namedKubeconfig(proxies[name], name));
  const [source, target] = [await file("source"), await file("target")];
  return {
    pair,
    proxies,
    writes,
    known,
    connection: ["--kubeconfig", source, "--to-kubeconfig", target],
    flags: ["--leave", LEFT, "--prove-for", "1s"],
    restore: async () => {
      for (const proxy of Object.values(proxies)) proxy.reset();
      writes.begin();
      await restoreWhole(known, players);
    },
    differences: (expected) => differencesInTime(known, expected),
    stop: () => stopAll({ pair, proxies, players, webhook, folder }),
  };
}

/** Deployment and garbage collector have seen everything. */
async function untilQuiet({ source, target }: Pair): Promise<void> {
  const look = async (): Promise<string> => {
    const keys = await Promise.all([source, target].map((one) => new EtcdStore(one).keys()));
    return JSON.stringify(keys.flat().filter(({ key }) => !key.includes("/leases/")));
  };
  let before = "";
  for (let now = await look(); now !== before; now = await look()) {
    before = now;
    await Bun.sleep(3_000);
  }
}

const QUIET_MS = 150;

/** Again when a controller was still at work: what it made for an object that is gone would stay for ever. */
async function restoreWhole(known: KnownPair, players: readonly Player[]): Promise<void> {
  for (const player of players) await player.pause();
  do {
    await known.restore();
    await Bun.sleep(QUIET_MS);
  } while (await known.hasChanged());
  for (const player of players) player.resume();
}

const IN_TIME_MS = 20_000;

/** Controllers take a moment. */
async function differencesInTime(known: KnownPair, expected: Forms): Promise<readonly string[]> {
  const deadline = performance.now() + IN_TIME_MS;
  for (;;) {
    const differences = differencesOf(expected, await known.now());
    if (differences.length === 0 || performance.now() > deadline) return differences;
    await Bun.sleep(100);
  }
}

interface Parts {
  readonly pair: Pair<OwnCluster>;
  readonly proxies: CrashScene["proxies"];
  readonly players: readonly Player[];
  readonly webhook: WebhookServer;
  readonly folder: { remove(): Promise<void> };
}

async function stopAll({ pair, proxies, players, webhook, folder }: Parts): Promise<void> {
  await Promise.all(players.map((player) => player.stop()));
  await Promise.all([pair.source.stop(), pair.target.stop()]);
  await Promise.all([proxies.source.stop(), proxies.target.stop(), webhook.stop()]);
  await folder.remove();
}
