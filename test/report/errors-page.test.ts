import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorsPage } from "../../src/report/errors-page.ts";

const PAGE = join(import.meta.dir, "..", "..", "docs", "errors.md");

test("docs/errors.md says what the source says", () => {
  if ((process.env["UPDATE_GOLDEN"] ?? "") !== "") writeFileSync(PAGE, errorsPage());
  expect(readFileSync(PAGE, "utf8")).toBe(errorsPage());
});
