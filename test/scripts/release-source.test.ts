import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { releaseSource, workingSource } from "../../scripts/releasing/source.ts";
import { COMMITTED, run } from "../support/working-copy.ts";

const root = mkdtempSync(join(tmpdir(), "capi-pivot-source-"));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
let repository: string;

const git = (...args: readonly string[]): string => run(repository, "git", ...args).trim();

function commit(text: string): string {
  writeFileSync(join(repository, "README.md"), text);
  git("add", "--all");
  git("commit", "--quiet", "--no-gpg-sign", "--message", text);
  return git("rev-parse", "HEAD");
}

beforeEach(() => {
  repository = join(root, `${folders++}`);
  mkdirSync(repository);
  git("init", "--quiet");
  writeFileSync(join(repository, "package.json"), '{"version": "1.2.3"}');
  commit("first");
});

describe("a release", () => {
  test("is of HEAD, with the version of package.json, before and after it is tagged", () => {
    const expected = { version: "1.2.3", commit: git("rev-parse", "HEAD"), date: COMMITTED };
    expect(releaseSource(repository, "v1.2.3")).toEqual(expected);
    git("tag", "--annotate", "--no-sign", "--message", "a tag", "v1.2.3");
    expect(releaseSource(repository, "v1.2.3")).toEqual(expected);
  });

  test.each(["1.2.3", "v1.2", "v01.2.3", "vv1.2.3", "v1.2.3 ", "latest", ""])(
    "is not named %j",
    (tag) => {
      expect(() => releaseSource(repository, tag)).toThrow(`${JSON.stringify(tag)} is no version`);
    },
  );

  test("is not named otherwise than in package.json", () => {
    expect(() => releaseSource(repository, "v1.2.4")).toThrow("package.json says 1.2.3, not 1.2.4");
  });

  test("is not of a tree with changes, not even a new file", () => {
    writeFileSync(join(repository, "new.ts"), "");
    expect(() => releaseSource(repository, "v1.2.3")).toThrow("?? new.ts");
  });

  test("is not of another commit than its tag", () => {
    git("tag", "v1.2.3");
    commit("second");
    expect(() => releaseSource(repository, "v1.2.3")).toThrow("`git checkout v1.2.3`");
  });
});

describe("a build of any tree", () => {
  test("has the version of package.json, and says that it is none yet", () => {
    expect(workingSource(repository)).toEqual({
      version: "1.2.3-dev",
      commit: git("rev-parse", "HEAD"),
      date: COMMITTED,
    });
  });

  test("says how far it is past a tag, and that there are changes", () => {
    git("tag", "v1.2.3");
    expect(workingSource(repository).version).toBe("1.2.3");
    const second = commit("second");
    expect(workingSource(repository).version).toBe(`1.2.3-1-g${second.slice(0, 7)}`);
    writeFileSync(join(repository, "README.md"), "third");
    expect(workingSource(repository).version).toEndWith("-dirty");
  });

  test("without git has the version of package.json alone", () => {
    rmSync(join(repository, ".git"), { recursive: true });
    expect(workingSource(repository)).toEqual({
      version: "1.2.3",
      commit: "unknown",
      date: "unknown",
    });
  });
});
