// One contender over one link, in a scene of its own; and how long the program takes to start.
import { type Contender, PROGRAM, type Usage } from "./contenders.ts";
import { fleetIn, type Scene, startScene } from "./scene.ts";
import { loadOf, loadSince, type ServerLoad } from "./server-load.ts";
import type { Link } from "./settings.ts";

export interface Measurement {
  readonly tool: string;
  readonly link: string;
  readonly seconds: number;
  readonly servers: ServerLoad;
  readonly usage: Usage | undefined;
}

const STARTS = 20;
const WARM_UP_STARTS = 3;

/** Throws when the fleet is not there afterwards, or not gone here: a failure must not look fast. */
export async function measure(
  contender: Contender,
  link: Link,
  clusters: number,
): Promise<Measurement> {
  const scene = await startScene(link, clusters);
  try {
    const both = [scene.source.cluster, scene.target.cluster];
    const before = await loadOf(both);
    const startedAt = performance.now();
    const usage = await contender.move(scene);
    const seconds = (performance.now() - startedAt) / 1000;
    const servers = await loadSince(before, both);
    await requireMoved(contender, scene);
    return { tool: contender.name, link: link.name, seconds, servers, usage };
  } finally {
    await scene.stop();
  }
}

async function requireMoved(contender: Contender, { source, target, fleet }: Scene): Promise<void> {
  const [left, arrived] = await Promise.all([fleetIn(source.cluster), fleetIn(target.cluster)]);
  const stayed = [...fleet.keys()].filter((key) => left.has(key));
  const missing = [...fleet.keys()].filter((key) => !arrived.has(key));
  if (stayed.length === 0 && missing.length === 0) return;
  const first = [...stayed, ...missing][0] ?? "";
  throw new Error(
    `${contender.name}: ${stayed.length} objects still in the source, ${missing.length} missing in the target: ${first}`,
  );
}

/** Mean milliseconds from start to end of `version`. */
export async function measureStartUp(): Promise<number> {
  for (let count = 0; count < WARM_UP_STARTS; count++) await startOnce();
  let sum = 0;
  for (let count = 0; count < STARTS; count++) sum += await startOnce();
  return sum / STARTS;
}

async function startOnce(): Promise<number> {
  const startedAt = performance.now();
  const child = Bun.spawn([PROGRAM, "version"], { stdio: ["ignore", "ignore", "ignore"] });
  const code = await child.exited;
  if (code !== 0) throw new Error(`version exited with ${code}`);
  return performance.now() - startedAt;
}
