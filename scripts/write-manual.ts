// Writes the man page and the reference out of the command table. A test refuses what is out of date.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { MANUAL } from "./manual/files.ts";

const REPOSITORY = join(import.meta.dir, "..");

for (const { path, text } of MANUAL) {
  const file = join(REPOSITORY, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text());
  console.log(path);
}
