import { describe, expect, test } from "bun:test";
import { PivotError } from "../../src/model/error.ts";
import type { Scope } from "../../src/model/plan.ts";
import { chooseScope, requireScope, requireSomethingToMove } from "../../src/plan/scope.ts";
import { anObject, aScope, inventoryOf, KINDS, planOf, verdictsText } from "./inventory-of.ts";

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

describe("Clusters that are chosen", () => {
  const blue = { labels: { team: "blue" } };
  const fleet = inventoryOf([
    ...["Namespace ns1", "Namespace ns2"].map((key) => anObject(key)),
    anObject("Cluster ns1/web", blue),
    anObject("Cluster ns1/db"),
    anObject("Cluster ns2/edge", blue),
  ]);
  const cases: readonly (readonly [string, Partial<Scope>, readonly string[] | string])[] = [
    ["everything is no choice", {}, []],
    ["a named one", { clusters: ["ns1/db"] }, ["ns1/db"]],
    ["by label", { selector: "team=blue" }, ["ns1/web", "ns2/edge"]],
    ["by label in a namespace", { selector: "team=blue", namespaces: ["ns2"] }, ["ns2/edge"]],
    ["all but one", { excluded: ["ns1/web"] }, ["ns1/db", "ns2/edge"]],
    ["all but one of a namespace", { excluded: ["ns1/web"], namespaces: ["ns1"] }, ["ns1/db"]],
    ["by label but one", { excluded: ["ns1/web"], selector: "team" }, ["ns2/edge"]],
    ["a label that none has", { selector: "team=red" }, "NOTHING_SELECTED"],
    ["all excluded", { excluded: ["ns2/edge"], namespaces: ["ns2"] }, "NOTHING_SELECTED"],
    ["an excluded one that is unknown", { excluded: ["ns1/edge"] }, "CLUSTER_NOT_FOUND"],
  ];

  test.each(cases)("%s", (_name, scope, want) => {
    const choose = () => chooseScope(fleet, aScope(scope)).clusters;
    if (typeof want === "string") expect(codeOf(choose)).toBe(want);
    else expect(choose()).toEqual([...want]);
  });

  test.each<[string, Partial<Scope>, string]>([
    ["another namespace", { clusters: ["ns1/edge"] }, "did you mean --cluster ns2/edge?"],
    ["a slip", { clusters: ["ns1/wbe"] }, "did you mean --cluster ns1/web?"],
    ["a slip in what stays", { excluded: ["ns1/bd"] }, "did you mean --exclude-cluster ns1/db?"],
    ["a slip in a namespace", { namespaces: ["sn1"] }, "did you mean --namespace ns1?"],
  ])("%s is answered with what was meant", (_name, scope, hint) => {
    expect(() => chooseScope(fleet, aScope(scope))).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(hint), exitCode: 2 }),
    );
  });

  test("what is chosen by label is no namespace: classes come with the Clusters that use them", () => {
    const objects = [...fleet.objects.values(), anObject("ClusterClass ns1/idle")];
    const scope = { namespaces: ["ns1"], excluded: ["ns1/web"], clusters: ["ns1/db"] };
    expect(verdictsText(planOf(objects, { scope }))).toEqual({
      "Cluster ns1/db": "move",
      "Cluster ns1/web": "keep",
      "Cluster ns2/edge": "keep",
      "ClusterClass ns1/idle": "keep",
    });
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
