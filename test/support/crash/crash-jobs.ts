// What `--crash=` may name, as jobs: cases, races and runs in bad weather, each with the word that repeats it.
import { type CrashCase, caseText, type Ending, parseCase } from "./case-text.ts";
import type { CrashScene } from "./crash-scene.ts";
import { everyCase } from "./plan-cases.ts";
import { race } from "./races.ts";
import type { RecordedRun } from "./recorded-run.ts";
import { runCase } from "./run-case.ts";
import { everyState, runState, type StateCase, stateText } from "./run-state.ts";
import type { CaseResult, Ends } from "./story.ts";
import { casesOfTwoDeaths } from "./twice.ts";
import type { StepWrite, Undisturbed } from "./undisturbed.ts";
import { runInWeather } from "./weather.ts";

export interface Job {
  /** What repeats it, after `--crash=`. */
  readonly text: string;
  /** In which row of the summary it counts. */
  readonly row: string;
  run(scene: CrashScene, ends: Ends): Promise<CaseResult>;
}

export interface Learned {
  /** One undisturbed run per concurrency that is asked for; the first one says how it ends. */
  readonly runs: readonly Undisturbed[];
  /** For a word that begins with `state`. */
  readonly recorded?: RecordedRun;
}

export const USAGE = `--crash=full        every write, both ways, forward and back, at --concurrency=1 and 32
--crash=full:32     the same at one of them
--crash=states      every state that a run passes through, forward and back, at --concurrency=32
--crash=states:1:2/3, --crash=state:42:rollback:1
                    the second of three parts of that at another one; one of them
--crash=42:after:rollback:1, --crash=target.POST.machines.2:before:resume:32
                    one case: dies at that write, then that command, at that concurrency
--crash=twice:SEED:COUNT, --crash=weather:SEED:COUNT, --crash=races:COUNT`;

/** @throws Error with the usage for a word that names nothing. */
export function jobsFor(word: string, learned: Learned): readonly Job[] {
  const [name = "", first, second] = word.split(":");
  const seeds = (): readonly number[] => {
    const [from, count] =
      second === undefined ? [1, Number(first)] : [Number(first), Number(second)];
    return Array.from({ length: count }, (_, index) => from + index);
  };
  switch (name) {
    case "full":
      return learned.runs.flatMap((run) => everyCase(run).map((one) => jobOf(one, run.writes)));
    case "states":
    case "state":
      return stateJobs(word, learned.recorded);
    case "twice":
      return twice(Number(first), Number(second), learned.runs);
    case "weather":
      return seeds().map((seed) => ({
        text: `weather:${seed}:1`,
        row: "weather",
        run: (scene, ends) => runInWeather(scene, ends, seed),
      }));
    case "races":
      return seeds().map((seed) => ({
        text: `races:${seed}:1`,
        row: "races",
        run: (scene, ends) => race(scene, ends, seed),
      }));
    default:
      return [jobOf(parseCase(word), learned.runs[0]?.writes ?? [])];
  }
}

/** Which concurrencies a word is about. */
export function concurrenciesFor(word: string): readonly number[] {
  if (!word.startsWith("full")) return [1];
  const [, only] = word.split(":");
  return only === undefined ? [1, 32] : [Number(only)];
}

function stateJobs(word: string, recorded: RecordedRun | undefined): readonly Job[] {
  if (recorded === undefined) return [];
  const { run } = recorded;
  return statesIn(word, recorded).map((one) => ({
    text: stateText(one),
    row: `${run.writes[one.writes - 1]?.step ?? "before all"}, ${one.ending}`,
    run: (scene, ends) => runState(scene, ends, { recorded, one }),
  }));
}

function statesIn(word: string, recorded: RecordedRun): readonly StateCase[] {
  const [name, first = "", second = "", third] = word.split(":");
  if (name === "state") {
    const ending = second as Ending;
    return [{ writes: Number(first), ending, concurrency: Number(third) }];
  }
  const [part, parts] = (second === "" ? "1/1" : second).split("/").map(Number);
  return everyState(recorded, Number(first === "" ? "32" : first)).filter(
    (_, index) => index % (parts ?? 1) === (part ?? 1) - 1,
  );
}

function twice(seed: number, count: number, [run]: Learned["runs"]): readonly Job[] {
  if (run === undefined) return [];
  return casesOfTwoDeaths(seed, count, run).map((one) => ({
    ...jobOf(one, run.writes),
    row: "twice",
  }));
}

export function jobOf(one: CrashCase, writes: readonly StepWrite[]): Job {
  return {
    text: caseText(one),
    row: `${stepOf(one, writes)}, ${one.ending}, ${one.concurrency} wide`,
    run: (scene, ends) => runCase(scene, ends, one),
  };
}

function stepOf({ deaths: [first] }: CrashCase, writes: readonly StepWrite[]): string {
  const at = first?.at;
  const found = writes.find(({ number, sort, occurrence }) => {
    if (at === undefined) return false;
    return "number" in at ? at.number === number : at.sort === sort && at.occurrence === occurrence;
  });
  return found?.step ?? "?";
}
