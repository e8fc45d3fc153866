// Compiles the program for this host into dist/kubectl-capi_pivot. Same sources, same bytes: no time goes in. With
// `--if-changed` only when something has changed since the last time.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile } from "./releasing/compile.ts";
import { inputsDigest } from "./releasing/inputs.ts";
import { workingSource } from "./releasing/source.ts";
import { PROGRAM } from "./releasing/targets.ts";

const REPOSITORY = join(import.meta.dir, "..");
const OUTPUT = join(REPOSITORY, "dist", PROGRAM);
/** Says what the program beside it is of. */
const STAMP = join(REPOSITORY, "dist", "built-from");

async function build(): Promise<void> {
  const source = workingSource(REPOSITORY);
  const digest = inputsDigest(REPOSITORY, source);
  if (process.argv.includes("--if-changed") && isBuiltFrom(digest)) {
    console.log(OUTPUT);
    return;
  }
  mkdirSync(join(REPOSITORY, "dist"), { recursive: true });
  // A failure must not leave the program of yesterday.
  for (const path of [STAMP, OUTPUT]) rmSync(path, { force: true });
  await compile({ repository: REPOSITORY, source, output: OUTPUT });
  writeFileSync(STAMP, digest);
  console.error(`built v${source.version} (${source.commit.slice(0, 12)})`);
  // stdout has the path alone.
  console.log(OUTPUT);
}

function isBuiltFrom(digest: string): boolean {
  return existsSync(OUTPUT) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === digest;
}

try {
  await build();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
