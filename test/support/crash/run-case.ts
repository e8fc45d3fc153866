// One crash case from beginning to end: the start, a run that dies, perhaps more that die, the one command that has to
// end it, and the comparison of everything that both clusters hold.
import { standOf } from "./after-death.ts";
import { type CrashCase, caseText } from "./case-text.ts";
import type { CrashScene } from "./crash-scene.ts";
import { type CaseResult, commandFor, type Ends, Story } from "./story.ts";
import { pivotCommand } from "./undisturbed.ts";

export async function runCase(scene: CrashScene, ends: Ends, one: CrashCase): Promise<CaseResult> {
  const story = await Story.begin(scene);
  await dieAll(scene, story, one);
  if (!story.isOver) await story.end(one);
  return story.result(caseText(one), ends);
}

/** Until a process ends before it can die, or there is nothing to take up. */
async function dieAll(scene: CrashScene, story: Story, one: CrashCase): Promise<void> {
  const [first, ...others] = one.deaths;
  if (first === undefined) throw new Error("a case without a death");
  await story.die(pivotCommand(scene, one.concurrency), first);
  for (const death of others) {
    if (story.isOver) return;
    const stand = await standOf(scene.known);
    if (stand === "none") {
      story.isUnreached = true;
      return;
    }
    await story.die(commandFor(stand, one), death);
  }
}
