import { describe, expect, test } from "bun:test";
import { buildGraph } from "../../src/plan/graph.ts";
import { anObject, inventoryOf, KINDS, uidOf } from "./inventory-of.ts";

describe("buildGraph", () => {
  const objects = [
    anObject("Machine ns1/m", {
      owners: ["MachineSet ns1/ms", "Machine ns1/gone", "Cluster ns1/a", "MachineSet ns1/ms"],
    }),
    anObject("MachineSet ns1/ms"),
    anObject("Cluster ns1/a"),
    anObject("Secret ns1/a-ca"),
  ];
  const graph = buildGraph(inventoryOf(objects));
  const node = (key: string) => graph.get(uidOf(key));

  test("nodes are sorted by id, whatever order the lists came in", () => {
    const labels = [...graph.values()].map(({ label }) => label);
    expect(labels).toEqual([
      "Cluster.cluster.x-k8s.io ns1/a",
      "Machine.cluster.x-k8s.io ns1/m",
      "MachineSet.cluster.x-k8s.io ns1/ms",
      "Secret ns1/a-ca",
    ]);
    expect([...buildGraph(inventoryOf([...objects].reverse())).entries()]).toEqual([
      ...graph.entries(),
    ]);
  });

  test("whatever their uids are", () => {
    const others = objects.map((object, index) => ({
      ...object,
      metadata: { ...object.metadata, uid: `${index % 2}-${index}` },
    }));
    const labels = [...buildGraph(inventoryOf(others)).values()].map(({ label }) => label);
    expect(labels).toEqual([...graph.values()].map(({ label }) => label));
  });

  test("owners keep the order of the references, each once; those that are gone are apart", () => {
    expect(node("Machine ns1/m")?.owners).toEqual([
      uidOf("MachineSet ns1/ms"),
      uidOf("Cluster ns1/a"),
    ]);
    expect(node("Machine ns1/m")?.dangling).toEqual([uidOf("Machine ns1/gone")]);
  });

  test("dependents are the same edges from above", () => {
    expect(node("Cluster ns1/a")?.dependents).toEqual([uidOf("Machine ns1/m")]);
    expect(node("MachineSet ns1/ms")?.dependents).toEqual([uidOf("Machine ns1/m")]);
    expect(node("Cluster ns1/a")?.softDependents).toEqual([uidOf("Secret ns1/a-ca")]);
  });

  test("an object of a kind that discovery does not know is not there", () => {
    const kinds = new Map(KINDS);
    kinds.delete("Secret");
    expect(buildGraph(inventoryOf(objects, { kinds })).has(uidOf("Secret ns1/a-ca"))).toBe(false);
  });
});
