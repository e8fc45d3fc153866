// One recorded state, put back, and the one command that has to end it.
import { brokenPromises } from "./after-death.ts";
import type { Ending } from "./case-text.ts";
import type { CrashScene } from "./crash-scene.ts";
import type { RecordedRun } from "./recorded-run.ts";
import { type CaseResult, type Ends, Story } from "./story.ts";
import type { StepWrite } from "./undisturbed.ts";

export interface StateCase {
  /** So many writes were done, from 0. */
  readonly writes: number;
  readonly ending: Ending;
  readonly concurrency: number;
}

export function stateText({ writes, ending, concurrency }: StateCase): string {
  return `state:${writes}:${ending}:${concurrency}`;
}

/** Each state once forward and, where there is a way back, once back; the first after every sort of write come first. */
export function everyState({ run }: RecordedRun, concurrency: number): readonly StateCase[] {
  const states = Array.from({ length: run.writes.length + 1 }, (_, writes) => writes);
  return states
    .toSorted((one, other) => ordinal(run, one) - ordinal(run, other))
    .flatMap((writes) => {
      const endings: readonly Ending[] = writes < run.commit ? ["resume", "rollback"] : ["resume"];
      return endings.map((ending) => ({ writes, ending, concurrency }));
    });
}

/** How many writes of the same sort and step there were before the last one. */
function ordinal({ writes }: RecordedRun["run"], count: number): number {
  const last = writes[count - 1];
  const isAlike = ({ sort, step }: StepWrite): boolean => sort === last?.sort && step === last.step;
  return writes.slice(0, count - 1).filter(isAlike).length;
}

export async function runState(
  scene: CrashScene,
  ends: Ends,
  { recorded, one }: { readonly recorded: RecordedRun; readonly one: StateCase },
): Promise<CaseResult> {
  const story = await Story.beginAt(scene, recorded.stateAfter(one.writes));
  const last = recorded.run.writes[one.writes - 1];
  story.deaths.push(
    last === undefined ? "nothing" : `${last.sort}.${last.occurrence} ${last.object}`,
  );
  story.lines.push(...(await brokenPromises(scene.known)));
  await story.end(one);
  return story.result(stateText(one), ends);
}
