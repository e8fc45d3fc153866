import { describe, expect, test } from "bun:test";
import { parseJson } from "../../src/kube/json.ts";
import {
  apiVersionOf,
  asRecord,
  compareStrings,
  fieldAt,
  formatId,
  groupOf,
  idOf,
  kindKey,
  stringAt,
} from "../../src/model/object.ts";

describe("identities", () => {
  const metadata = { name: "m", namespace: "ns1", uid: "u", resourceVersion: "1" };

  test("do not know the version", () => {
    const [old, current] = ["v1beta1", "v1beta2"].map((version) =>
      idOf({ apiVersion: `cluster.x-k8s.io/${version}`, kind: "Machine", metadata }),
    );
    expect(old).toEqual({
      group: "cluster.x-k8s.io",
      kind: "Machine",
      namespace: "ns1",
      name: "m",
    });
    expect(current).toEqual(old as never);
  });

  test.each([
    [
      "Machine.cluster.x-k8s.io ns1/m",
      { group: "cluster.x-k8s.io", kind: "Machine", namespace: "ns1", name: "m" },
    ],
    ["Secret ns1/s", { group: "", kind: "Secret", namespace: "ns1", name: "s" }],
    ["Node n", { group: "", kind: "Node", name: "n" }],
    ["Identity.x.dev i", { group: "x.dev", kind: "Identity", name: "i" }],
  ])("are printed as %s", (want, id) => {
    expect(formatId(id)).toBe(want);
    expect(want.startsWith(kindKey(id))).toBe(true);
  });

  test.each([
    ["v1", "", "v1"],
    ["apps/v1", "apps", "v1"],
    ["cluster.x-k8s.io/v1beta2", "cluster.x-k8s.io", "v1beta2"],
  ])("%s is a group and a version", (apiVersion, group, version) => {
    expect(groupOf(apiVersion)).toBe(group);
    expect(apiVersionOf(group, version)).toBe(apiVersion);
  });

  test("sort the same on every machine", () => {
    const words = ["b", "ä", "B", "a", "a-b", "a/b"];
    expect([...words].sort(compareStrings)).toEqual(["B", "a", "a-b", "a/b", "b", "ä"]);
    expect(compareStrings("a", "a")).toBe(0);
  });
});

describe("fields of unknown shape", () => {
  const value = parseJson('{"a": {"b": [1], "c": "x", "d": "", "n": 1.0}}');

  test("are read along a path, and are nothing where it breaks off", () => {
    expect(fieldAt(value, "a", "b")).toEqual([1]);
    expect(fieldAt(value)).toBe(value);
    expect(fieldAt(value, "a", "b", "0")).toBeUndefined();
    expect(fieldAt(value, "x", "y")).toBeUndefined();
    expect(fieldAt(null, "x")).toBeUndefined();
  });

  test("texts are read when they are texts, and not empty", () => {
    expect(stringAt(value, "a", "c")).toBe("x");
    expect(stringAt(value, "a", "d")).toBeUndefined();
    expect(stringAt(value, "a", "b")).toBeUndefined();
  });

  test("records are neither lists nor null", () => {
    expect(asRecord({ a: 1 })).toEqual({ a: 1 });
    expect([asRecord([]), asRecord(null), asRecord("x"), asRecord(undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
