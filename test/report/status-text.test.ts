import { describe, expect, test } from "bun:test";
import type { Marks, RunStatus, Status } from "../../src/model/status.ts";
import { marksText } from "../../src/report/marks-text.ts";
import { paletteOf } from "../../src/report/palette.ts";
import { statusData } from "../../src/report/status-data.ts";
import { type StatusView, statusText } from "../../src/report/status-text.ts";
import { agoText, momentText } from "../../src/report/time-text.ts";
import { aLock, aRecord, NOW, SOURCE, TARGET } from "../plan/looks.ts";
import { expectGolden } from "../support/golden.ts";

const NO_MARKS: Marks = {
  ...{ moved: 0, shared: 0, pausedCopies: 0, pausedRoots: 0, cut: 0 },
  ...{ controllers: 0, atZero: 0, components: 0, namespaces: 0 },
};

function aStatus(facts: Partial<Status>): Status {
  const cluster = { identity: SOURCE, hasNamespace: false, unlisted: [] };
  return {
    ...{ time: NOW, state: "none", clusters: [cluster], runs: [], strays: [], next: [] },
    ...facts,
  };
}

function aRun(facts: Partial<RunStatus> = {}): RunStatus {
  return { state: "interrupted", record: aRecord(), decidedBy: "source", ...facts };
}

const STOPPED = [1, 2].map((number) => ({
  id: { group: "apps", kind: "Deployment", namespace: "capi-system", name: `manager-${number}` },
  ...{ uid: `u-${number}`, replicas: 1, parent: false, managedFields: "" },
}));

/** Both clusters of a run that was killed while it copied. */
const INTERRUPTED: StatusView = {
  status: aStatus({
    state: "interrupted",
    clusters: [
      { identity: SOURCE, role: "source", hasNamespace: true, unlisted: [], lock: aLock(false) },
      { identity: TARGET, role: "target", hasNamespace: true, unlisted: ["Lease.example.dev"] },
    ],
    runs: [
      aRun({
        record: aRecord({
          replicas: STOPPED,
          pausedAt: "2026-11-24T10:00:01.000Z",
          takenOverBy: { version: "0.1.1", user: "bob", host: "desk" },
        }),
        source: {
          phase: "copying",
          marks: { ...NO_MARKS, pausedRoots: 3, cut: 1, controllers: 2, atZero: 2 },
          originals: { objects: 18, clusters: 1, copied: 11 },
        },
        target: {
          phase: "frozen",
          marks: {
            ...{ ...NO_MARKS, moved: 11, shared: 1, pausedCopies: 1 },
            ...{ components: 34, namespaces: 1 },
          },
        },
      }),
    ],
  }),
  commands: [
    {
      command: "kubectl capi-pivot resume --context kind-boot --to-context prod",
      why: "goes on from where it stopped",
    },
    {
      command:
        "kubectl capi-pivot rollback --kubeconfig clusters/bootstrap.yaml --context kind-boot --to-kubeconfig FILE",
      why: "puts everything back as it was; FILE: a kubeconfig of the target, prod (10.0.0.1:6443)",
    },
  ],
};

/** The target alone, which cannot know whether the source has committed. */
const UNDECIDED: StatusView = {
  status: aStatus({
    state: "undecided",
    clusters: [{ identity: TARGET, role: "target", hasNamespace: true, unlisted: [] }],
    runs: [
      aRun({
        state: "undecided",
        decidedBy: "target",
        record: aRecord({ phase: "verified", whole: false, clusters: ["ns1/web"] }),
        target: {
          phase: "verified",
          marks: { ...NO_MARKS, moved: 18, shared: 1, pausedCopies: 1 },
        },
      }),
    ],
  }),
  commands: [
    {
      command: "kubectl capi-pivot resume --to-context prod --source-lost",
      why: "only if the source is gone for good: brings the copies to life",
    },
  ],
};

const DONE: StatusView = {
  status: aStatus({
    state: "done",
    clusters: [{ identity: TARGET, role: "target", hasNamespace: true, unlisted: [] }],
    runs: [
      aRun({
        state: "done",
        decidedBy: "target",
        record: aRecord({ phase: "done", outcome: { seconds: 15.31, secondsPaused: 9.12 } }),
        target: { phase: "done", marks: NO_MARKS },
      }),
    ],
  }),
  commands: [],
};

const RUNNING: StatusView = {
  status: aStatus({
    state: "running",
    clusters: [
      { identity: SOURCE, role: "source", hasNamespace: true, unlisted: [], lock: aLock(true) },
    ],
    runs: [
      aRun({
        state: "running",
        source: {
          phase: "copying",
          marks: { ...NO_MARKS, pausedRoots: 1 },
          originals: { objects: 18, clusters: 1 },
        },
      }),
    ],
  }),
  commands: [],
};

const WIDTHS = [80, 40];

describe("a status", () => {
  const views: Readonly<Record<string, StatusView>> = {
    interrupted: INTERRUPTED,
    undecided: UNDECIDED,
    done: DONE,
    running: RUNNING,
    none: { status: aStatus({}), commands: [] },
  };
  const cases = Object.entries(views).flatMap(([name, view]) =>
    WIDTHS.map((columns) => [name, columns, view] as const),
  );

  test.each(cases)("%s, in %d columns", (name, columns, view) => {
    const text = statusText(view, { columns });
    expectGolden(`status-${name}-${columns}.txt`, text);
    const lines = text.split("\n").filter((line) => !line.startsWith("  kubectl "));
    expect(lines.filter((line) => Bun.stringWidth(line) > columns)).toEqual([]);
  });

  test("in colours says the same", () => {
    const text = statusText(INTERRUPTED, { palette: paletteOf(true) });
    expect(text).toContain("\u001b[33m");
    expect(Bun.stripANSI(text)).toBe(statusText(INTERRUPTED));
  });

  test("past the commit, copies are what is not released yet", () => {
    const target = {
      phase: "committed",
      marks: { ...NO_MARKS, moved: 3, pausedCopies: 1 },
    } as const;
    const run = aRun({ state: "committed", record: aRecord({ phase: "committed" }), target });
    const text = statusText({ status: aStatus({ state: "committed", runs: [run] }), commands: [] });
    expect(text).toContain("copies    3 of 19 not released, 1 root among them paused");
  });

  test("what nobody recorded is shown", () => {
    const marks = { ...NO_MARKS, moved: 1, pausedCopies: 1, components: 2 };
    const strays = [{ run: "deadbeef", context: "prod", marks }];
    const text = statusText({ status: aStatus({ state: "unrecorded", strays }), commands: [] });
    expect(text).toContain("run deadbeef in prod: 1 copy, 2 provider components");
    expect(text).toContain("no run is recorded in this cluster");
  });

  test("what could not be counted, and a stranger, are said", () => {
    const clusters = [
      { identity: TARGET, hasNamespace: false, unlisted: [], uncounted: "no answer" },
    ];
    const text = statusText({ status: aStatus({ clusters, runs: [aRun()] }), commands: [] });
    expect(text).toContain("note: nothing could be counted in prod: no answer\n");
    expect(text).toContain("note: prod is neither source nor target of the run above\n");
  });
});

test("a cluster in which nothing could be counted is not said to hold nothing", () => {
  const clusters = [
    { identity: TARGET, hasNamespace: false, unlisted: [], uncounted: "no answer" },
  ];
  const text = statusText({ status: aStatus({ clusters }), commands: [] });
  expect(text).toContain("no run is recorded in this cluster, and nobody holds a lock");
});

describe("as data", () => {
  test("a status survives JSON, and is the one that docs/status.md describes", () => {
    const data = statusData(INTERRUPTED);
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
    expectGolden("status-interrupted.json", `${JSON.stringify(data, null, 2)}\n`);
  });

  test("nothing that a record may hold besides comes along", () => {
    const text = JSON.stringify(statusData(INTERRUPTED));
    for (const word of ["managedFields", "digest", "include", "epoch"]) {
      expect(text).not.toContain(`"${word}"`);
    }
  });
});

describe("moments", () => {
  test.each([
    ["2026-11-24T10:02:07.500Z", "just now"],
    ["2026-11-24T10:01:56.000Z", "12s ago"],
    ["2026-11-24T10:00:03.000000Z", "2m05s ago"],
    ["2026-11-24T06:50:00Z", "3h12m ago"],
    ["2026-11-20T00:00:00Z", "4 days ago"],
    ["2026-11-24T10:02:20Z", "12s ahead of this machine's clock"],
    ["nonsense", "at an unknown time"],
  ])("%s is %s", (iso, want) => {
    expect(agoText(iso, NOW)).toBe(want);
  });

  test("a moment is shown in UTC, whatever its digits", () => {
    expect(momentText("2026-11-24T11:00:03.123456+01:00", NOW)).toBe(
      "2026-11-24 10:00:03 UTC, 2m04s ago",
    );
    expect(momentText("nonsense", NOW)).toBe("nonsense");
  });
});

test("marks are counted words", () => {
  expect(marksText(NO_MARKS)).toBe("nothing");
  expect(marksText({ ...NO_MARKS, shared: 2, controllers: 1 })).toBe(
    "2 copies, 1 stopped controller",
  );
});
