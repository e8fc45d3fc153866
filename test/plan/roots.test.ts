import { describe, expect, test } from "bun:test";
import { LABEL } from "../../src/model/capi.ts";
import type { ResourceKind } from "../../src/model/kinds.ts";
import { buildGraph } from "../../src/plan/graph.ts";
import { isNamed, isProviderKind } from "../../src/plan/roots.ts";
import { anObject, inventoryOf, kindOf } from "./inventory-of.ts";

function aKind(group: string, labels?: Readonly<Record<string, string>>): ResourceKind {
  const { crd, ...kind } = kindOf("Machine");
  if (labels === undefined || crd === undefined) return { ...kind, group };
  return { ...kind, group, crd: { ...crd, labels } };
}

describe("kinds of a provider", () => {
  const cases: Readonly<Record<string, readonly [ResourceKind, boolean]>> = {
    "by the core group": [aKind("cluster.x-k8s.io", {}), true],
    "by a group below it": [aKind("infrastructure.cluster.x-k8s.io", {}), true],
    "by clusterctl's label": [aKind("metal3.io", { [LABEL.clusterctl]: "" }), true],
    "by the provider's label": [aKind("azure.com", { [LABEL.provider]: "x" }), true],
    "by a contract label": [aKind("example.dev", { "cluster.x-k8s.io/v1beta2": "v1" }), true],
    "not by another label": [aKind("example.dev", { "cluster.x-k8s.io/vip": "" }), false],
    "not without evidence": [aKind("example.dev", {}), false],
    "not by a name that only looks alike": [aKind("mycluster.x-k8s.io", {}), false],
    "not cert-manager, though clusterctl installed it": [
      aKind("cert-manager.io", { [LABEL.clusterctl]: "", [LABEL.clusterctlCore]: "cert-manager" }),
      false,
    ],
    "not clusterctl's own inventory": [
      aKind("clusterctl.cluster.x-k8s.io", { [LABEL.clusterctl]: "" }),
      false,
    ],
    "not the operator's": [aKind("operator.cluster.x-k8s.io", {}), false],
    "not a built-in kind": [aKind("cluster.x-k8s.io"), false],
  };

  test.each(Object.entries(cases))("%s", (_name, [kind, want]) => {
    expect(isProviderKind(kind)).toBe(want);
  });
});

describe("KIND/ns/name", () => {
  const [node] = buildGraph(inventoryOf([anObject("Machine ns1/m")])).values();
  const [global] = buildGraph(inventoryOf([anObject("FleetClusterIdentity id")])).values();

  test.each([
    ["by kind", { kind: "Machine", namespace: "ns1", name: "m" }, true],
    ["by kind and group", { kind: "Machine.cluster.x-k8s.io", namespace: "ns1", name: "m" }, true],
    ["another group", { kind: "Machine.other.dev", namespace: "ns1", name: "m" }, false],
    ["another kind", { kind: "MachineSet", namespace: "ns1", name: "m" }, false],
    ["another namespace", { kind: "Machine", namespace: "ns2", name: "m" }, false],
    ["no namespace", { kind: "Machine", name: "m" }, false],
    ["another name", { kind: "Machine", namespace: "ns1", name: "n" }, false],
  ])("%s", (_name, ref, want) => {
    expect(node !== undefined && isNamed(node, [ref])).toBe(want);
  });

  test("a cluster-scoped object has no namespace", () => {
    const ref = { kind: "FleetClusterIdentity", name: "id" };
    expect(global !== undefined && isNamed(global, [ref])).toBe(true);
    expect(global !== undefined && isNamed(global, [{ ...ref, namespace: "ns1" }])).toBe(false);
  });
});
