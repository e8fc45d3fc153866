// The Bun of every platform, which becomes part of the program there: npm packages that package-lock.json pins by hash.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheRoot } from "../../test/support/testbed/program-modules.ts";
import { readTarGz } from "./read-tar.ts";
import type { Target } from "./targets.ts";

interface LockedPackage {
  readonly version: string;
  /** `sha512-<base64>`, of the package's archive. */
  readonly integrity: string;
}

/** What package-lock.json says of a package; `path` is where npm puts it: `node_modules/yaml`. */
export function lockedPackage(repository: string, path: string): LockedPackage {
  const lock = JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  const found = lock.packages[path];
  if (found === undefined)
    throw new Error(`package-lock.json does not pin ${path}: \`npm install\``);
  return found;
}

/**
 * Writes the target's Bun into a folder and returns its path. The package is kept in the cache outside the tree, and
 * checked each time: what was damaged or exchanged there gets into no release.
 */
export async function placeRuntime(
  repository: string,
  target: Target,
  folder: string,
): Promise<string> {
  const locked = lockedPackage(repository, `node_modules/${target.runtime}`);
  const file = await cachedPackage(repository, target.runtime, locked.version);
  const bytes = await Bun.file(file).bytes();
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  if (integrity !== locked.integrity)
    throw new Error(`${file} is not what package-lock.json pins: delete it and run this again`);
  const program = readTarGz(bytes).find(({ name }) => /^package\/bin\/bun(?:\.exe)?$/.test(name));
  if (program === undefined) throw new Error(`${file} has no bin/bun`);
  const path = join(folder, "bun");
  await writeFile(path, program.data);
  await chmod(path, 0o755);
  return path;
}

async function cachedPackage(repository: string, name: string, version: string): Promise<string> {
  const folder = join(cacheRoot(process.env), "runtimes");
  const base = `${name.slice(1).replace("/", "-")}-${version}.tgz`;
  const path = join(folder, base);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // A folder of its own, then renamed when whole: another build may do the same at this moment.
  const unfinished = mkdtempSync(join(folder, "unfinished-"));
  try {
    const args = ["pack", `${name}@${version}`, "--silent", "--pack-destination", unfinished];
    await promisify(execFile)("npm", args, { cwd: repository });
    renameSync(join(unfinished, base), path);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return path;
}
