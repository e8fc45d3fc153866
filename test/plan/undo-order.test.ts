import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../src/model/object.ts";
import { undoWaves } from "../../src/plan/undo-order.ts";

function copy(name: string, kind: string, ...owners: readonly string[]): KubeObject {
  const isCapi = ["Cluster", "ClusterClass", "Machine"].includes(kind);
  return {
    apiVersion: isCapi ? "cluster.x-k8s.io/v1beta2" : "v1",
    kind,
    metadata: {
      name,
      namespace: "a",
      uid: name,
      resourceVersion: "1",
      ownerReferences: owners.map((uid) => ({ apiVersion: "v1", kind: "Any", name: uid, uid })),
    },
  };
}

function order(...copies: readonly KubeObject[]): readonly (readonly string[])[] {
  return undoWaves(copies).map((wave) => wave.map(({ metadata }) => metadata.name));
}

describe("undoWaves", () => {
  test("dependents go before their owners, whatever the order of the list", () => {
    const all = [
      copy("cluster", "Cluster"),
      copy("machine", "Machine", "cluster"),
      copy("secret", "Secret", "machine"),
    ];
    const expected = [["secret"], ["machine"], ["cluster"]];
    expect(order(...all)).toEqual(expected);
    expect(order(...[...all].reverse())).toEqual(expected);
  });

  test("a Cluster goes after what nobody owns: it may be paused through the Cluster", () => {
    expect(order(copy("cluster", "Cluster"), copy("template", "ConfigMap"))).toEqual([
      ["template"],
      ["cluster"],
    ]);
  });

  test("what owns a Cluster goes last, or the collector would take the Cluster", () => {
    const claim = copy("claim", "ConfigMap");
    expect(order(claim, copy("cluster", "Cluster", "claim"), copy("other", "ConfigMap"))).toEqual([
      ["other"],
      ["cluster"],
      ["claim"],
    ]);
  });

  test("a class goes after the Clusters that use it, though it owns none, and after its templates", () => {
    const template = copy("template", "ConfigMap", "class");
    expect(order(copy("class", "ClusterClass"), template, copy("cluster", "Cluster"))).toEqual([
      ["template"],
      ["cluster"],
      ["class"],
    ]);
  });

  test("owners that are no copies do not count", () => {
    expect(order(copy("one", "Secret", "elsewhere"), copy("two", "Secret"))).toEqual([
      ["one", "two"],
    ]);
  });

  test("a cycle of owners holds nothing up, and nothing is left out", () => {
    const waves = order(copy("a", "Secret", "b"), copy("b", "Secret", "a"));
    expect(waves.flat().sort()).toEqual(["a", "b"]);
  });
});
