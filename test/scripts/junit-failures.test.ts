import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failedTests } from "../../scripts/junit-failures.ts";

const folder = mkdtempSync(join(tmpdir(), "capi-pivot-junit-"));
afterAll(() => rmSync(folder, { recursive: true }));

const TESTS = `import { describe, expect, test } from "bun:test";
describe("a & b", () => {
  test("is <one>", () => expect(2).toBe(1));
  test("is late", () => new Promise(() => {}), 20);
  test("passes", () => expect(1).toBe(1));
});
test("has no company", () => { throw new Error('said "no"'); });
`;

test("every test that failed is named, with what it said", () => {
  writeFileSync(join(folder, "sample.test.ts"), TESTS);
  const report = join(folder, "report.xml");
  const command = ["bun", "test", "--reporter=junit", `--reporter-outfile=${report}`];
  Bun.spawnSync(command, { cwd: folder });
  const failed = failedTests(report);
  expect(failed.map((text) => text.split("\n")[0])).toEqual([
    "sample.test.ts: a & b > is <one>",
    "sample.test.ts: a & b > is late",
    expect.stringContaining("has no company"),
  ]);
  expect(failed[0]).toContain("    Expected: 1\n    Received: 2");
  expect(failed[1]).toContain("    test timed out");
  expect(failed[2]).toContain('    Error: said "no"');
});

test("a report that was not written names nothing", () => {
  expect(failedTests(join(folder, "absent.xml"))).toEqual([]);
});
