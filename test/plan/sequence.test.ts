import { describe, expect, test } from "bun:test";
import { LABEL } from "../../src/model/capi.ts";
import type { KubeObject } from "../../src/model/object.ts";
import { buildGraph } from "../../src/plan/graph.ts";
import { sequence } from "../../src/plan/sequence.ts";
import { anObject, inventoryOf, uidOf } from "./inventory-of.ts";

/** A graph from `{ dependent: [owners] }`, all of one kind. */
function machines(edges: Readonly<Record<string, readonly string[]>>): readonly KubeObject[] {
  return Object.entries(edges).map(([name, owners]) =>
    anObject(`Machine ns1/${name}`, { owners: owners.map((owner) => `Machine ns1/${owner}`) }),
  );
}

function order(objects: readonly KubeObject[], only?: readonly string[]) {
  const uids = only?.map((name) => uidOf(`Machine ns1/${name}`));
  const planned = new Set(uids ?? objects.map(({ metadata }) => metadata.uid));
  const { groups, cut } = sequence(buildGraph(inventoryOf(objects)), planned);
  const nameOf = (uid: string) => uid.replace(/^.*\//, "");
  return {
    groups: groups.map((group) => group.map(nameOf)),
    cut: Object.fromEntries([...cut].map(([uid, owners]) => [nameOf(uid), owners.map(nameOf)])),
  };
}

type Names = readonly string[];
interface Case {
  readonly edges: Readonly<Record<string, Names>>;
  readonly only?: Names;
  readonly groups: readonly Names[];
  readonly cut?: Readonly<Record<string, Names>>;
}

describe("sequence", () => {
  const cases: Readonly<Record<string, Case>> = {
    nothing: { edges: {}, groups: [] },
    "a chain has a group per link": {
      edges: { c: ["b"], b: ["a"], a: [] },
      groups: [["a"], ["b"], ["c"]],
    },
    "an object waits for its last owner": {
      edges: { top: [], middle: ["top"], low: ["middle", "top"], other: ["top"] },
      groups: [["top"], ["middle", "other"], ["low"]],
    },
    "what is not planned is not waited for": {
      edges: { top: [], middle: ["top"], low: ["middle"] },
      only: ["low", "top"],
      groups: [["low", "top"]],
    },
    "a circle is cut at the edge that closes it": {
      edges: { a: ["b"], b: ["c"], c: ["a"] },
      groups: [["c"], ["b"], ["a"]],
      cut: { c: ["a"] },
    },
    "an object that owns itself is cut from itself": {
      edges: { a: ["a"] },
      groups: [["a"]],
      cut: { a: ["a"] },
    },
    "two circles through one object": {
      edges: { a: ["b", "c"], b: ["a"], c: ["a"] },
      groups: [["b", "c"], ["a"]],
      cut: { b: ["a"], c: ["a"] },
    },
    "a circle below a root": {
      edges: { root: [], a: ["root", "b"], b: ["a"] },
      groups: [["b", "root"], ["a"]],
      cut: { b: ["a"] },
    },
    "a diamond is no circle": {
      edges: { top: [], left: ["top"], right: ["top"], low: ["left", "right"] },
      groups: [["top"], ["left", "right"], ["low"]],
    },
  };

  test.each(Object.entries(cases))("%s", (_name, { edges, only, groups, cut = {} }) => {
    expect(order(machines(edges), only)).toEqual({
      groups: groups.map((group) => [...group]),
      cut: Object.fromEntries(Object.entries(cut).map(([uid, owners]) => [uid, [...owners]])),
    });
  });

  test("order by convention gives way to order by reference", () => {
    const objects = [
      anObject("Cluster ns1/a", { owners: ["Tenant ns1/t"] }),
      anObject("Tenant ns1/t", { labels: { [LABEL.clusterName]: "a" } }),
      anObject("Machine ns1/m", { labels: { [LABEL.clusterName]: "a" } }),
    ];
    expect(order(objects)).toEqual({ groups: [["t"], ["a"], ["m"]], cut: {} });
  });
});
