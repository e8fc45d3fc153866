// The place where runs die: two clusters that are put back in a moment, behind proxies that count writes in one
// sequence, with a fleet that holds every shape of object and a provider that is installed, stopped and cleaned.
import type { ClusterName } from "../../../src/model/error.ts";
import { kubeconfigFolder, namedKubeconfig } from "../kubeconfig-folder.ts";
import { startWebhookServer, type WebhookServer } from "../plays-target.ts";
import { type FaultProxy, startFaultProxy } from "../proxy/fault-proxy.ts";
import type { WriteCounter } from "../proxy/fault-rules.ts";
import { EtcdStore } from "../testbed/etcd-store.ts";
import type { OwnCluster } from "../testbed/management-cluster.ts";
import { type Pair, startPair } from "../testbed/pair.ts";
import { StoreMirror } from "../testbed/store-mirror.ts";
import { differencesOf, type Forms } from "../whole-cluster/differences.ts";
import { KnownPair } from "../whole-cluster/known-pair.ts";
import { applyCrashFleet, applyTargetSet, crashProvider, LEFT } from "./crash-fleet.ts";
import {
  GARBAGE_COLLECTOR,
  PLAYED_CONTROLLERS,
  type Player,
  playGarbageCollector,
  playKubelet,
  playNamespaces,
} from "./play-cluster.ts";
import { putBack } from "./put-back.ts";
import type { BothValues } from "./recorded-run.ts";
import { WriteSequence } from "./write-sequence.ts";

export interface CrashScene {
  readonly pair: Pair<OwnCluster>;
  readonly proxies: Readonly<Record<ClusterName, FaultProxy>>;
  readonly writes: WriteSequence;
  readonly known: KnownPair;
  readonly mirrors: Readonly<Record<ClusterName, StoreMirror>>;
  /** Flags that lead every command to the clusters, through the proxies. */
  readonly connection: readonly string[];
  /** The same past the proxies, which costs less. */
  readonly direct: readonly string[];
  /** Flags of the pivot beside those. */
  readonly flags: readonly string[];
  /** Puts both clusters back to their start, and proxies to their beginning. */
  restore(): Promise<void>;
  /** Puts both clusters into a state that they had since the last `restore`, proxies to their beginning. */
  putBack(state: BothValues): Promise<void>;
  /** Waits until both clusters look like that; the differences when they do not. */
  differences(expected: Forms): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface SceneOptions {
  /** For `putBack`: whether no garbage collector runs that remembers uids. */
  readonly forgets?: boolean;
}

/** About half a minute. */
export async function startCrashScene({ forgets = false }: SceneOptions = {}): Promise<CrashScene> {
  const writes = new WriteSequence();
  const withoutControllers = [...PLAYED_CONTROLLERS, ...(forgets ? [GARBAGE_COLLECTOR] : [])];
  const pair = await startPair({ withoutControllers });
  const webhook = await startWebhookServer("small");
  const mirrors = {
    source: await StoreMirror.start(new EtcdStore(pair.source)),
    target: await StoreMirror.start(new EtcdStore(pair.target)),
  };
  const kubelets = NAMES.map((name) => playKubelet(pair[name].api, mirrors[name]));
  await applyCrashFleet(
    pair.source.api,
    crashProvider({ port: webhook.port, ca: webhook.authority.cert }),
  );
  await applyTargetSet(pair.target.api);
  await untilQuiet(pair);
  const known = await KnownPair.learn(pair);
  const namespaces = NAMES.map((name) => playNamespaces(known[name], mirrors[name]));
  const collectors = forgets
    ? NAMES.map((name) => playGarbageCollector(pair[name].api, mirrors[name]))
    : [];
  const players = [...kubelets, ...namespaces, ...collectors];
  const proxies = {
    source: await proxyBefore(pair.source, writes.of("source")),
    target: await proxyBefore(pair.target, writes.of("target")),
  };
  const folder = await kubeconfigFolder();
  const connection = async (
    file: string,
    textOf: (name: ClusterName) => string,
  ): Promise<readonly string[]> => {
    const [source, target] = await Promise.all(
      NAMES.map((name) => folder.write(`${name}-${file}.yaml`, textOf(name))),
    );
    return ["--kubeconfig", source ?? "", "--to-kubeconfig", target ?? ""];
  };
  const begin = (): void => {
    for (const proxy of Object.values(proxies)) proxy.reset();
    writes.begin();
  };
  return {
    ...{ pair, proxies, writes, known, mirrors },
    connection: await connection("proxy", (name) => namedKubeconfig(proxies[name], name)),
    direct: await connection("direct", (name) =>
      pair[name].kubeconfigFor(pair[name].tokenUsers.admin),
    ),
    flags: ["--leave", LEFT, "--prove-for", "1s"],
    restore: async () => {
      begin();
      await restoreWhole(known, players);
    },
    putBack: async (state) => {
      begin();
      await whilePaused(players, async () => {
        const written = NAMES.map((name) => putBack(known[name], mirrors[name], state[name]));
        return (await Promise.all(written)).includes(true);
      });
    },
    differences: (expected) => differencesInTime(known, expected),
    stop: () => stopAll({ pair, proxies, players, mirrors, webhook, folder }),
  };
}

const NAMES: readonly ClusterName[] = ["source", "target"];

/** As an admin. */
function proxyBefore(cluster: OwnCluster, counter: WriteCounter): Promise<FaultProxy> {
  const { credentials } = cluster.tokenUsers.admin;
  return startFaultProxy({ upstream: { url: cluster.url, ca: cluster.ca, credentials }, counter });
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
const MOST_ROUNDS = 5;

async function restoreWhole(known: KnownPair, players: readonly Player[]): Promise<void> {
  await whilePaused(players, async () => {
    if (!(await known.hasChanged())) return false;
    await known.restore();
    return true;
  });
}

/**
 * Again when a controller was still at work: what it made for an object that is gone would stay for ever. Not for ever:
 * in some states that a run passes through it is at work.
 */
async function whilePaused(
  players: readonly Player[],
  restore: () => Promise<boolean>,
): Promise<void> {
  for (const player of players) await player.pause();
  for (let round = 1; (await restore()) && round < MOST_ROUNDS; round++) await Bun.sleep(QUIET_MS);
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
  readonly mirrors: CrashScene["mirrors"];
  readonly webhook: WebhookServer;
  readonly folder: { remove(): Promise<void> };
}

async function stopAll(parts: Parts): Promise<void> {
  const { pair, proxies, players, mirrors, webhook, folder } = parts;
  await Promise.all(players.map((player) => player.stop()));
  for (const mirror of Object.values(mirrors)) mirror.stop();
  await Promise.all([pair.source.stop(), pair.target.stop()]);
  await Promise.all([proxies.source.stop(), proxies.target.stop(), webhook.stop()]);
  await folder.remove();
}
