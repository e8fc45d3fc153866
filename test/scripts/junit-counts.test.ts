import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countStage, NOTHING, plus, summaryLine } from "../../scripts/junit-counts.ts";

const folder = mkdtempSync(join(tmpdir(), "capi-pivot-junit-"));
afterAll(() => rmSync(folder, { recursive: true }));

const report = join(folder, "report.xml");
writeFileSync(
  report,
  `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="7" assertions="9" failures="2" skipped="1" time="0.1">
  <testsuite name="a" file="test/a.test.ts" tests="7" assertions="9" failures="2" skipped="1"/>
</testsuites>`,
);
const absent = join(folder, "absent.xml");

const stages: readonly (readonly [string, Parameters<typeof countStage>[0], string])[] = [
  [
    "failed and skipped tests are no passed ones",
    { report, files: ["test/a.test.ts"], succeeded: false },
    "4 passed, 2 failed, 1 skipped",
  ],
  [
    "a file without results counts as failed",
    { report, files: ["test/a.test.ts", "test/b.test.ts"], succeeded: false },
    "4 passed, 3 failed, 1 skipped",
  ],
  [
    "without a report every file counts as failed",
    { report: absent, files: ["test/a.test.ts", "test/b.test.ts"], succeeded: false },
    "0 passed, 2 failed",
  ],
  [
    "a failure that no test shows counts as one",
    { report: absent, files: [], succeeded: false },
    "0 passed, 1 failed",
  ],
];
test.each(stages)("%s", (_name, stage, want) => {
  expect(summaryLine(plus(NOTHING, countStage(stage)))).toBe(want);
});
