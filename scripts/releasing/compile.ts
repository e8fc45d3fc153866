// Makes one program out of the sources: the same for a build on this machine and for every target of a release.
import { spawn } from "node:child_process";
import type { Source } from "./source.ts";

export interface Compilation {
  readonly repository: string;
  readonly source: Source;
  /** Its base name goes into the program: it must be the same for the same bytes. */
  readonly output: string;
  /** For another platform than this one: Bun's name of it, and the Bun that runs there. */
  readonly platform?: { readonly bunTarget: string; readonly runtime: string };
}

/** @throws Error with what Bun said. Also leaves `<output>.map`, which the program itself contains. */
export async function compile(compilation: Compilation): Promise<void> {
  const { repository, source, output, platform } = compilation;
  const target =
    platform === undefined
      ? []
      : [`--target=${platform.bunTarget}`, `--compile-executable-path=${platform.runtime}`];
  await runBun(repository, [
    ...["build", "src/main.ts", "--compile"],
    ...BUNDLE_FLAGS,
    ...["--bytecode", "--sourcemap=linked"],
    // A file in the user's directory must not decide what runs there.
    ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
    ...["--define", `BUILD_VERSION=${JSON.stringify(source.version)}`],
    ...["--define", `BUILD_COMMIT=${JSON.stringify(source.commit)}`],
    ...["--define", `BUILD_DATE=${JSON.stringify(source.date)}`],
    ...[...target, "--outfile", output],
  ]);
}

/** What decides which modules become part of the program. */
export const BUNDLE_FLAGS = ["--minify", "--format=esm"] as const;

/** Runs the Bun that runs this, in the repository. */
export function runBun(repository: string, args: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(process.execPath, args, {
    cwd: repository,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => said.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  child.on("error", reject);
  child.on("close", (code) => {
    if (code === 0) resolve();
    else reject(new Error(`bun build exited with ${code}\n${Buffer.concat(said)}`));
  });
  return promise;
}
