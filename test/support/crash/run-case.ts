// One crash case from beginning to end: the start, a run that dies, perhaps more that die, the one command that has to
// end it, and the comparison of everything that both clusters hold.
import type { Forms } from "../whole-cluster/differences.ts";
import { brokenPromises, phaseOf } from "./after-death.ts";
import { type CrashCase, caseText, type Death, type Ending } from "./case-text.ts";
import type { CrashScene } from "./crash-scene.ts";
import { type Attempt, runProcess } from "./one-death.ts";

/** `unreached`: a process ended by itself before its write came; all else was well. */
export type Verdict = "passed" | "unreached" | "failed";

export interface CaseResult {
  readonly case: string;
  readonly verdict: Verdict;
  readonly seconds: number;
  /** Where the processes died: `target.POST.machines.2 ns1/m1`. */
  readonly deaths: readonly string[];
  /** What went wrong, line by line. */
  readonly lines: readonly string[];
}

/** How both clusters look when nothing goes wrong. */
export interface Ends {
  readonly start: Forms;
  readonly done: Forms;
}

export async function runCase(scene: CrashScene, ends: Ends, one: CrashCase): Promise<CaseResult> {
  const begin = performance.now();
  await scene.restore();
  const story = new Story(scene);
  const isUnreached = await story.dieAll(one);
  if (!story.isOver) await story.end(one.ending);
  const lines = [...story.lines, ...(await scene.differences(ends[story.expected]))];
  const failed = lines.length > 0 ? [...lines, ...story.lastWords()] : [];
  return {
    case: caseText(one),
    verdict: verdictOf(failed, isUnreached),
    seconds: Math.round((performance.now() - begin) / 100) / 10,
    deaths: story.deaths,
    lines: failed,
  };
}

function verdictOf(lines: readonly string[], isUnreached: boolean): Verdict {
  if (lines.length > 0) return "failed";
  return isUnreached ? "unreached" : "passed";
}

/** What an undisturbed run must end with, and each command that ends one. */
const DONE = 0;

class Story {
  readonly lines: string[] = [];
  readonly deaths: string[] = [];
  /** Nothing is left to be ended. */
  isOver = false;
  expected: keyof Ends = "done";
  readonly #scene: CrashScene;
  #last: Attempt | undefined;

  constructor(scene: CrashScene) {
    this.#scene = scene;
  }

  /** Resolves to whether a process ended before it could die. */
  async dieAll({ deaths, ending, concurrency }: CrashCase): Promise<boolean> {
    for (const [index, death] of deaths.entries()) {
      const argv = index === 0 ? this.#pivot(concurrency) : await this.#command(ending);
      await this.#die(argv, death);
      if (this.isOver) return true;
    }
    return false;
  }

  async #die(argv: readonly string[], death: Death): Promise<void> {
    const attempt = await runProcess(this.#scene, argv, death);
    this.#last = attempt;
    const { diedAt } = attempt;
    if (diedAt === undefined) {
      this.#finish(attempt);
      return;
    }
    this.deaths.push(`${diedAt.sort}.${diedAt.occurrence} ${diedAt.object}`);
    this.lines.push(...(await brokenPromises(this.#scene.known)));
  }

  /** The one command that has to be enough. */
  async end(ending: Ending): Promise<void> {
    const attempt = await runProcess(this.#scene, await this.#command(ending));
    this.#last = attempt;
    this.#finish(attempt);
  }

  #finish({ argv, ended: { code } }: Attempt): void {
    this.isOver = true;
    this.expected = argv[0] === "rollback" ? "start" : "done";
    if (code !== DONE) this.lines.push(`${argv[0]} ended with exit code ${code}`);
  }

  #pivot(concurrency: number): readonly string[] {
    return ["--yes", ...this.#scene.flags, `--concurrency=${concurrency}`];
  }

  /** There is no way back from the commit, and nothing to go on with before there is a record. */
  async #command(ending: Ending): Promise<readonly string[]> {
    const phase = await phaseOf(this.#scene.known.source.api);
    const isCommitted = phase === "committed" || phase === "done";
    return [isCommitted ? "resume" : ending, "--yes"];
  }

  lastWords(): readonly string[] {
    const { argv = [], ended } = this.#last ?? {};
    return [`last: ${argv.join(" ")}`, ...(ended?.stderr.split("\n").slice(-LAST_LINES) ?? [])];
  }
}

const LAST_LINES = 12;
