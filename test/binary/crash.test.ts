// The compiled program dies (SIGKILL) again and again on its way, and whoever takes the run up dies too. In the end both
// clusters hold what they hold after a run that nobody disturbed, or what they held at the start, object by object.
// `./scripts/test --crash=WORD` does the rest: every write, every state, weather, races.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { CrashCase, Death } from "../support/crash/case-text.ts";
import { type CrashScene, startCrashScene } from "../support/crash/crash-scene.ts";
import { chainOfDeaths } from "../support/crash/plan-cases.ts";
import { runCase } from "../support/crash/run-case.ts";
import { runUndisturbed, type Undisturbed } from "../support/crash/undisturbed.ts";

let scene: CrashScene;
let run: Undisturbed;

beforeAll(async () => {
  scene = await startCrashScene();
  run = await runUndisturbed(scene, 1);
});

afterAll(() => scene.stop());

/** Fails with what went wrong and the word that repeats it. */
async function play(one: CrashCase): Promise<void> {
  const {
    verdict,
    case: text,
    lines,
    deaths,
  } = await runCase(scene, { start: scene.known.start, done: run.done }, one);
  expect({ text, lines }).toEqual({ text, lines: [] });
  expect({ text, verdict, deaths: deaths.length }).toEqual({
    text,
    verdict: "passed",
    deaths: one.deaths.length,
  });
}

/** By turns before and after, counted in each process. */
function deathsAt(numbers: readonly number[]): readonly Death[] {
  return numbers.map((number, index) => ({
    at: { number },
    way: index % 2 === 0 ? "before" : "after",
  }));
}

test("a run that dies at the first write of each sort in every step is resumed to its end", async () => {
  await play({ deaths: chainOfDeaths(run, "first"), ending: "resume", concurrency: 1 });
});

test("32 wide, and at the last write of each sort", async () => {
  await play({ deaths: chainOfDeaths(run, "last"), ending: "resume", concurrency: 32 });
});

test("a run that dies before the commit, and whose rollback dies six times, is undone", async () => {
  const commit: Death = { at: { number: run.commit }, way: "before" };
  const deaths = [commit, ...deathsAt([1, 3, 8, 20, 30, 40])];
  await play({ deaths, ending: "rollback", concurrency: 32 });
});

test("a run that dies while it installs, and whose rollback dies twice, is undone", async () => {
  const installed = run.writes.findLast(({ step }) => step === "install")?.number ?? 0;
  const deaths = [{ at: { number: installed }, way: "after" } as const, ...deathsAt([2, 6])];
  await play({ deaths, ending: "rollback", concurrency: 1 });
});

test("a run that dies while it takes the lock leaves nothing that rollback does not clear", async () => {
  const locks = run.writes.filter(({ step }) => step === "lock");
  for (const [at] of [locks.slice(1), locks.slice(-2)]) {
    if (at === undefined) throw new Error("the run took no lock");
    const deaths = [{ at: { number: at.number }, way: "after" } as const];
    await play({ deaths, ending: "rollback", concurrency: 1 });
  }
});
