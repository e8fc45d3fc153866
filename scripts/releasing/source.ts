// What a build is of: version, commit and date, all from git, so that the same commit gives the same bytes.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "semver";

export interface Source {
  /** Without the v. */
  readonly version: string;
  readonly commit: string;
  /** When it was committed, in UTC: `2026-11-25T10:00:00Z`. */
  readonly date: string;
}

/** Of any state of the tree: says by how much it is past the last tag. Without git (an archive) the package's version. */
export function workingSource(repository: string): Source {
  const version = packageVersion(repository);
  try {
    const described = git(repository, "describe", "--tags", "--always", "--dirty", "--match", "v*");
    const tagged = /^v(.*)/.exec(described)?.[1];
    return { version: tagged ?? `${version}-dev`, ...head(repository) };
  } catch {
    return { version, commit: "unknown", date: "unknown" };
  }
}

/**
 * Of a commit that may be released.
 * @throws Error when `tag` is no version, is not package.json's, or when HEAD with a clean tree is not what it names.
 */
export function releaseSource(repository: string, tag: string): Source {
  const version = versionOf(tag);
  const expected = packageVersion(repository);
  if (version !== expected)
    throw new Error(`package.json says ${expected}, not ${version}: \`npm version ${version}\``);
  const changes = git(repository, "status", "--porcelain");
  if (changes !== "")
    throw new Error(`the tree has changes that no commit has; commit or stash them:\n${changes}`);
  const { commit, date } = head(repository);
  const tagged = taggedCommit(repository, tag);
  if (tagged !== undefined && tagged !== commit)
    throw new Error(`${tag} is commit ${tagged}, and HEAD is ${commit}: \`git checkout ${tag}\``);
  return { version, commit, date };
}

function versionOf(tag: string): string {
  const version = tag.slice(1);
  if (!tag.startsWith("v") || parse(version)?.version !== version)
    throw new Error(`${JSON.stringify(tag)} is no version: it must be like v1.2.3 or v1.2.3-rc.1`);
  return version;
}

function packageVersion(repository: string): string {
  const text = readFileSync(join(repository, "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

function head(repository: string): { readonly commit: string; readonly date: string } {
  const [commit = "", seconds = ""] = git(repository, "show", "-s", "--format=%H %ct").split(" ");
  const date = new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
  return { commit, date };
}

function taggedCommit(repository: string, tag: string): string | undefined {
  try {
    return git(repository, "rev-parse", "--verify", "--quiet", `refs/tags/${tag}^{commit}`);
  } catch {
    return undefined;
  }
}

function git(repository: string, ...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: repository, stdio: ["ignore", "pipe", "ignore"] })
    .toString()
    .trim();
}
