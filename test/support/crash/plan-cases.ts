// Which deaths are died: every one, or the first, a middle and the last write of every sort in every step. Pure.
import type { CrashCase, Ending, Way } from "./case-text.ts";
import type { StepWrite, Undisturbed } from "./undisturbed.ts";

const WAYS: readonly Way[] = ["before", "after"];

/** Before and after every write, then forward and, where there is a way back, back. */
export function everyCase({ writes, commit, concurrency }: Undisturbed): readonly CrashCase[] {
  return writes.flatMap(({ number }) =>
    WAYS.flatMap((way) =>
      endingsOf(number, way, commit).map((ending) => ({
        deaths: [{ at: { number }, way }],
        ending,
        concurrency,
      })),
    ),
  );
}

function endingsOf(number: number, way: Way, commit: number): readonly Ending[] {
  const isCommitted = number > commit || (number === commit && way === "after");
  return isCommitted ? ["resume"] : ["resume", "rollback"];
}

/** The first, a middle and the last of every sort of write in every step, in the order of the run. */
export function selectedWrites({ writes }: Undisturbed): readonly StepWrite[] {
  const groups = Map.groupBy(writes, ({ step, sort }) => `${step} ${sort}`);
  const chosen = [...groups.values()].flatMap((alike) => {
    const middle = Math.floor((alike.length - 1) / 2);
    return [...new Set([alike[0], alike[middle], alike.at(-1)])];
  });
  return chosen
    .filter((write) => write !== undefined)
    .toSorted((one, other) => one.number - other.number);
}
