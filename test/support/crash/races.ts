// Two programs started at the same moment: one wins, and nothing is harmed.
import { EXIT } from "../../../src/model/error.ts";
import { binary, type Ended, start } from "../binary.ts";
import type { CrashScene } from "./crash-scene.ts";
import { seededRandom } from "./seeded-random.ts";
import { type CaseResult, type Ends, Story } from "./story.ts";
import { pivotCommand } from "./undisturbed.ts";

/** The second one starts at most so much later: both are looking around then. */
const HEAD_START_MS = 500;

export async function race(scene: CrashScene, ends: Ends, seed: number): Promise<CaseResult> {
  const random = seededRandom(seed);
  const story = await Story.begin(scene);
  const begin = async (): Promise<Ended> =>
    (await start([binary(), ...scene.connection, ...pivotCommand(scene, 32)])).ended;
  const first = begin();
  await Bun.sleep(random() * HEAD_START_MS);
  const both = await Promise.all([first, begin()]);
  await Promise.all(Object.values(scene.proxies).map((proxy) => proxy.quiet()));
  const codes = both.map(({ code }) => code);
  story.deaths.push(`exit codes ${codes.join(" and ")}`);
  if (codes.toSorted((a, b) => a - b).join() !== `${EXIT.done},${EXIT.unchanged}`) {
    story.lines.push("not one of them won:", ...both.map(({ stderr }) => stderr.slice(-LAST)));
  }
  return story.result(`races:${seed}:1`, ends);
}

const LAST = 1_000;
