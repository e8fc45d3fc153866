// A second checkout of the sources as they are now, changes included, as a commit that is the same wherever it is made.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const REPOSITORY = join(import.meta.dir, "..", "..");
const WHEN = "2026-01-02T03:04:05Z";
export const COMMITTED = WHEN;

/** Replaces what is in the folder. It must be on the repository's disk: the packages are hard links. */
export function makeWorkingCopy(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = run(
    REPOSITORY,
    "git",
    "ls-files",
    "-z",
    "--cached",
    "--others",
    "--exclude-standard",
  )
    .split("\0")
    .filter((file) => file !== "");
  // With their times: a package-lock.json that looks newer than the packages would have them installed again.
  run(REPOSITORY, "cp", "--archive", "--parents", "--target-directory", folder, ...files);
  run(REPOSITORY, "cp", "--archive", "--link", "node_modules", folder);
  run(folder, "git", "init", "--quiet");
  run(folder, "git", "add", "--all");
  run(folder, "git", "commit", "--quiet", "--no-gpg-sign", "--message", "a release");
}

export function run(folder: string, program: string, ...args: readonly string[]): string {
  const who = { NAME: "Somebody", EMAIL: "somebody@example.com", DATE: WHEN };
  const git = Object.entries(who).flatMap(([name, value]) => [
    [`GIT_AUTHOR_${name}`, value],
    [`GIT_COMMITTER_${name}`, value],
  ]);
  const env = { ...process.env, ...(Object.fromEntries(git) as Record<string, string>) };
  return execFileSync(program, args, { cwd: folder, env, maxBuffer: 1e8 }).toString();
}
