// Compiles the program for this host into dist/kubectl-capi_pivot. Same sources, same bytes: no time goes in.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compile } from "./releasing/compile.ts";
import { workingSource } from "./releasing/source.ts";
import { PROGRAM } from "./releasing/targets.ts";

const REPOSITORY = join(import.meta.dir, "..");
const OUTPUT = join(REPOSITORY, "dist", PROGRAM);

async function build(): Promise<void> {
  const source = workingSource(REPOSITORY);
  mkdirSync(join(REPOSITORY, "dist"), { recursive: true });
  // A failure must not leave the program of yesterday.
  rmSync(OUTPUT, { force: true });
  await compile({ repository: REPOSITORY, source, output: OUTPUT });
  console.error(`built v${source.version} (${source.commit.slice(0, 12)})`);
  // stdout has the path alone.
  console.log(OUTPUT);
}

try {
  await build();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
