import { describe, expect, test } from "bun:test";
import { PivotError } from "../../src/model/error.ts";
import type { Scope } from "../../src/model/plan.ts";
import { requireScope, requireSomethingToMove } from "../../src/plan/scope.ts";
import { anObject, aScope, inventoryOf, KINDS, planOf } from "./inventory-of.ts";

function codeOf(work: () => void): string {
  try {
    work();
    return "none";
  } catch (error) {
    if (error instanceof PivotError) return error.code;
    throw error;
  }
}

const objects = [
  anObject("Namespace ns1"),
  anObject("Cluster ns1/a"),
  anObject("FleetClusterIdentity id"),
];

describe("what the operator named", () => {
  const machine = { kind: "Cluster.cluster.x-k8s.io", namespace: "ns1", name: "a" };
  const cases: readonly (readonly [string, Partial<Scope>, string])[] = [
    ["everything", {}, "none"],
    ["a namespace", { namespaces: ["ns1"] }, "none"],
    ["no namespace", { namespaces: ["ns1", "ns2"] }, "NAMESPACE_NOT_FOUND"],
    ["a cluster", { clusters: ["ns1/a"] }, "none"],
    ["a cluster of another namespace", { clusters: ["ns2/a"] }, "CLUSTER_NOT_FOUND"],
    ["an object to include", { include: [machine] }, "none"],
    ["an object of any group", { include: [{ ...machine, kind: "Cluster" }] }, "none"],
    ["a cluster-scoped object", { leave: [{ kind: "FleetClusterIdentity", name: "id" }] }, "none"],
    [
      "an included object with a typing error",
      { include: [{ ...machine, name: "b" }] },
      "OBJECT_NOT_FOUND",
    ],
    [
      "a left object of another group",
      { leave: [{ ...machine, kind: "Cluster.x" }] },
      "OBJECT_NOT_FOUND",
    ],
    [
      "a left object without its namespace",
      { leave: [{ kind: "Cluster", name: "a" }] },
      "OBJECT_NOT_FOUND",
    ],
  ];

  test.each(cases)("%s", (_name, scope, want) => {
    expect(codeOf(() => requireScope(inventoryOf(objects), aScope(scope)))).toBe(want);
  });

  test("a cluster without Cluster API is no management cluster", () => {
    const kinds = new Map(KINDS);
    kinds.delete("Cluster.cluster.x-k8s.io");
    const inventory = inventoryOf([], { kinds });
    expect(codeOf(() => requireScope(inventory, aScope()))).toBe("NOT_CLUSTER_API");
  });
});

describe("something to move", () => {
  const check = (keys: readonly string[]) =>
    codeOf(() => {
      const source = keys.map((key) => anObject(key));
      requireSomethingToMove(inventoryOf(source), planOf(source));
    });

  test.each([
    ["a cluster", ["Cluster ns1/a"], "none"],
    ["only what is copied", ["FleetClusterIdentity id"], "NOTHING_TO_MOVE"],
    ["nothing of Cluster API", ["Secret ns1/s"], "NOTHING_TO_MOVE"],
    ["nothing at all", [], "NOTHING_TO_MOVE"],
  ])("%s", (_name, keys, want) => {
    expect(check(keys)).toBe(want);
  });

  test("what is in the way is the better answer", () => {
    const source = [anObject("Cluster ns1/a", { deleting: true })];
    expect(codeOf(() => requireSomethingToMove(inventoryOf(source), planOf(source)))).toBe("none");
  });
});
