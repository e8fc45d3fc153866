// Cases in which the process that takes a run up dies as well, drawn by lot.
import type { CrashCase } from "./case-text.ts";
import { pick, type Random, seededRandom, upTo } from "./seeded-random.ts";
import type { Undisturbed } from "./undisturbed.ts";

/** One after the other from the same seed; the same for the same seed. */
export function casesOfTwoDeaths(
  seed: number,
  count: number,
  run: Pick<Undisturbed, "writes" | "commit">,
): readonly CrashCase[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => aCase(random, run));
}

function aCase(
  random: Random,
  { writes, commit }: Pick<Undisturbed, "writes" | "commit">,
): CrashCase {
  const first = upTo(random, writes.length);
  const ending = pick(random, ["resume", "rollback"] as const);
  const isBack = ending === "rollback" && first < commit;
  // About as many as there are to go; what is undone is written to once, what is moved about three times.
  const left = isBack ? Math.ceil(first * 0.8) : writes.length - first + 5;
  const ways = ["before", "after"] as const;
  return {
    deaths: [
      { at: { number: first }, way: pick(random, ways) },
      { at: { number: upTo(random, left) }, way: pick(random, ways) },
    ],
    ending,
    concurrency: pick(random, [1, 32]),
  };
}
