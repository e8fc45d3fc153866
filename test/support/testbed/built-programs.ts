// Builds programs from Go modules into the cache, once for all test runs.
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { runGo } from "./go-command.ts";
import {
  buildArguments,
  cacheFolder,
  type Program,
  type ProgramModule,
} from "./program-modules.ts";

/** The folder with a module's programs; builds what is missing there. */
export async function builtFolder(module: ProgramModule): Promise<string> {
  const folder = cacheFolder(module);
  const missing = module.programs.filter(({ name }) => !existsSync(join(folder, name)));
  if (missing.length === 0) return folder;
  say(
    `building ${namesOf(missing)} ${module.version} from Go modules into ${folder}, where they are missing; ` +
      `the first time this takes ${module.buildTime} on two cores`,
  );
  await mkdir(folder, { recursive: true });
  for (const program of missing) await build(module, program, folder);
  return folder;
}

async function build(module: ProgramModule, program: Program, folder: string): Promise<void> {
  const start = performance.now();
  const output = join(folder, program.name);
  // Renamed when whole: another test run may build the same program at this moment.
  const unfinished = `${output}.${process.pid}.unfinished`;
  try {
    await runGo(buildArguments(program, unfinished), {
      folder: module.folder,
      wanted: namesOf(module.programs),
    });
    await rename(unfinished, output);
  } finally {
    await rm(unfinished, { force: true });
  }
  say(`built ${program.name} in ${Math.round((performance.now() - start) / 1000)} s`);
}

export function namesOf(programs: readonly Program[]): string {
  return programs.map(({ name }) => name).join(", ");
}

export function say(text: string): void {
  console.error(`testbed: ${text}`);
}
