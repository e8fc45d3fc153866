// The run that nobody disturbs: its writes with the steps that they belong to, and how both clusters look afterwards.
import { EXIT } from "../../../src/model/error.ts";
import type { StepKind } from "../../../src/model/event.ts";
import type { Forms } from "../whole-cluster/differences.ts";
import type { CrashScene } from "./crash-scene.ts";
import { runProcess } from "./one-death.ts";
import type { CountedWrite } from "./write-sequence.ts";

export interface StepWrite extends CountedWrite {
  readonly step: StepKind;
}

export interface Undisturbed {
  readonly concurrency: number;
  readonly writes: readonly StepWrite[];
  /** The number of the write after which there is no way back. */
  readonly commit: number;
  readonly done: Forms;
}

/** Both clusters are at their start. @throws Error when the run does not succeed. */
export async function runUndisturbed(scene: CrashScene, concurrency: number): Promise<Undisturbed> {
  const { ended } = await runProcess(scene, pivotCommand(scene, concurrency, ["-o", "ndjson"]));
  if (ended.code !== EXIT.done) throw new Error(`the undisturbed run failed: ${ended.stderr}`);
  const steps = startedSteps(ended.stdout);
  const writes = scene.writes.writes.map((write) => ({
    ...write,
    step: steps.findLast(({ at }) => at <= write.arrivedAt)?.step ?? "lock",
  }));
  const commit = writes.find(({ step }) => step === "commit")?.number;
  if (commit === undefined) throw new Error("the undisturbed run has not committed");
  return { concurrency, writes, commit, done: await settledForms(scene) };
}

export function pivotCommand(
  { flags }: Pick<CrashScene, "flags">,
  concurrency: number,
  more: readonly string[] = [],
): readonly string[] {
  return ["--yes", ...flags, `--concurrency=${concurrency}`, ...more];
}

interface StartedStep {
  readonly step: StepKind;
  readonly at: number;
}

function startedSteps(ndjson: string): readonly StartedStep[] {
  return ndjson.split("\n").flatMap((line) => {
    if (!line.includes('"step-started"')) return [];
    const { time, step } = JSON.parse(line) as { readonly time: string; readonly step: StepKind };
    return [{ step, at: Date.parse(time) }];
  });
}

const SETTLED_MS = 1_000;

/** When controllers have done what they do afterwards. */
async function settledForms(scene: CrashScene): Promise<Forms> {
  for (;;) {
    const forms = await scene.known.now();
    await Bun.sleep(SETTLED_MS);
    if (Bun.deepEquals(forms, await scene.known.now())) return forms;
  }
}
