import { describe, expect, test } from "bun:test";
import { ANNOTATION } from "../../src/model/capi.ts";
import type { Finding } from "../../src/model/plan.ts";
import { refOf, sortFindings } from "../../src/plan/findings.ts";
import { anObject, findingsText, inventoryOf, kindOf, planOf } from "./inventory-of.ts";

const acknowledging = { conditions: [{ type: "Paused", status: "False" }] };
const cluster = anObject("Cluster ns1/a", { status: acknowledging });

describe("findings", () => {
  test("errors come first, then by code, then by object", () => {
    const objects = [
      cluster,
      anObject("Pod ns1/z", { owners: ["Cluster ns1/a"] }),
      anObject("Pod ns1/b", { owners: ["Cluster ns1/a"] }),
      anObject("Secret ns1/s", { owners: ["Cluster ns1/a", "Secret ns1/gone"] }),
      anObject("ServerClaim ns1/c", { owners: ["Cluster ns1/a"] }),
      anObject("Machine ns1/m", {
        owners: ["Cluster ns1/a"],
        deleting: true,
        status: acknowledging,
      }),
    ];
    const want = [
      "error FOREIGN_DEPENDENT Pod ns1/b",
      "error FOREIGN_DEPENDENT Pod ns1/z",
      "error OBJECT_BEING_DELETED Machine ns1/m",
      "warning KIND_NOT_HELD ServerClaim ns1/c",
      "note OWNER_DANGLING Secret ns1/s",
    ];
    expect(findingsText(planOf(objects).findings)).toEqual(want);
    expect(findingsText(planOf([...objects].reverse()).findings)).toEqual(want);
  });

  test("sorting does not depend on what came first", () => {
    const of = (severity: Finding["severity"], name: string): Finding => ({
      code: "OWNER_DANGLING",
      severity,
      objects: [{ group: "", kind: "Secret", namespace: "ns1", name }],
      why: "gone",
      hint: "",
    });
    const sorted = [of("error", "b"), of("warning", "a"), of("note", "a"), of("note", "c")];
    expect(sortFindings([...sorted].reverse())).toEqual(sorted);
  });

  test("a kind that may not be listed says which rule is missing", () => {
    const kind = kindOf("DockerMachine");
    const source = inventoryOf([cluster], { unlisted: [{ kind, message: "forbidden" }] });
    expect(planOf([cluster], { source }).findings).toEqual([
      {
        code: "KIND_NOT_LISTED",
        severity: "error",
        objects: [],
        why: "the source may not be asked for dockermachines.infrastructure.cluster.x-k8s.io, so what belongs to the clusters cannot be known: forbidden",
        hint: 'grant the rule {apiGroups: ["infrastructure.cluster.x-k8s.io"], resources: ["dockermachines"], verbs: ["list"]} to this user of the source',
      },
    ]);
  });

  test("block-move is warned of, whatever its value", () => {
    const blocked = anObject("Cluster ns1/a", {
      status: acknowledging,
      annotations: { [ANNOTATION.blockMove]: "" },
    });
    expect(findingsText(planOf([blocked]).findings)).toEqual([
      "warning MOVE_BLOCKED_BY_ANNOTATION Cluster ns1/a",
    ]);
  });

  test("an owner that stays is named", () => {
    const plan = planOf(
      [
        cluster,
        anObject("Cluster ns1/b"),
        anObject("DockerMachineTemplate ns1/t", { owners: ["Cluster ns1/a", "Cluster ns1/b"] }),
      ],
      { scope: { clusters: ["ns1/a"] } },
    );
    expect(plan.findings.map(({ why }) => why)).toEqual([
      "its owner Cluster.cluster.x-k8s.io ns1/b stays in the source; the copy is made without that reference",
    ]);
  });

  test("references are written as the flags take them", () => {
    expect(refOf({ group: "apps", kind: "Deployment", namespace: "ns1", name: "d" })).toBe(
      "Deployment.apps/ns1/d",
    );
    expect(refOf({ group: "", kind: "Node", name: "n" })).toBe("Node/n");
  });
});
