// Which test files there are, and which of them need clusters: those that reach the testbed through their imports.
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const TESTBED = "test/support/testbed/programs.ts";
const LIVE_CLUSTERS = "test/support/live/network-tools.ts";

/** Paths below the repository, sorted. */
export function testFiles(repository: string): readonly string[] {
  const files = [...new Bun.Glob("test/**/*.test.ts").scanSync({ cwd: repository })];
  return files.sort((a, b) => (a < b ? -1 : 1));
}

/** Whether a file starts or uses clusters, itself or through what it imports. */
export function usesClusters(repository: string, file: string): boolean {
  return reaches(repository, file, TESTBED);
}

/** Whether a file starts clusters in which providers run: these need root, and none beside them. */
export function usesLiveClusters(repository: string, file: string): boolean {
  return reaches(repository, file, LIVE_CLUSTERS);
}

function reaches(repository: string, file: string, goal: string): boolean {
  const seen = new Set<string>();
  const queue = [join(repository, file)];
  for (const path of queue) {
    if (relative(repository, path) === goal) return true;
    for (const next of importsOf(path)) {
      if (!seen.has(next)) queue.push(next);
      seen.add(next);
    }
  }
  return false;
}

const transpiler = new Bun.Transpiler({ loader: "ts" });

/** Relative imports only; types are not imported at run time. */
function importsOf(path: string): readonly string[] {
  if (!path.endsWith(".ts")) return [];
  return transpiler
    .scanImports(readFileSync(path, "utf8"))
    .filter(({ path: imported }) => imported.startsWith("."))
    .map(({ path: imported }) => join(dirname(path), imported));
}
