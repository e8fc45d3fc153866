import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findingsPage } from "../../src/report/findings-page.ts";

const PAGE = join(import.meta.dir, "..", "..", "docs", "findings.md");

test("docs/findings.md says what the source says", () => {
  if ((process.env["UPDATE_GOLDEN"] ?? "") !== "") writeFileSync(PAGE, findingsPage());
  expect(readFileSync(PAGE, "utf8")).toBe(findingsPage());
});
