// Which deaths are died: every one, or in one run after another the first or the last of each sort in every step. Pure.
import type { CrashCase, Death, Ending, Way } from "./case-text.ts";
import type { Undisturbed } from "./undisturbed.ts";

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

/**
 * Deaths for one run that is taken up again after each: at the first or the last write to a cluster with each verb in
 * every step, in the order of the run, by turns before and after. Not before there is a record that could be taken up.
 */
export function chainOfDeaths(
  { writes }: Pick<Undisturbed, "writes">,
  which: "first" | "last",
): readonly Death[] {
  const taken = writes.filter(({ step }) => step !== "lock");
  const groups = Map.groupBy(taken, ({ step, sort }) => {
    return `${step} ${sort.split(".", 2).join(".")}`;
  });
  return [...groups.values()]
    .flatMap((alike) => alike.at(which === "first" ? 0 : -1) ?? [])
    .toSorted((one, other) => one.number - other.number)
    .map(({ sort, occurrence }, index) => ({
      at: { sort, occurrence },
      way: (index + Number(which === "last")) % 2 === 0 ? "before" : "after",
    }));
}
