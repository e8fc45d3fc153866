// Kills the compiled program at its writes and ends what it leaves, over and over; `./scripts/test --crash=WORD`. What has
// passed is remembered in dist/crash/ as long as the program is the same, so that a long matrix can be interrupted.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../test/support/binary.ts";
import {
  concurrenciesFor,
  type Job,
  jobsFor,
  type Learned,
  USAGE,
} from "../test/support/crash/crash-jobs.ts";
import { type Counted, progressLine, summaryTable } from "../test/support/crash/crash-report.ts";
import { type CrashScene, startCrashScene } from "../test/support/crash/crash-scene.ts";
import { recordRun } from "../test/support/crash/recorded-run.ts";
import type { Ends } from "../test/support/crash/story.ts";
import { runUndisturbed, type Undisturbed } from "../test/support/crash/undisturbed.ts";
import { differencesOf } from "../test/support/whole-cluster/differences.ts";

const FOLDER = join(import.meta.dir, "..", "dist", "crash");
const USAGE_ERROR = 2;

/** Less time for collecting garbage; API servers have a lot of it. */
const GARBAGE_PERCENT = "400";

async function main(word: string): Promise<number> {
  process.env["GOGC"] ??= GARBAGE_PERCENT;
  const notebook = new Notebook(word, binary());
  say("Starting two clusters, and the run that nobody disturbs");
  const scene = await startCrashScene({ forgets: word.startsWith("state") });
  try {
    const learned = await learn(scene, word);
    const jobs = jobsFor(word, learned);
    const [first] = learned.runs;
    const ends = { start: scene.known.start, done: first?.done ?? scene.known.start };
    say(`${first?.writes.length} writes; ${jobs.length} cases`);
    return conclude(await runAll(scene, ends, { jobs, notebook }));
  } finally {
    await scene.stop();
  }
}

/** However wide a run is, it ends the same. */
async function learn(scene: CrashScene, word: string): Promise<Learned> {
  if (word.startsWith("state")) {
    const recorded = await recordRun(scene);
    return { runs: [recorded.run], recorded };
  }
  const runs: Undisturbed[] = [];
  for (const concurrency of concurrenciesFor(word)) {
    await scene.restore();
    runs.push(await runUndisturbed(scene, concurrency));
  }
  const [first, ...others] = runs;
  for (const other of others) {
    const [difference] = first === undefined ? [] : differencesOf(first.done, other.done);
    if (difference !== undefined) throw new Error(`wide and narrow end differently: ${difference}`);
  }
  return { runs };
}

interface Work {
  readonly jobs: readonly Job[];
  readonly notebook: Notebook;
}

async function runAll(
  scene: CrashScene,
  ends: Ends,
  { jobs, notebook }: Work,
): Promise<readonly Counted[]> {
  const all: Counted[] = [];
  for (const [index, job] of jobs.entries()) {
    const known = notebook.passed.get(job.text);
    const counted = known ?? { row: job.row, result: await job.run(scene, ends) };
    all.push(counted);
    if (known !== undefined) continue;
    notebook.note(counted);
    say(progressLine(`${index + 1}/${jobs.length}`, counted));
  }
  return all;
}

function conclude(all: readonly Counted[]): number {
  const failed = all.filter(({ result }) => result.verdict === "failed");
  console.log(`\n${summaryTable(all)}\n`);
  for (const { result } of failed) console.log(`./scripts/test --crash=${result.case}`);
  console.log(`${all.length - failed.length} passed, ${failed.length} failed`);
  return failed.length === 0 && all.length > 0 ? 0 : 1;
}

/** One line of JSON per case, below one that says with which program. */
class Notebook {
  readonly passed: ReadonlyMap<string, Counted>;
  readonly #path: string;

  constructor(word: string, program: string) {
    mkdirSync(FOLDER, { recursive: true });
    this.#path = join(FOLDER, `${word.replaceAll(/[^\w.:-]/g, "_")}.ndjson`);
    const head = createHash("sha256").update(readFileSync(program)).digest("hex");
    const [known, ...lines] = existsSync(this.#path)
      ? readFileSync(this.#path, "utf8").trimEnd().split("\n")
      : [];
    const all = known === head ? lines.map((line) => JSON.parse(line) as Counted) : [];
    if (known !== head) writeFileSync(this.#path, `${head}\n`);
    const passed = all.filter(({ result }) => result.verdict !== "failed");
    this.passed = new Map(passed.map((one) => [one.result.case, one]));
    if (passed.length > 0) say(`${passed.length} cases have passed before: ${this.#path}`);
  }

  note(counted: Counted): void {
    appendFileSync(this.#path, `${JSON.stringify(counted)}\n`);
  }
}

function say(text: string): void {
  console.error(text);
}

const word = process.argv.find((one) => one.startsWith("--crash="))?.slice("--crash=".length);
if (word === undefined || word === "") {
  console.error(USAGE);
  process.exit(USAGE_ERROR);
}
process.exit(await main(word));
