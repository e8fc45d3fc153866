// From looks to figures. Pure.
import type { Look } from "./looks.ts";

/** What is looked at afterwards, from the hand-over on. */
export const WATCH_MS = 60_000;

/** How the fleet was before. */
export interface Expected {
  readonly clusters: readonly string[];
  readonly machines: readonly string[];
}

export interface ClusterFigures {
  readonly name: string;
  /** Looks after the hand-over in which it was not Available. */
  readonly unavailable: number;
  /** The longest time in which no look showed it Available. */
  readonly longestSeconds: number;
}

export interface LiveFigures {
  /** Looks after the hand-over. */
  readonly looks: number;
  /** Those in which every Machine was there and `Running`. */
  readonly allRunning: number;
  /** From the first Machine seen in the target until all are Running; undefined when that never came. */
  readonly secondsUntilRunning: number | undefined;
  /** Other phases that Machines were ever seen in, before the hand-over too, in the order of their appearance. */
  readonly otherPhases: readonly string[];
  readonly clusters: readonly ClusterFigures[];
  /** From the first Cluster that was seen paused in the source until none was in the target: nobody reconciled. */
  readonly secondsPaused: number;
}

/**
 * The hand-over is the first look in which every Cluster is in the target and none is paused there.
 * @returns undefined while there is none.
 */
export function handedOverAt(looks: readonly Look[], expected: Expected): number | undefined {
  return looks.find(({ target }) => isHandedOver(target.clusters, expected))?.at;
}

function isHandedOver(clusters: Look["target"]["clusters"], expected: Expected): boolean {
  const going = new Set(clusters.filter(({ isPaused }) => !isPaused).map(({ name }) => name));
  return expected.clusters.every((name) => going.has(name));
}

/** Throws when the fleet was never handed over, or was never paused. */
export function figuresOf(looks: readonly Look[], expected: Expected): LiveFigures {
  const handOver = handedOverAt(looks, expected);
  if (handOver === undefined) throw new Error("the target was never seen to have taken over");
  const pausedAt = looks.find(({ source }) => source.clusters.some((one) => one.isPaused))?.at;
  if (pausedAt === undefined) throw new Error("the source was never seen to be paused");
  const after = looks.filter(({ at }) => at >= handOver && at <= handOver + WATCH_MS);
  return {
    looks: after.length,
    allRunning: after.filter((look) => isAllRunning(look, expected)).length,
    secondsUntilRunning: secondsUntilRunning(looks, expected),
    otherPhases: otherPhases(looks),
    clusters: expected.clusters.map((name) => clusterFigures(name, after)),
    secondsPaused: (handOver - pausedAt) / 1000,
  };
}

function isAllRunning({ target }: Look, expected: Expected): boolean {
  const running = new Set(
    target.machines.filter(({ phase }) => phase === "Running").map(({ name }) => name),
  );
  return (
    target.machines.length === running.size && expected.machines.every((name) => running.has(name))
  );
}

function secondsUntilRunning(looks: readonly Look[], expected: Expected): number | undefined {
  const first = looks.find(({ target }) => target.machines.length > 0)?.at;
  const last = looks.find((look) => isAllRunning(look, expected))?.at;
  return first === undefined || last === undefined ? undefined : (last - first) / 1000;
}

function otherPhases(looks: readonly Look[]): readonly string[] {
  const phases = looks.flatMap(({ target }) =>
    target.machines.flatMap(({ phase }) => (phase === undefined ? [] : [phase])),
  );
  return [...new Set(phases)].filter((phase) => phase !== "Running");
}

function clusterFigures(name: string, looks: readonly Look[]): ClusterFigures {
  let [unavailable, longest] = [0, 0];
  let since: number | undefined;
  for (const { at, target } of looks) {
    const isAvailable = target.clusters.some((one) => one.name === name && one.isAvailable);
    if (!isAvailable) unavailable++;
    if (!isAvailable) since ??= at;
    // Until the look that shows it again: it cannot have been Available in between for all that we know.
    if (since !== undefined) longest = Math.max(longest, at - since);
    if (isAvailable) since = undefined;
  }
  return { name, unavailable, longestSeconds: longest / 1000 };
}
