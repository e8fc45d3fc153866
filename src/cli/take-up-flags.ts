// Flags of `resume` and `rollback`: those of the pivot, as far as they say something here.
import type { Flag } from "./flag.ts";
import { GLOBAL_FLAGS, PIVOT_FLAGS } from "./flags.ts";

/** Everything that a run is begun with, so that the same command line can be typed with `resume` in it. */
export const RESUME_FLAGS: readonly Flag[] = [
  ...PIVOT_FLAGS.filter(({ long, isGlobal = false }) => long !== "dry-run" && !isGlobal),
  {
    long: "source-lost",
    default: "false",
    about:
      "The source is gone for good: end the run with the target alone. The source's name must be typed.",
  },
  ...GLOBAL_FLAGS,
];

const CLUSTER_FLAGS: ReadonlySet<string> = new Set([
  "kubeconfig",
  "context",
  "to-kubeconfig",
  "to-context",
  "to-cluster",
]);
const RUN_FLAGS: ReadonlySet<string> = new Set([
  "concurrency",
  "timeout",
  "wait-for-network",
  "yes",
]);

export const ROLLBACK_FLAGS: readonly Flag[] = [
  ...PIVOT_FLAGS.filter(({ long }) => CLUSTER_FLAGS.has(long) || RUN_FLAGS.has(long)),
  {
    long: "target-lost",
    default: "false",
    about:
      "The target is gone for good: put the source back alone. The target's name must be typed.",
  },
  ...PIVOT_FLAGS.filter(({ long }) => long === "output"),
  ...GLOBAL_FLAGS,
];
