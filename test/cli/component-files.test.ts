// Files of `--components`: read, filled in, parsed, and refused with the reason before anybody is contacted.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { readComponentFiles } from "../../src/cli/component-files.ts";
import { stringifyJson } from "../../src/kube/json.ts";
import { namesOf } from "../plan/provider-world.ts";

const D = "$";
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "capi-pivot-components-"));
});
afterAll(() => rm(folder, { recursive: true }));

const GOOD = `
apiVersion: v1
kind: Namespace
metadata: {name: a-system, labels: {cluster.x-k8s.io/provider: a}}
---
# nothing
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: a-system}
data: {level: "${D}{LEVEL:=4}", big: 9223372036854775807}
`;

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function read(
  paths: readonly string[],
  { stdin = "", env = {} }: { readonly stdin?: string; readonly env?: Record<string, string> } = {},
) {
  return readComponentFiles(paths, { stdin: Readable.from([stdin]), env });
}

describe("--components", () => {
  test("takes several documents, fills in variables, and loses no digit", async () => {
    const [components] = await read([await file("good.yaml", GOOD)], { env: { LEVEL: "7" } });
    expect(components && namesOf(components)).toEqual([
      "Namespace a-system",
      "ConfigMap a-system/c",
    ]);
    expect(stringifyJson(components?.objects[1]?.["data"])).toBe(
      '{"level":"7","big":9223372036854775807}',
    );
  });

  test("takes stdin and JSON", async () => {
    const json = `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","labels":{"cluster.x-k8s.io/provider":"b"}}}`;
    const found = await read([await file("a.yaml", GOOD), "-"], { stdin: json });
    expect(found.map(({ owner }) => owner)).toEqual(["a", "b"]);
  });

  test("is nothing without files", async () => {
    expect(await read([])).toEqual([]);
  });

  test.each([
    ["is empty", "", "holds no objects"],
    ["is no YAML", "a: [1, 2\nb: }", "cannot be parsed in line 2"],
    ["gives a key twice", "a: 1\na: 2", "cannot be parsed in line 2: duplicate key"],
    ["is text", "just words", "holds a document that is no object"],
    [
      "wants variables",
      `a: ${D}{TOKEN}\nb: ${D}{OTHER}`,
      "wants variables without a value: OTHER, TOKEN",
    ],
    ["wants shell", `a: ${D}{TOKEN^^}`, `holds ${D}{TOKEN^^}, which is no variable`],
  ])("refuses a file that %s", async (_, content, message) => {
    const path = await file("bad.yaml", content);
    const error = await read([path]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "USAGE", exitCode: 2 });
    expect(String(error)).toContain(`bad.yaml ${message}`);
  });

  test("never quotes a line: it may be a credential", async () => {
    const path = await file("secret.yaml", 'token: "hunter2\nx: ]');
    const error = await read([path]).catch((thrown: unknown) => thrown);
    expect(String(error)).not.toContain("hunter2");
  });

  test("lists variables of all files at once", async () => {
    const paths = [await file("one.yaml", `a: ${D}{ONE}`), await file("two.yaml", `a: ${D}{TWO}`)];
    const error = await read(paths).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("ONE, TWO");
  });

  test.each([
    ["no-such.yaml", "there is no such file"],
    ["", "it is a folder"],
  ])("says why %p cannot be read", async (name, message) => {
    const error = await read([join(folder, name)]).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(message);
  });

  test("takes stdin once", async () => {
    const error = await read(["-", "-"]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "USAGE" });
  });
});
