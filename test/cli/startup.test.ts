// A short command starts at once because it loads little: what it loads is counted, since a time says more about the
// machine.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const SOURCES = join(import.meta.dir, "..", "..", "src");
const transpiler = new Bun.Transpiler({ loader: "ts" });

interface Loaded {
  readonly modules: number;
  readonly packages: readonly string[];
}

/** What is loaded with a module before any of its code runs; `import()` comes later, where it comes at all. */
function loadedWith(...roots: readonly string[]): Loaded {
  const modules = new Set(roots.map((root) => join(SOURCES, root)));
  const packages = new Set<string>();
  // A set that grows while it is walked is walked to its end.
  for (const path of modules) {
    for (const imported of importsOf(path)) {
      if (imported.startsWith(".")) modules.add(join(dirname(path), imported));
      else packages.add(imported);
    }
  }
  return { modules: modules.size, packages: [...packages] };
}

function importsOf(path: string): readonly string[] {
  if (!path.endsWith(".ts")) return [];
  return transpiler
    .scanImports(readFileSync(path, "utf8"))
    .filter(
      ({ kind, path: imported }) => kind !== "dynamic-import" && !imported.startsWith("node:"),
    )
    .map((imported) => imported.path);
}

test("help and usage errors load no package and few modules", () => {
  const { modules, packages } = loadedWith("main.ts");
  expect(packages).toEqual([]);
  expect(modules).toBeWithin(20, 50);
});

test("version loads what parses a command line, and few modules more", () => {
  const { modules, packages } = loadedWith("main.ts", "cli/version-command.ts");
  expect(packages).toEqual(["clipanion"]);
  expect(modules).toBeWithin(20, 60);
});

test("a command that reads clusters does load more: the count sees it", () => {
  expect(loadedWith("main.ts", "cli/wiring.ts").modules).toBeGreaterThan(100);
});
