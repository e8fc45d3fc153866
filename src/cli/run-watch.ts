// Follows the events of a run, so that whoever ends the program knows what state things are in.
import { EXIT } from "../model/error.ts";
import type { Emit, PivotEvent } from "../model/event.ts";

/** `before`: nothing has been written. */
export type Stage = "before" | "running" | "rolling-back" | "committed" | "over";

/** Passes events on and remembers the few that matter for exit codes and last words. */
export class RunWatch {
  readonly #next: Emit;
  #stage: Stage = "before";
  #run: string | undefined;
  #hasFailed = false;

  constructor(next: Emit) {
    this.#next = next;
  }

  get stage(): Stage {
    return this.#stage;
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  readonly emit = (event: PivotEvent): void => {
    this.#note(event);
    try {
      this.#next(event);
    } catch {
      // A terminal that is gone or a line that cannot be drawn must not stop a run halfway.
    }
  };

  #note(event: PivotEvent): void {
    if (event.type === "planned") {
      this.#stage = "running";
      this.#run = event.run;
    } else if (event.type === "rolling-back") this.#stage = "rolling-back";
    else if (event.type === "point-of-no-return") this.#stage = "committed";
    else if (event.type === "finished" || isUndone(event)) this.#stage = "over";
    else if (event.type === "failed") this.#hasFailed = true;
  }

  /** The exit code of an error that says nothing about the state of the run itself. */
  get exitCode(): number {
    if (this.#stage === "committed") return EXIT.pastCommit;
    return this.#stage === "running" || this.#stage === "rolling-back"
      ? EXIT.midway
      : EXIT.unchanged;
  }

  /** What may be where when the program stops right now; undefined when nothing was written. */
  get lastWords(): string | undefined {
    if (this.#stage === "before" || this.#stage === "over") return undefined;
    const state = this.#stage === "committed" ? PAST_COMMIT : BEFORE_COMMIT;
    return `run ${this.#run} is unfinished${state}; next: kubectl capi-pivot ${this.#stage === "committed" ? "resume" : "resume or rollback"}`;
  }
}

/** The last step of the way back. */
function isUndone(event: PivotEvent): boolean {
  return event.type === "step-finished" && event.step === "unlock";
}

const BEFORE_COMMIT =
  ": objects of the source may be paused and copies may be in the target, nothing was deleted from the source";
const PAST_COMMIT =
  " and past the point of no return: every copy is in the target, and objects may be gone from the source";
