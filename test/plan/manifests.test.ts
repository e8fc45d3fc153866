// `--components`: variables as clusterctl fills them in, and whose each object is.
import { describe, expect, test } from "bun:test";
import { PivotError } from "../../src/model/error.ts";
import type { Json } from "../../src/model/object.ts";
import { type ManifestFile, readManifests } from "../../src/plan/manifests.ts";
import { substitute } from "../../src/plan/variables.ts";
import { namesOf } from "./provider-world.ts";

const ENVIRONMENT: Readonly<Record<string, string>> = { A: "one", EMPTY: "", B: "two" };
const D = "$";

describe("variables", () => {
  test.each([
    ["nothing at all: $(POD) $X {}", "nothing at all: $(POD) $X {}"],
    [`${D}{A}-${D}{B}`, "one-two"],
    [`${D}{ A }${D}{A }`, "oneone"],
    [`${D}{A:=x}${D}{NONE:=x}${D}{NONE:-y}${D}{NONE=z}`, "onexyz"],
    [`${D}{EMPTY:=x}`, "x"],
    [`[${D}{EMPTY}]`, "[]"],
    [`${D}{NONE:=:8443}`, ":8443"],
    [`${D}{NONE:=""}`, '""'],
    [`${D}{NONE:=${D}{A}}${D}{NONE:=x${D}{NONE:=y}z}`, "onexyz"],
    [`${D}${D}{A}`, `${D}{A}`],
  ])("%s is %s", (text, want) => {
    expect(substitute(text, (name) => ENVIRONMENT[name])).toEqual({
      text: want,
      missing: [],
      unsupported: [],
    });
  });

  test("without a value are listed once, sorted", () => {
    const text = `${D}{Z} ${D}{NONE} ${D}{NONE:=} ${D}{Z} ${D}{A:=${D}{UNUSED}} ${D}{M:=x${D}{INNER}}`;
    const { missing } = substitute(text, (name) => ENVIRONMENT[name]);
    expect(missing).toEqual(["INNER", "NONE", "Z"]);
  });

  test.each([`${D}{A^^}`, `${D}{A/x/y}`, `${D}{#A}`, `${D}{A:1:2}`, `${D}{}`, `${D}{NONE:=x`])(
    "%s is refused",
    (text) => {
      const { unsupported } = substitute(`x ${text}\ny: 1`, (name) => ENVIRONMENT[name]);
      expect(unsupported).toHaveLength(1);
    },
  );
});

function aDocument(text: string, label?: string, namespace?: string): Json {
  const [kind, name] = text.split(" ");
  const labels = label === undefined ? {} : { labels: { "cluster.x-k8s.io/provider": label } };
  const place = namespace === undefined ? {} : { namespace };
  return { apiVersion: "v1", kind, metadata: { name, ...place, ...labels } };
}

function aFile(...documents: readonly Json[]): ManifestFile {
  return { name: "file.yaml", documents };
}

function read(...files: readonly ManifestFile[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(readManifests(files).map((one) => [one.owner, namesOf(one)]));
}

describe("manifests", () => {
  test("are sorted by owner and in the order of creation", () => {
    const file = aFile(
      aDocument("Service s", "a", "ns"),
      null,
      { kind: "List", apiVersion: "v1", items: [aDocument("Secret t", "a", "ns")] },
      aDocument("Namespace ns", "a"),
    );
    expect(read(file, aFile(aDocument("Secret u", "b", "other")))).toEqual({
      a: ["Namespace ns", "Secret ns/t", "Service ns/s"],
      b: ["Secret other/u"],
    });
  });

  test("without a label belong to the owner of their namespace, or to the only one of their file", () => {
    const two = aFile(
      aDocument("Secret a", "a", "a-system"),
      aDocument("Secret b", "b", "b-system"),
      aDocument("Namespace a-system"),
      aDocument("ConfigMap c", undefined, "b-system"),
    );
    const one = aFile(aDocument("Secret d", "d", "d-system"), aDocument("ClusterRole d"));
    expect(read(two, one)).toEqual({
      a: ["Namespace a-system", "Secret a-system/a"],
      b: ["Secret b-system/b", "ConfigMap b-system/c"],
      d: ["Secret d-system/d", "ClusterRole d"],
    });
  });

  test("of cert-manager are known by its CRDs", () => {
    const crd = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "certificates.cert-manager.io" },
      spec: { group: "cert-manager.io" },
    };
    expect(Object.keys(read(aFile(crd, aDocument("Namespace cert-manager"))))).toEqual([
      "cert-manager",
    ]);
  });

  test.each<readonly [string, ManifestFile]>([
    ["file.yaml holds no objects", aFile(null)],
    ["file.yaml holds no objects", aFile()],
    ["file.yaml holds a document that is no object", aFile("text")],
    [
      "file.yaml holds an object without kind (x)",
      aFile({ apiVersion: "v1", metadata: { name: "x" } }),
    ],
    [
      "file.yaml holds an object without metadata.name (Secret)",
      aFile({ apiVersion: "v1", kind: "Secret" }),
    ],
    [
      "file.yaml holds an object without apiVersion (Secret x)",
      aFile({ kind: "Secret", metadata: { name: "x" } }),
    ],
    [
      "file.yaml says nowhere whose components it holds: no object has the label cluster.x-k8s.io/provider",
      aFile(aDocument("Secret a")),
    ],
    [
      "file.yaml holds components of a, b; nothing tells whose ClusterRole c is",
      aFile(aDocument("Secret a", "a"), aDocument("Secret b", "b"), aDocument("ClusterRole c")),
    ],
    [
      "--components gives Secret ns/a twice",
      aFile(aDocument("Secret a", "a", "ns"), aDocument("Secret a", "a", "ns")),
    ],
  ])("%s", (message, file) => {
    const error = (() => {
      try {
        return readManifests([file]);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(PivotError);
    expect(error).toMatchObject({ code: "USAGE", exitCode: 2, message });
  });
});
