// Moves the same fleet with clusterctl, with this program and with the bare requests that a move needs, straight and
// over 20 ms of round trip, and says how they compare. Clusters and fleet are new for every measurement. With --live
// what is compared is how a fleet with real managers gets over it.
import { loadavg } from "node:os";
import { bare, type Contender, clusterctl, pivot } from "./benchmark/contenders.ts";
import { benchLive } from "./benchmark/live/bench.ts";
import { type Measurement, measure, measureStartUp } from "./benchmark/measure.ts";
import { goals, table } from "./benchmark/report.ts";
import {
  FAR,
  type Link,
  LOOPBACK,
  OBJECTS_PER_CLUSTER,
  type Settings,
  settingsFrom,
  USAGE,
} from "./benchmark/settings.ts";

const USAGE_ERROR = 2;

async function bench(settings: Settings): Promise<void> {
  const objects = settings.clusters * OBJECTS_PER_CLUSTER;
  warnOfCompany();
  const startUpMs = await measureStartUp();
  say(`version: ${startUpMs.toFixed(1)} ms`);
  const all: Measurement[] = [];
  for (const [contender, link] of runsOf(settings)) {
    say(`${contender.name}, ${link.name}, ${objects} objects ...`);
    const one = await measure(contender, link, settings.clusters);
    say(`  ${one.seconds.toFixed(1)} s, ${one.servers.requests} requests`);
    all.push(one);
  }
  console.log(`${objects} objects, 32 requests at a time\n`);
  console.log(`${table(all)}\n`);
  console.log(goals({ all, startUpMs, objects }));
}

async function live(): Promise<void> {
  warnOfCompany();
  console.log(`\n${await benchLive(say)}`);
}

/** Both API servers need a processor each. */
function warnOfCompany(): void {
  const [load = 0] = loadavg();
  if (load < 1) return;
  say(`warning: others work on this machine (load ${load.toFixed(1)}): do not trust the seconds`);
}

function runsOf(settings: Settings): readonly (readonly [Contender, Link])[] {
  return [LOOPBACK, FAR].flatMap((link) => {
    const isLeftOut = link === FAR && settings.skipFarClusterctl;
    const contenders = [bare, pivot, ...(isLeftOut ? [] : [clusterctl])];
    return contenders.map((contender) => [contender, link] as const);
  });
}

function say(text: string): void {
  console.error(text);
}

async function main(): Promise<number> {
  let settings: Settings | "help";
  try {
    settings = settingsFrom(process.argv.slice(2));
  } catch (error) {
    say(`${messageOf(error)}\n${USAGE}`);
    return USAGE_ERROR;
  }
  if (settings === "help") {
    console.log(USAGE);
    return 0;
  }
  try {
    if (settings.live) await live();
    else await bench(settings);
    return 0;
  } catch (error) {
    say(`error: ${messageOf(error)}`);
    return 1;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main();
