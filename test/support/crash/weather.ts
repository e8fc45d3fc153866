// Runs through bad weather: one request in twenty is delayed, reset, refused, timed out, or acted on without an answer.
// The run ends done, or says in which state it stopped, and then one command in fair weather ends it.
import { EXIT } from "../../../src/model/error.ts";
import type { ArrivedRequest, Rule } from "../proxy/fault-rules.ts";
import { type Stand, standOf } from "./after-death.ts";
import type { CrashScene } from "./crash-scene.ts";
import { pick, type Random, seededRandom } from "./seeded-random.ts";
import { type CaseResult, type Ends, Story } from "./story.ts";
import { pivotCommand } from "./undisturbed.ts";

const SHARE = 0.05;
/** `--request-timeout`, and what is longer than that. */
const TIMEOUT_S = 5;
const TOO_LONG_MS = 5_500;
const DELAY_MS = 700;

type Mishap = Omit<Rule, "when" | "nth" | "times">;

const answer = (status: number, retryAfterSeconds?: number): Mishap => ({
  fault: {
    type: "answer",
    status,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  },
});

const MISHAPS: readonly Mishap[] = [
  { delayMs: DELAY_MS },
  { fault: { type: "reset" } },
  { fault: { type: "lose-answer" } },
  answer(429, 1),
  answer(500),
  answer(503, 1),
  // Never gets there, or is acted on when nobody waits any more.
  { before: () => Bun.sleep(TOO_LONG_MS), fault: { type: "reset" } },
  { after: () => Bun.sleep(TOO_LONG_MS), fault: { type: "lose-answer" } },
];

export async function runInWeather(
  scene: CrashScene,
  ends: Ends,
  seed: number,
): Promise<CaseResult> {
  const random = seededRandom(seed);
  const how = {
    concurrency: pick(random, [1, 8, 32]),
    ending: pick(random, ["resume", "rollback"] as const),
  };
  const story = await Story.begin(scene);
  const clearUp = blow(scene, random);
  const timeout = `--request-timeout=${TIMEOUT_S}s`;
  const { ended } = await story.run(pivotCommand(scene, how.concurrency, [timeout]));
  clearUp();
  const stand = await standOf(scene.known);
  story.deaths.push(`exit code ${ended.code}, ${stand}`);
  if (!EXITS[stand].includes(ended.code)) {
    story.lines.push(`exit code ${ended.code} of a run that is ${stand}:`, ended.stderr);
  }
  const isOver = ended.code === EXIT.done || ended.code === EXIT.unchanged;
  if (isOver) story.expected = ended.code === EXIT.done ? "done" : "start";
  else await story.end(how);
  return story.result(`weather:${seed}:1`, ends);
}

/** What a run may say of itself. */
const EXITS: Readonly<Record<Stand, readonly number[]>> = {
  none: [EXIT.unchanged, EXIT.midway],
  open: [EXIT.midway],
  returning: [EXIT.midway],
  committed: [EXIT.done, EXIT.pastCommit],
};

/** Until the function is called. */
function blow({ proxies }: CrashScene, random: Random): () => void {
  const drawn = new WeakMap<ArrivedRequest, Mishap | undefined>();
  const of = (request: ArrivedRequest): Mishap | undefined => {
    if (!drawn.has(request)) {
      drawn.set(request, random() < SHARE ? pick(random, MISHAPS) : undefined);
    }
    return drawn.get(request);
  };
  const removals = Object.values(proxies).flatMap((proxy) =>
    MISHAPS.map((mishap) => proxy.on({ ...mishap, when: (request) => of(request) === mishap })),
  );
  return () => {
    for (const remove of removals) remove();
  };
}
