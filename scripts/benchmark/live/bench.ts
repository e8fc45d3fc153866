// A live fleet is handed over twice, by this program and by clusterctl, and watched from outside: from the API servers,
// while real managers are at work.
import { type LiveState, readLiveState } from "../../../test/support/live/live-state.ts";
import { type Contender, clusterctl, type Ends, pivot } from "../contenders.ts";
import { figuresOf, handedOverAt, WATCH_MS } from "./figures.ts";
import { LOOK_EVERY_MS, watchBoth } from "./looks.ts";
import { type LiveMeasurement, liveTable, phaseLines } from "./report.ts";
import { MACHINES, startLiveScene } from "./scene.ts";

/** `say` gets what happens, in lines. Resolves to the text of the result. */
export async function benchLive(say: (line: string) => void): Promise<string> {
  const ours = await measureLive(pivot, false, say);
  // It installs nothing.
  const theirs = await measureLive(clusterctl, true, say);
  return [
    `${MACHINES} Machines in 2 clusters, a look at both API servers every ${LOOK_EVERY_MS} ms;`,
    `looks are those of the ${WATCH_MS / 1000} s after the hand-over: every Cluster is in the target, and none is paused`,
    "",
    liveTable(ours, theirs),
    "",
    ...phaseLines([ours, theirs]),
    `${pivot.name} brings the providers to a bare target, watches the fleet and cleans the source; for`,
    `${clusterctl.name} they were installed in the target before, which is not counted`,
  ].join("\n");
}

async function measureLive(
  contender: Contender<Ends>,
  hasProviders: boolean,
  say: (line: string) => void,
): Promise<LiveMeasurement> {
  say(`${contender.name}: two clusters, providers, ${MACHINES} Machines ...`);
  const scene = await startLiveScene(hasProviders);
  try {
    const { source, target } = scene.pair;
    const expected = {
      clusters: scene.before.clusters.map(({ name }) => name),
      machines: scene.before.machines.map(({ name }) => name),
    };
    say(`${contender.name}: hands over ...`);
    const watch = watchBoth(source.api, target.api);
    const startedAt = performance.now();
    let commandSeconds: number;
    try {
      await contender.move(scene);
      commandSeconds = (performance.now() - startedAt) / 1000;
      say(`  ${commandSeconds.toFixed(1)} s; watching ...`);
      const handOver = handedOverAt(watch.looks, expected) ?? performance.now();
      await Bun.sleep(Math.max(0, handOver + WATCH_MS - performance.now()));
    } finally {
      await watch.end();
    }
    const figures = figuresOf(watch.looks, expected);
    const kept = keptMachines(scene.before, await readLiveState(target.api));
    return { tool: contender.name, figures, kept, commandSeconds };
  } finally {
    await scene.stop();
  }
}

function keptMachines(before: LiveState, after: LiveState): readonly [number, number] {
  const keyOf = ({ name, providerId }: LiveState["machines"][number]): string =>
    `${name} ${providerId}`;
  const now = new Set(after.machines.map(keyOf));
  return [before.machines.filter((one) => now.has(keyOf(one))).length, before.machines.length];
}
