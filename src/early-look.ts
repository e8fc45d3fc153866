// The second look, begun while it is still listened whether anybody acts in the source. When nobody does, nothing changes
// meanwhile, and what was read then is what there is; what changes all the same is found before the point of no return
// (run/recheck.ts).
import { ANNOTATION } from "./model/capi.ts";
import type { Preview } from "./model/preview.ts";
import { travellers } from "./plan/plan-pivot.ts";
import { runningIn } from "./plan/running-providers.ts";
import { isIdle } from "./plan/stop-plan.ts";
import type { AliveProviders } from "./run/settle.ts";
import { type Survey, type SurveyDeps, survey } from "./survey.ts";

/** Nobody is known to act, nobody will be stopped, and nothing is waited for that a provider would write. */
function mayLookEarly({ plan, stop }: Preview): boolean {
  return (
    runningIn("source", plan).size === 0 &&
    (stop === undefined || isIdle(stop)) &&
    travellers(plan).every(({ hold }) => hold !== "marker")
  );
}

/** One per run. Reads only. */
export class EarlyLook {
  readonly #deps: SurveyDeps;
  readonly #preview: Preview;
  #survey: Promise<Survey | undefined> | undefined;

  constructor(deps: SurveyDeps, preview: Preview) {
    this.#deps = deps;
    this.#preview = preview;
  }

  /** Everything is paused by now. */
  begin(): void {
    if (!mayLookEarly(this.#preview)) return;
    // Whatever went wrong goes wrong again, or was not worth a word.
    this.#survey = survey(this.#deps, this.#preview).catch(() => undefined);
  }

  /** Undefined when somebody has answered, or has been waited for. */
  async result(alive: AliveProviders): Promise<Survey | undefined> {
    const found = alive.size === 0 ? await this.#survey : undefined;
    const isWaitedFor = [...(found?.bodies.values() ?? [])].some(
      ({ metadata: { annotations = {} } }) => ANNOTATION.blockMove in annotations,
    );
    return isWaitedFor ? undefined : found;
  }
}
