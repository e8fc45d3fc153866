import { describe, expect, test } from "bun:test";
import { OURS } from "../../src/model/capi.ts";
import type { KubeObject } from "../../src/model/object.ts";
import type { RunRecord } from "../../src/model/run-record.ts";
import type { Marks } from "../../src/model/status.ts";
import { marksOf, NO_MARKS, originalsOf } from "../../src/plan/marks.ts";
import { anObject, type Facts, inventoryOf, NO_MATERIAL, uidOf } from "./inventory-of.ts";
import { aRecord } from "./looks.ts";

const RUN = { [OURS.run]: "1a2b3c4d" };
const PAUSED = { [OURS.pausedBefore]: "absent" };

function copyOf(key: string, verdict: "move" | "copy", more: Facts["annotations"] = {}) {
  const annotations = { ...RUN, ...more, [OURS.sourceUid]: uidOf(key), [OURS.verdict]: verdict };
  return anObject(key, { annotations });
}

function workload(name: string, replicas: number | undefined, run: string): KubeObject {
  const labels = { [OURS.run]: run, [OURS.replicasBefore]: "1" };
  const made = anObject(`Deployment ns1/${name}`, { labels });
  return { ...made, spec: replicas === undefined ? {} : { replicas } };
}

describe("what carries the mark of a run is counted", () => {
  const cases: Readonly<Record<string, readonly [readonly KubeObject[], Partial<Marks>]>> = {
    "copies by verdict, and those that are paused": [
      [
        copyOf("Cluster ns1/a", "move", PAUSED),
        copyOf("Machine ns1/m", "move"),
        copyOf("ClusterClass ns1/c", "copy", PAUSED),
      ],
      { moved: 2, shared: 1, pausedCopies: 2 },
    ],
    "roots of a source": [
      [anObject("Cluster ns1/a", { annotations: { ...RUN, ...PAUSED } })],
      { pausedRoots: 1 },
    ],
    "what was cut off its owners": [
      [anObject("Secret ns1/s", { annotations: { ...RUN, [OURS.ownersBefore]: "[]" } })],
      { cut: 1 },
    ],
    "components, their namespaces among them": [
      ["Deployment ns1/d", "Namespace capi-system"].map((key) =>
        anObject(key, { annotations: { ...RUN, [OURS.component]: "cluster-api" } }),
      ),
      { components: 2 },
    ],
    "other namespaces": [[anObject("Namespace ns1", { annotations: RUN })], { namespaces: 1 }],
    "nothing that a run has released": [[anObject("Cluster ns1/a")], {}],
  };

  test.each(Object.entries(cases))("%s", (_, [objects, want]) => {
    const marks = marksOf(inventoryOf(objects)).get("1a2b3c4d") ?? NO_MARKS;
    expect(marks).toEqual({ ...NO_MARKS, ...want });
  });

  test("controllers by their label, whatever they are scaled to, each for its run", () => {
    const workloads = [
      workload("a", 0, "one"),
      workload("b", 2, "one"),
      workload("c", undefined, "one"),
      workload("d", 0, "two"),
    ];
    const marks = marksOf(inventoryOf([], { material: { ...NO_MATERIAL, workloads } }));
    expect([...marks]).toEqual([
      ["one", { ...NO_MARKS, controllers: 3, atZero: 1 }],
      ["two", { ...NO_MARKS, controllers: 1, atZero: 1 }],
    ]);
  });
});

describe("originals that are still in the source", () => {
  const cluster = (name: string) => anObject(`Cluster ns1/${name}`);
  const machine = (name: string, facts: Facts = {}) =>
    anObject(`Machine ns1/${name}`, { owners: [`Cluster ns1/${name}`], ...facts });
  const fleet = [cluster("a"), machine("a"), cluster("b"), machine("b")];
  const cases: Readonly<
    Record<string, readonly [readonly KubeObject[], Partial<RunRecord>, object]>
  > = {
    "of a whole pivot": [fleet, {}, { objects: 4, clusters: 2 }],
    "of one Cluster": [fleet, { clusters: ["ns1/a"] }, { objects: 2, clusters: 1 }],
    "of another namespace": [fleet, { namespaces: ["ns2"] }, { objects: 0, clusters: 0 }],
    "when dependents are gone": [[cluster("a")], {}, { objects: 1, clusters: 1 }],
    "while one is being deleted": [
      [cluster("a"), machine("a", { deleting: true })],
      {},
      { objects: 2, clusters: 1 },
    ],
    "but what is left behind": [
      fleet,
      { leave: [{ kind: "Machine", namespace: "ns1", name: "b" }] },
      { objects: 3, clusters: 2 },
    ],
    "but what is shared": [
      [...fleet, anObject("ClusterClass ns1/c")],
      { clusters: ["ns1/a"] },
      { objects: 2, clusters: 1 },
    ],
  };

  test.each(Object.entries(cases))("%s", (_, [objects, change, want]) => {
    expect(originalsOf(aRecord(change), inventoryOf(objects))).toEqual(
      want as ReturnType<typeof originalsOf>,
    );
  });

  test("beside the target, how many have a copy of this run", () => {
    const target = inventoryOf([
      copyOf("Cluster ns1/a", "move", PAUSED),
      copyOf("Machine ns1/gone", "move"),
      anObject("Machine ns1/a"),
    ]);
    expect(originalsOf(aRecord(), inventoryOf(fleet), target)).toEqual({
      objects: 4,
      clusters: 2,
      copied: 1,
    });
  });
});
