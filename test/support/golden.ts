// Golden files: what a program printed once and somebody found good. UPDATE_GOLDEN=1 writes them anew; read the diff.
import { expect } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FOLDER = join(import.meta.dir, "..", "golden");

/** Compares with `test/golden/<name>`, byte by byte. */
export function expectGolden(name: string, text: string): void {
  const path = join(FOLDER, name);
  if ((process.env["UPDATE_GOLDEN"] ?? "") !== "") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(readFileSync(path, "utf8"));
}
