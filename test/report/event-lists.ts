// Runs as renderers see them: events with the time at which they happen.
import { PivotError } from "../../src/model/error.ts";
import type { PivotEvent, StepKind } from "../../src/model/event.ts";
import { anId } from "./previews.ts";

export type TimedEvent = readonly [seconds: number, event: PivotEvent];

const PLANNED: PivotEvent = {
  type: "planned",
  steps: ["lock", "freeze", "copy", "verify", "commit", "delete", "thaw", "close"],
  run: "1a2b3c4d",
  source: "kind-boot",
  target: "prod",
  objects: 64,
  clusters: 3,
};

function objects(step: StepKind, from: number, total: number, seconds: number): TimedEvent[] {
  return Array.from({ length: total }, (_, index) => [
    from + (seconds * (index + 1)) / total,
    {
      type: "object",
      step,
      cluster: "target",
      id: anId("Machine", `ns1/a-machine-with-quite-a-long-name-${index + 1}`),
      status: "done",
      done: index + 1,
      total,
    },
  ]);
}

function started(seconds: number, step: StepKind, total?: number): TimedEvent {
  return [seconds, { type: "step-started", step, ...(total === undefined ? {} : { total }) }];
}

function finished(
  seconds: number,
  step: StepKind,
  figures: Readonly<Record<string, number | string>> = {},
): TimedEvent {
  return [seconds, { type: "step-finished", step, figures }];
}

const BEGINNING: readonly TimedEvent[] = [
  started(0, "connect"),
  finished(0.2, "connect", { source: "v1.36.3", target: "v1.36.3" }),
  started(0.2, "discover"),
  finished(1, "discover", { objects: 310, kinds: 84 }),
  [1, PLANNED],
  started(1, "lock"),
  finished(1.1, "lock"),
  started(1.1, "freeze", 3),
  [3, waiting(2)],
  [8, waiting(7)],
];

function waiting(seconds: number): PivotEvent {
  return {
    type: "waiting",
    step: "freeze",
    seconds,
    reason: "Machine.cluster.x-k8s.io ns1/m-1 has not acknowledged its pause and 11 more objects",
  };
}

/** Everything goes well; the copy takes 12 s. */
export const GOOD_RUN: readonly TimedEvent[] = [
  ...BEGINNING,
  finished(8.5, "freeze", { clusters: 3, objects: 64 }),
  started(8.5, "copy", 64),
  ...objects("copy", 8.5, 64, 12),
  finished(20.5, "copy", { objects: 64, kinds: 21 }),
  [20.5, { type: "note", text: "2 copies were defaulted by the target: spec.rolloutStrategy" }],
  started(20.5, "verify", 64),
  finished(23, "verify", { objects: 64 }),
  started(23, "commit"),
  finished(23.1, "commit"),
  [23.1, { type: "point-of-no-return" }],
  started(23.1, "delete", 64),
  ...objects("delete", 23.1, 64, 1),
  finished(24.1, "delete", { objects: 64 }),
  started(24.1, "thaw", 3),
  finished(25, "thaw", { clusters: 3 }),
  [
    25,
    {
      type: "finished",
      summary: {
        run: "1a2b3c4d",
        source: "kind-boot",
        target: "prod",
        moved: 62,
        copied: 2,
        clusters: 3,
        seconds: 25,
        secondsPaused: 23.9,
      },
    },
  ],
];

const REFUSED = new PivotError({
  code: "CREATE_REFUSED",
  message:
    "Machine.cluster.x-k8s.io ns1/m-9 was refused by the target: spec.version: Invalid value",
  hint: "kubectl capi-pivot plan --to-context prod",
  cluster: "target",
});

/** The target refuses a copy; everything is put back. */
export const ROLLED_BACK: readonly TimedEvent[] = [
  ...BEGINNING,
  finished(8.5, "freeze", { clusters: 3, objects: 64 }),
  started(8.5, "copy", 64),
  ...objects("copy", 8.5, 64, 2).slice(0, 8),
  [
    9,
    {
      type: "finding",
      finding: {
        code: "TARGET_REFUSES_CREATE",
        severity: "error",
        objects: [anId("Machine", "ns1/m-9")],
        why: "the target refuses the copy: spec.version: Invalid value",
        hint: "kubectl capi-pivot plan --to-context prod",
      },
    },
  ],
  [9, { type: "rolling-back", because: REFUSED.message }],
  started(9, "undo-copies", 8),
  finished(9.5, "undo-copies", { objects: 8 }),
  started(9.5, "unfreeze", 3),
  finished(10, "unfreeze", { clusters: 3 }),
  [10, { type: "failed", step: "copy", error: REFUSED }],
];
