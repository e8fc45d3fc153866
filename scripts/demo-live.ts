// The demonstration with everything at work: a management cluster whose real managers run two clusters, a bare one, and
// in between the compiled plugin as an operator types it.
import { fieldAt, type Json } from "../src/model/object.ts";
import { applyLiveFleet, LIVE_MACHINES } from "../test/support/live/apply-live-fleet.ts";
import { type LivePair, startLivePair } from "../test/support/live/live-pair.ts";
import { readLiveState, waitUntilRunning } from "../test/support/live/live-state.ts";
import { ALL_PROVIDERS, deploymentOf } from "../test/support/live/providers.ts";
import { type PairFolder, writePairFolder } from "../test/support/testbed/pair-folder.ts";
import type { TestCluster } from "../test/support/testbed/test-cluster.ts";
import { type LiveSide, liveTable } from "./live-table.ts";
import { pivotAsTyped } from "./run-beside.ts";

/** Resolves to the exit code. About four minutes on two cores. */
export async function demonstrateLive(say: (text: string) => void): Promise<number> {
  say("Starting two management clusters, each with a network and a kubelet of its own;");
  say("the source gets cert-manager and four providers (about a minute)");
  const pair = await startLivePair();
  let folder: PairFolder | undefined;
  try {
    folder = await writePairFolder(pair);
    say(`Creating two clusters with ${LIVE_MACHINES} machines in memory (half a minute)`);
    await applyLiveFleet(pair.source.api);
    await waitUntilRunning(pair.source.api, LIVE_MACHINES);
    return await show(pair, folder, say);
  } finally {
    await Promise.all([pair.stop(), folder?.remove()]);
  }
}

async function show(
  pair: LivePair,
  folder: PairFolder,
  say: (text: string) => void,
): Promise<number> {
  const before = await lookAtBoth(pair);
  say(`\nBefore\n${liveTable(before)}\n`);
  const code = await pivotAsTyped(folder);
  const after = await lookAtBoth(pair);
  say(`\nAfter\n${liveTable(after)}\n`);
  const kept = keptMachines(before.source, after.target);
  say(`${kept} of ${LIVE_MACHINES} Machines run in the target, each as the machine that it was`);
  return code === 0 && kept === LIVE_MACHINES ? 0 : 1;
}

async function lookAtBoth({
  source,
  target,
}: LivePair): Promise<{ readonly source: LiveSide; readonly target: LiveSide }> {
  return { source: await lookAt(source), target: await lookAt(target) };
}

async function lookAt({ api }: TestCluster): Promise<LiveSide> {
  const kind = await api.request("GET", "/apis/cluster.x-k8s.io/v1beta2/clusters");
  const hasKinds = kind.status === 200;
  const providers = new Map<string, string>();
  for (const provider of ALL_PROVIDERS) {
    const { namespace, name } = deploymentOf(provider);
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
    const { status, text } = await api.request("GET", path);
    if (status === 200) providers.set(namespace, replicas(JSON.parse(text) as Json));
  }
  return { fleet: hasKinds ? await readLiveState(api) : { clusters: [], machines: [] }, providers };
}

function replicas(deployment: Json): string {
  const wanted = fieldAt(deployment, "spec", "replicas");
  return `${fieldAt(deployment, "status", "readyReplicas") ?? 0} of ${wanted} ready`;
}

/** Running, under the same name, with the same providerID. */
function keptMachines(before: LiveSide, after: LiveSide): number {
  const running = after.fleet.machines.filter(({ phase }) => phase === "Running");
  const now = new Set(running.map(({ name, providerId }) => `${name} ${providerId}`));
  const was = before.fleet.machines.map(({ name, providerId }) => `${name} ${providerId}`);
  return was.filter((machine) => now.has(machine)).length;
}
