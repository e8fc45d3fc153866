// The workflows of GitHub Actions, which nothing but GitHub can run: by their linter, and by what they may use.
import { beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { findActionlint } from "../support/actionlint.ts";

const FOLDER = join(import.meta.dir, "..", "..", ".github", "workflows");
const FILES = readdirSync(FOLDER);
/** On two cores, with nothing in Go's caches. */
const BUILD = 600_000;

let actionlint: string;

beforeAll(async () => {
  actionlint = await findActionlint();
}, BUILD);

/** What the linter says of a workflow, without tools that are not on every machine. */
function lint(name: string, text: string): string {
  const flags = ["-no-color", "-shellcheck=", "-pyflakes=", "-stdin-filename", name, "-"];
  const { stdout } = Bun.spawnSync([actionlint, ...flags], {
    cwd: FOLDER,
    stdin: Buffer.from(text),
  });
  return stdout.toString();
}

const textOf = (file: string): string => readFileSync(join(FOLDER, file), "utf8");

test("there are workflows for tests, for releases and for real machines", () => {
  expect(new Set(FILES)).toEqual(new Set(["test.yml", "release.yml", "smoke.yml"]));
});

describe.each(FILES)("%s", (file) => {
  test("passes its linter", () => {
    const path = join(FOLDER, file);
    expect(lint(path, textOf(file))).toBe("");
    const broken = textOf(file).replace(/^( +)runs-on:/m, "$1runs-at:");
    expect(lint(path, broken)).toContain('unexpected key "runs-at"');
  });

  test("uses only actions whose commit is written down, with the version that it has", () => {
    const uses = [...textOf(file).matchAll(/\buses: (.*)/g)].map(([, used]) => used);
    expect(uses).not.toBeEmpty();
    for (const used of uses)
      expect(used).toMatch(/^(?:[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\.\/\S+)$/);
  });

  test("may read by default, and leaves no token behind", () => {
    const workflow = parse(textOf(file)) as Workflow;
    expect(workflow.permissions).toEqual({ contents: "read" });
    const steps = Object.values(workflow.jobs).flatMap(({ steps = [] }) => steps);
    for (const { uses = "", with: settings } of steps)
      if (uses.startsWith("actions/checkout@"))
        expect(settings).toMatchObject({ "persist-credentials": false });
  });
});

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { readonly steps?: readonly Step[] }>>;
}

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
