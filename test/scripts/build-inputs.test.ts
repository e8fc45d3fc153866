import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inputsDigest } from "../../scripts/releasing/inputs.ts";

const folder = mkdtempSync(join(tmpdir(), "capi-pivot-inputs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SOURCE = { version: "1.0.0", commit: "abc", date: "today" };

function write(file: string, text: string): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

for (const file of ["package.json", "package-lock.json", "tsconfig.json", "src/plan/a.ts"]) {
  write(file, "{}");
}
write("scripts/releasing/compile.ts", "{}");
const before = inputsDigest(folder, SOURCE);

test("the same inputs are the same build", () => {
  write("README.md", "text");
  expect(inputsDigest(folder, SOURCE)).toBe(before);
});

test("another commit is another build", () => {
  expect(inputsDigest(folder, { ...SOURCE, commit: "abd" })).not.toBe(before);
});

test.each(["src/plan/a.ts", "src/new.ts", "package-lock.json", "scripts/releasing/compile.ts"])(
  "a change of %s is another build",
  (file) => {
    const unchanged = inputsDigest(folder, SOURCE);
    write(file, `changed ${file}`);
    expect(inputsDigest(folder, SOURCE)).not.toBe(unchanged);
  },
);
