// What happens to one run, process after process, what went wrong in it, and how it has to end.
import { EXIT } from "../../../src/model/error.ts";
import type { Forms } from "../whole-cluster/differences.ts";
import { brokenPromises, type Stand, standOf } from "./after-death.ts";
import type { Death, Ending } from "./case-text.ts";
import { cpuSeconds } from "./cpu-seconds.ts";
import type { CrashScene } from "./crash-scene.ts";
import { type Attempt, runProcess } from "./one-death.ts";
import type { BothValues } from "./recorded-run.ts";

/** `unreached`: a process ended by itself before its write came; all else was well. */
export type Verdict = "passed" | "unreached" | "failed";

export interface CaseResult {
  /** What repeats it. */
  readonly case: string;
  readonly verdict: Verdict;
  readonly seconds: number;
  /** Of processors. */
  readonly cpuSeconds: number;
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

/** The command that ends a run, and how. */
export interface Ended {
  readonly ending: Ending;
  readonly concurrency: number;
}

/** There is no way back from the commit, and none forward from the way back. */
export function commandFor(stand: Stand, { ending, concurrency }: Ended): readonly string[] {
  const only = { committed: "resume", returning: "rollback", open: ending, none: ending } as const;
  return [only[stand], "--yes", `--concurrency=${concurrency}`];
}

export class Story {
  readonly lines: string[] = [];
  readonly deaths: string[] = [];
  /** Nothing is left to be ended. */
  isOver = false;
  isUnreached = false;
  expected: keyof Ends = "done";
  readonly #scene: CrashScene;
  readonly #begin: { readonly at: number; readonly cpu: number };
  #last: Attempt | undefined;

  private constructor(scene: CrashScene, begin: { readonly at: number; readonly cpu: number }) {
    this.#scene = scene;
    this.#begin = begin;
  }

  /** Both clusters are at their start. */
  static begin(scene: CrashScene): Promise<Story> {
    return Story.#after(scene, scene.restore());
  }

  /** Both clusters are as they were during the recorded run; nobody dies any more. */
  static beginAt(scene: CrashScene, state: BothValues): Promise<Story> {
    return Story.#after({ ...scene, connection: scene.direct }, scene.putBack(state));
  }

  static async #after(scene: CrashScene, ready: Promise<void>): Promise<Story> {
    const begin = { at: performance.now(), cpu: cpuSeconds(scene.pair) };
    await ready;
    return new Story(scene, begin);
  }

  /** One that ends by itself instead must have come to its end. */
  async die(argv: readonly string[], death: Death): Promise<void> {
    const attempt = await this.run(argv, death);
    const { diedAt } = attempt;
    if (diedAt === undefined) {
      this.isUnreached = true;
      this.#finish(attempt, [EXIT.done]);
      return;
    }
    this.deaths.push(`${diedAt.sort}.${diedAt.occurrence} ${diedAt.object}`);
  }

  /** The one command that has to be enough. */
  async end(how: Ended): Promise<void> {
    const stand = await standOf(this.#scene.known);
    const attempt = await this.run(commandFor(stand, how));
    if (stand !== "none") {
      this.#finish(attempt, [EXIT.done]);
      return;
    }
    // Nothing has begun: there is nothing to go on with, and at the most a lock to be cleared.
    this.#finish(attempt, [EXIT.done, EXIT.unchanged]);
    const clearing = await this.run(["rollback", "--yes"]);
    this.#finish(clearing, [EXIT.done, EXIT.unchanged]);
  }

  /** Whatever holds at every moment is looked at afterwards. */
  async run(argv: readonly string[], death?: Death): Promise<Attempt> {
    this.#last = await runProcess(this.#scene, argv, death);
    this.lines.push(...(await brokenPromises(this.#scene.known)));
    return this.#last;
  }

  /** Compares everything that both clusters hold. */
  async result(repeatedBy: string, ends: Ends): Promise<CaseResult> {
    const differences = await this.#scene.differences(ends[this.expected]);
    const isWell = this.lines.length + differences.length === 0;
    return {
      case: repeatedBy,
      verdict: isWell ? this.#calmVerdict() : "failed",
      seconds: tenths((performance.now() - this.#begin.at) / 1000),
      cpuSeconds: tenths(cpuSeconds(this.#scene.pair) - this.#begin.cpu),
      deaths: this.deaths,
      lines: isWell ? [] : [...this.lines, ...this.#lastWords(), ...differences],
    };
  }

  #calmVerdict(): Verdict {
    return this.isUnreached ? "unreached" : "passed";
  }

  #finish({ argv, ended: { code, stderr } }: Attempt, allowed: readonly number[]): void {
    this.isOver = true;
    this.expected = argv[0] === "rollback" ? "start" : "done";
    const isRefused = code === EXIT.unchanged && !stderr.includes("code: NO_RUN");
    if (isRefused || !allowed.includes(code)) {
      this.lines.push(`${argv[0]} ended with exit code ${code}`);
    }
  }

  #lastWords(): readonly string[] {
    const { argv = [], ended } = this.#last ?? {};
    return [`last: ${argv.join(" ")}`, ...(ended?.stderr.split("\n").slice(-LAST_LINES) ?? [])];
  }
}

const LAST_LINES = 12;

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
