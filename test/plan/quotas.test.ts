import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../src/model/object.ts";
import type { Plan, PlannedObject } from "../../src/model/plan.ts";
import { quotaFindings } from "../../src/plan/quotas.ts";

const NAMES = ["a", "b", "c"];

function coming(plural: string, group: string): Plan {
  const objects = NAMES.map((name) => ({
    uid: name,
    id: { group, kind: plural, namespace: "ns1", name },
    kind: { group, plural },
  }));
  return {
    groups: [{ objects: objects as unknown as readonly PlannedObject[] }],
  } as unknown as Plan;
}

function quota(status: object, namespace = "ns1"): KubeObject {
  const metadata = { name: "small", namespace, uid: "q", resourceVersion: "1" };
  return { apiVersion: "v1", kind: "ResourceQuota", metadata, status };
}

describe("three objects and a quota", () => {
  const machines = coming("machines", "cluster.x-k8s.io");
  const key = "count/machines.cluster.x-k8s.io";
  const cases: readonly (readonly [string, Plan, KubeObject, string | undefined])[] = [
    ["fit", machines, quota({ hard: { [key]: "10" }, used: { [key]: "7" } }), undefined],
    [
      "fit not, by one",
      machines,
      quota({ hard: { [key]: "10" }, used: { [key]: "8" } }),
      "ResourceQuota ns1/small of the target has room for 2 of them, and 3 come",
    ],
    [
      "fit not, by the older name",
      coming("secrets", ""),
      quota({ hard: { secrets: "2" } }),
      "ResourceQuota ns1/small of the target has room for 2 of them, and 3 come",
    ],
    [
      "fit where it is another namespace's",
      machines,
      quota({ hard: { [key]: "0" } }, "ns2"),
      undefined,
    ],
    ["fit where it limits something else", machines, quota({ hard: { pods: "0" } }), undefined],
  ];
  test.each(cases)("%s", (_, plan, one, why) => {
    expect(quotaFindings(plan, [one], new Set()).map((finding) => finding.why)).toEqual(
      why === undefined ? [] : [why],
    );
  });

  test("fit where some are there already", () => {
    const one = quota({ hard: { [key]: "2" } });
    expect(quotaFindings(machines, [one], new Set(["a"]))).toEqual([]);
  });
});
