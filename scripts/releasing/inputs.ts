// What a build depends on, as one word: the same word, the same bytes.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compareStrings } from "../../src/model/object.ts";
import type { Source } from "./source.ts";

/** Everything else that goes in is named by these: dependencies by the lock file, the compiler by its version. */
const FILES = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "scripts/releasing/compile.ts",
];

/** A digest of the sources as they lie there, committed or not, of what a build says of them, and of the compiler. */
export function inputsDigest(repository: string, source: Source): string {
  const modules = [...new Bun.Glob("src/**/*").scanSync({ cwd: repository })].sort(compareStrings);
  const digest = createHash("sha256").update(JSON.stringify([Bun.version, Bun.revision, source]));
  for (const file of [...FILES, ...modules]) {
    digest.update(`\n${file}\n`).update(readFileSync(join(repository, file)));
  }
  return digest.digest("hex");
}
