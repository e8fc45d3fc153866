// The man page and the reference are made out of the command table: none of them may say anything else.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MANUAL } from "../../scripts/manual/files.ts";
import { COMMANDS } from "../../src/cli/command-table.ts";

const REPOSITORY = join(import.meta.dir, "..", "..");

test.each(MANUAL.map(({ path, text }) => [path, text] as const))(
  "%s is what scripts/write-manual makes",
  (path, text) => {
    expect(readFileSync(join(REPOSITORY, path), "utf8")).toBe(text());
  },
);

test.each(MANUAL.map(({ path, text }) => [path, text] as const))(
  "%s has every command and every flag",
  (_, text) => {
    const plain = text().replaceAll("\\-", "-");
    for (const { name, flags, examples } of COMMANDS) {
      expect(plain).toContain(name);
      for (const { long } of flags) expect(plain).toContain(`--${long}`);
      for (const [comment] of name === "options" ? [] : examples) expect(plain).toContain(comment);
    }
  },
);
