// Which npm packages became part of the program: asked of the bundler, not of package.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLE_FLAGS, runBun } from "./compile.ts";
import { lockedPackage } from "./runtimes.ts";

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
  readonly author: string;
  /** Relative to the repository: node_modules/yaml. */
  readonly folder: string;
  /** Of the package's archive: `sha512-<base64>`. */
  readonly integrity: string;
}

interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { bytesInOutput: number }>> }>
  >;
}

/** Sorted by name. `work` is a folder for what is made on the way. */
export async function bundledPackages(
  repository: string,
  work: string,
): Promise<readonly BundledPackage[]> {
  const metafile = join(work, "metafile.json");
  const output = ["--target=bun", `--outdir=${join(work, "bundle")}`, `--metafile=${metafile}`];
  await runBun(repository, ["build", "src/main.ts", ...BUNDLE_FLAGS, ...output]);
  const { outputs } = JSON.parse(readFileSync(metafile, "utf8")) as Metafile;
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(files.map(packageFolder).filter((folder) => folder !== undefined));
  return [...folders]
    .map((folder) => readPackage(repository, folder))
    .sort((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1));
}

/** The innermost: a package may have packages of its own below it. */
function packageFolder(file: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

function readPackage(repository: string, folder: string): BundledPackage {
  const text = readFileSync(join(repository, folder, "package.json"), "utf8");
  const manifest = JSON.parse(text) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
    readonly author?: string | { readonly name: string };
  };
  const { name, version, license, author = "" } = manifest;
  if (typeof license !== "string") throw new Error(`${name} does not say what its licence is`);
  return {
    ...{ name, version, license, folder },
    author: typeof author === "string" ? author : author.name,
    integrity: lockedPackage(repository, folder).integrity,
  };
}
