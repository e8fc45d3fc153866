// What the looks at a live fleet come to.
import { expect, test } from "bun:test";
import {
  type ClusterFigures,
  figuresOf,
  handedOverAt,
} from "../../scripts/benchmark/live/figures.ts";
import type { Look } from "../../scripts/benchmark/live/looks.ts";
import { liveTable, phaseLines } from "../../scripts/benchmark/live/report.ts";

const EXPECTED = { clusters: ["a"], machines: ["m1", "m2"] };
const NOTHING = { clusters: [], machines: [] };

type Phases = readonly (string | undefined)[];

/** One Cluster, `P` paused, `A` Available; its Machines by their phases. */
function side(flags: string, phases: Phases = []): Look["target"] {
  const [isPaused, isAvailable] = [flags.includes("P"), flags.includes("A")];
  return {
    clusters: [{ name: "a", isPaused, isAvailable }],
    machines: phases.map((phase, index) => ({ name: `m${index + 1}`, phase })),
  };
}

const RUNNING = ["Running", "Running"];
const LOOKS: readonly Look[] = [
  { at: 0, source: side("A", RUNNING), target: NOTHING },
  { at: 1000, source: side("PA", RUNNING), target: NOTHING },
  { at: 2000, source: side("PA", RUNNING), target: side("P", ["Running"]) },
  { at: 3000, source: side("PA", RUNNING), target: side("P", [undefined, "Pending"]) },
  { at: 4000, source: NOTHING, target: side("A", ["Running", undefined]) },
  { at: 5000, source: NOTHING, target: side("", RUNNING) },
  { at: 6000, source: NOTHING, target: side("", RUNNING) },
  { at: 7500, source: NOTHING, target: side("A", RUNNING) },
  { at: 64_001, source: NOTHING, target: side("", ["Failed"]) },
];

test("the hand-over is when nothing in the target is paused any more", () => {
  expect(handedOverAt(LOOKS, EXPECTED)).toBe(4000);
  expect(handedOverAt(LOOKS.slice(0, 4), EXPECTED)).toBeUndefined();
  expect(() => figuresOf(LOOKS.slice(0, 4), EXPECTED)).toThrow("taken over");
});

test("figures are of the minute after it, phases and the first Machine of all looks", () => {
  const cluster: ClusterFigures = { name: "a", unavailable: 2, longestSeconds: 2.5 };
  expect(figuresOf(LOOKS, EXPECTED)).toEqual({
    looks: 4,
    allRunning: 3,
    secondsUntilRunning: 3,
    otherPhases: ["Pending", "Failed"],
    clusters: [cluster],
    secondsPaused: 3,
  });
});

test("a Machine too many is not a fleet that runs", () => {
  const third = { name: "m3", phase: "Pending" };
  const target = side("A", RUNNING);
  const more = { ...target, machines: [...target.machines, third] };
  const looks = [...LOOKS.slice(0, 4), { at: 4000, source: NOTHING, target: more }];
  expect(figuresOf(looks, EXPECTED)).toMatchObject({ allRunning: 0 });
  expect(figuresOf(looks, EXPECTED).secondsUntilRunning).toBeUndefined();
});

test("both stand side by side", () => {
  const figures = figuresOf(LOOKS, EXPECTED);
  const ours = { tool: "ours", figures, kept: [2, 2], commandSeconds: 10 } as const;
  const never = { ...figures, secondsUntilRunning: undefined, secondsPaused: 12 };
  const theirs = { tool: "theirs", figures: never, kept: [1, 2], commandSeconds: 5 } as const;
  expect(liveTable(ours, theirs).split("\n")).toEqual([
    "                                   ours  theirs  ratio",
    "nobody reconciles, s                3.0    12.0    4.0",
    "all 2 Machines Running           3 of 4  3 of 4",
    "first Machine to all Running, s     3.0   never",
    "Machines seen in another phase      yes     yes",
    "Cluster a not Available          2 of 4  2 of 4    1.0",
    "  at most, s                        2.5     2.5    1.0",
    "the same Machines afterwards     2 of 2  1 of 2",
    "the whole command, s               10.0     5.0    0.5",
  ]);
  expect(phaseLines([ours])).toEqual(["ours: Machines were Pending, Failed"]);
});
