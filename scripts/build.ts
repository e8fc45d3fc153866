// Compiles the program for this host into dist/kubectl-capi_pivot. Same sources, same bytes: no time goes in.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";

const REPOSITORY = join(import.meta.dir, "..");
const OUTPUT = join(REPOSITORY, "dist", "kubectl-capi_pivot");

/** From git, so that a build says which sources it is of; without git (an archive) the package's version. */
function versionAndCommit(): { readonly version: string; readonly commit: string } {
  try {
    const commit = git("rev-parse", "HEAD");
    const described = git("describe", "--tags", "--always", "--dirty", "--match", "v*");
    const tagged = /^v(.*)/.exec(described)?.[1];
    return { version: tagged ?? `${version}-dev`, commit };
  } catch {
    return { version, commit: "unknown" };
  }
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: REPOSITORY, stdio: ["ignore", "pipe", "ignore"] })
    .toString()
    .trim();
}

function build(): void {
  const info = versionAndCommit();
  mkdirSync(join(REPOSITORY, "dist"), { recursive: true });
  const flags = [
    ...["--compile", "--minify", "--bytecode", "--format=esm", "--sourcemap=linked"],
    // A file in the user's directory must not decide what runs there.
    ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
    ...["--define", `BUILD_VERSION=${JSON.stringify(info.version)}`],
    ...["--define", `BUILD_COMMIT=${JSON.stringify(info.commit)}`],
  ];
  // A failure must not leave the program of yesterday.
  rmSync(OUTPUT, { force: true });
  const { status } = spawnSync(
    process.execPath,
    ["build", "src/main.ts", ...flags, "--outfile", OUTPUT],
    // stdout stays free for the path.
    { cwd: REPOSITORY, stdio: ["ignore", 2, 2] },
  );
  if (status !== 0) {
    process.exitCode = 1;
    return;
  }
  console.error(`built v${info.version} (${info.commit.slice(0, 12)})`);
  console.log(OUTPUT);
}

build();
