import { describe, expect, test } from "bun:test";
import type { Phase, RunRecord } from "../../src/model/run-record.ts";
import type { Look, Status, StatusState } from "../../src/model/status.ts";
import { statusOf } from "../../src/plan/status.ts";
import { inventoryOf, kindOf } from "./inventory-of.ts";
import { aLock, aLook, aRecord, NOW, SOURCE, TARGET } from "./looks.ts";

/** `state: resume, rollback --target-lost`. */
function said({ state, next }: Status): string {
  const commands = next.map(({ command, lost }) => (lost ? `${command} --${lost}-lost` : command));
  return `${state}: ${commands.join(", ") || "nothing"}`;
}

const PHASES = [
  "started",
  "frozen",
  "copying",
  "verified",
  "committed",
  "done",
  "rolling-back",
  "rolled-back",
] as const satisfies readonly Phase[];

type Wants = Readonly<Record<Phase, string>>;

function everyPhase(wants: Wants, looksOf: (record: RunRecord) => readonly Look[]): void {
  test.each(PHASES)("%s", (phase) => {
    expect(said(statusOf(looksOf(aRecord({ phase })), NOW))).toBe(wants[phase]);
  });
}

const UNDOABLE = "interrupted: resume, rollback";
const BOTH: Wants = {
  started: UNDOABLE,
  frozen: UNDOABLE,
  copying: UNDOABLE,
  verified: UNDOABLE,
  committed: "committed: resume",
  done: "done: nothing",
  "rolling-back": "rolling-back: rollback",
  "rolled-back": "rolled-back: rollback",
};

describe("the source alone, whose record decides", () => {
  const wants: Wants = {
    ...BOTH,
    started: `${UNDOABLE}, rollback --target-lost`,
    frozen: `${UNDOABLE}, rollback --target-lost`,
    copying: `${UNDOABLE}, rollback --target-lost`,
    verified: `${UNDOABLE}, rollback --target-lost`,
    "rolling-back": "rolling-back: rollback, rollback --target-lost",
  };
  everyPhase(wants, (record) => [aLook(SOURCE, { records: [record] })]);
});

describe("the target alone, whose record may lag behind", () => {
  const wants: Wants = {
    ...BOTH,
    verified: "undecided: resume, rollback, resume --source-lost",
    committed: "committed: resume, resume --source-lost",
  };
  everyPhase(wants, (record) => [aLook(TARGET, { records: [record] })]);
});

describe("both, in any order: nobody is lost", () => {
  everyPhase(BOTH, (record) => [
    aLook(TARGET, { records: [record] }),
    aLook(SOURCE, { records: [record] }),
  ]);
});

describe("a lock that has run out changes nothing, but beside a closed record it is left over", () => {
  const leftover = "leftover: rollback";
  everyPhase({ ...BOTH, done: leftover, "rolled-back": leftover }, (record) => [
    aLook(SOURCE, { records: [record], lock: aLock(false) }),
    aLook(TARGET, { records: [record] }),
  ]);
});

describe("a lock that is alive: whoever holds it is at work", () => {
  const waiting = Object.fromEntries(
    PHASES.map((phase) => [phase, "running: nothing"]),
  ) as unknown as Wants;
  everyPhase(waiting, (record) => [
    aLook(SOURCE, { records: [record] }),
    aLook(TARGET, { records: [record], lock: aLock(true) }),
  ]);
});

describe("the source's record decides when the two differ", () => {
  const cases: readonly (readonly [Phase, Phase, string])[] = [
    ["committed", "verified", "committed: resume"],
    ["committed", "done", "committed: resume"],
    ["rolling-back", "verified", "rolling-back: rollback"],
    ["copying", "verified", UNDOABLE],
    ["started", "frozen", UNDOABLE],
  ];
  test.each(cases)("%s there, %s in the target", (there, here, want) => {
    const status = statusOf(
      [
        aLook(TARGET, { records: [aRecord({ phase: here })] }),
        aLook(SOURCE, { records: [aRecord({ phase: there })] }),
      ],
      NOW,
    );
    expect(said(status)).toBe(want);
    expect(status.runs).toMatchObject([
      { decidedBy: "source", source: { phase: there }, target: { phase: here } },
    ]);
    expect(status.clusters.map(({ role }) => role)).toEqual(["target", "source"]);
  });

  test("a source without the record of an open run proves nothing about the commit", () => {
    const looks = [aLook(SOURCE), aLook(TARGET, { records: [aRecord({ phase: "verified" })] })];
    expect(said(statusOf(looks, NOW))).toBe("undecided: resume, rollback");
  });
});

describe("without a record", () => {
  const cases: Readonly<Record<string, readonly [readonly Look[], string]>> = {
    "an empty cluster": [[aLook(SOURCE)], "none: nothing"],
    "two empty clusters": [[aLook(SOURCE), aLook(TARGET)], "none: nothing"],
    "our namespace, empty": [[aLook(SOURCE, { hasNamespace: true })], "leftover: rollback"],
    "a lock that has run out": [[aLook(SOURCE, { lock: aLock(false) })], "leftover: rollback"],
    "a lock that is alive": [[aLook(SOURCE, { lock: aLock(true) })], "running: nothing"],
    "our namespace in the source of a finished run": [
      [
        aLook(SOURCE, { hasNamespace: true }),
        aLook(TARGET, { records: [aRecord({ phase: "done" })] }),
      ],
      "leftover: rollback",
    ],
  };
  test.each(Object.entries(cases))("%s", (_, [looks, want]) => {
    expect(said(statusOf(looks, NOW))).toBe(want);
  });
});

describe("several runs", () => {
  const old = aRecord({ run: "old", phase: "done", startedAt: "2026-11-01T00:00:00.000Z" });
  const newer = aRecord({ run: "newer", phase: "done" });
  const lost = aRecord({
    run: "lost",
    phase: "rolled-back",
    startedAt: "2026-10-01T00:00:00.000Z",
  });
  const open = aRecord({ run: "open", startedAt: "2026-09-01T00:00:00.000Z" });
  const cases: readonly (readonly [string, readonly RunRecord[], string, StatusState])[] = [
    ["the newest first", [old, newer], "newer old", "done"],
    ["what left something in a target before that", [newer, lost], "lost newer", "rolled-back"],
    ["an open one before all others", [lost, open, newer], "open lost newer", "interrupted"],
  ];
  test.each(cases)("%s", (_, records, want, state) => {
    const status = statusOf([aLook(SOURCE, { records })], NOW);
    expect(status.runs.map(({ record }) => record.run).join(" ")).toBe(want);
    expect(status.state).toBe(state);
  });
});

describe("what was not looked at", () => {
  test("a cluster that is neither side of the run has no role", () => {
    const stranger = { ...TARGET, uid: "u-3" };
    const looks = [aLook(SOURCE, { records: [aRecord()] }), aLook(stranger)];
    const { clusters, runs, next } = statusOf(looks, NOW);
    expect(clusters.map(({ role }) => role)).toEqual(["source", undefined]);
    expect(runs[0]?.target).toBeUndefined();
    expect(next.map(({ lost }) => lost)).toEqual([undefined, undefined, "target"]);
  });

  test("what could not be read is not counted, and everything else is said", () => {
    const looks = [aLook(SOURCE, { records: [aRecord()], inventory: { failed: "no answer" } })];
    const { clusters, runs, state } = statusOf(looks, NOW);
    expect(state).toBe("interrupted");
    expect(clusters).toMatchObject([{ uncounted: "no answer", unlisted: [] }]);
    expect(runs[0]?.source).toEqual({ phase: "copying" });
  });

  test("kinds that may not be listed or do not answer are told", () => {
    const unlisted = [{ kind: kindOf("Machine"), message: "forbidden" }];
    const inventory = inventoryOf([], { unlisted, workloads: [] });
    const { clusters } = statusOf([aLook(SOURCE, { inventory, silentGroups: ["a.dev"] })], NOW);
    expect(clusters).toMatchObject([{ unlisted: ["*.a.dev", "Machine.cluster.x-k8s.io"] }]);
  });
});
