// Numbers out of the junit files that `bun test` writes, and the line that sums them up.
import { existsSync, readFileSync } from "node:fs";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 };

/** Counts of one stage. A file of which the report says nothing could not be loaded, and counts as failed. */
export function countStage(stage: {
  readonly report: string;
  readonly files: readonly string[];
  readonly succeeded: boolean;
}): Counts {
  const text = existsSync(stage.report) ? readFileSync(stage.report, "utf8") : "";
  const [root = ""] = /<testsuites [^>]*>/.exec(text) ?? [];
  const [tests, failures, skipped] = ["tests", "failures", "skipped"].map((name) =>
    Number(new RegExp(` ${name}="(\\d+)"`).exec(root)?.[1] ?? 0),
  ) as [number, number, number];
  const missing = stage.files.filter((file) => !text.includes(` file="${file}"`)).length;
  const known = failures + missing;
  // The runner can fail without a failed test: an error between tests, a crash.
  const failed = known === 0 && !stage.succeeded ? 1 : known;
  return { passed: tests - failures - skipped, failed, skipped };
}

export function plus(one: Counts, other: Counts): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

/** `12 passed, 0 failed`, and what was skipped if anything was. */
export function summaryLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
