import { describe, expect, test } from "bun:test";
import { accessQuestion, isGranted } from "../../src/plan/access-review.ts";
import { clusterRoleText, type Right } from "../../src/plan/missing-rules.ts";
import { rightsFinding } from "../../src/plan/needed-rights.ts";

const DELETE: Right = { group: "cluster.x-k8s.io", plural: "machines", verb: "delete" };
const STATUS: Right = { group: "cluster.x-k8s.io", plural: "machines/status", verb: "patch" };

describe("rules of a review", () => {
  const cases: readonly (readonly [string, Right, object, boolean])[] = [
    [
      "grant what they name",
      DELETE,
      { apiGroups: ["cluster.x-k8s.io"], resources: ["machines"], verbs: ["delete"] },
      true,
    ],
    ["grant all with stars", STATUS, { apiGroups: ["*"], resources: ["*"], verbs: ["*"] }, true],
    [
      "grant a subresource of all kinds",
      STATUS,
      { apiGroups: ["*"], resources: ["*/status"], verbs: ["*"] },
      true,
    ],
    [
      "do not grant a subresource with its kind",
      STATUS,
      { apiGroups: ["*"], resources: ["machines"], verbs: ["*"] },
      false,
    ],
    [
      "do not grant everything where they name objects",
      DELETE,
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"], resourceNames: ["m1"] },
      false,
    ],
    [
      "do not grant another group",
      DELETE,
      { apiGroups: [""], resources: ["*"], verbs: ["*"] },
      false,
    ],
  ];
  test.each(cases)("%s", (_, right, rule, expected) => {
    expect(isGranted(right, [rule])).toBe(expected);
  });
});

test("a subresource is asked for apart from its kind", () => {
  expect(accessQuestion(STATUS)).toMatchObject({
    spec: {
      resourceAttributes: { resource: "machines", subresource: "status", verb: "patch" },
    },
  });
});

test("rights that lack become one ClusterRole", () => {
  const rights = [DELETE, { ...DELETE, verb: "patch" }, STATUS];
  expect(clusterRoleText(rights, "x").split("\n").slice(4)).toEqual([
    '- apiGroups: ["cluster.x-k8s.io"]',
    '  resources: ["machines"]',
    '  verbs: ["delete", "patch"]',
    '- apiGroups: ["cluster.x-k8s.io"]',
    '  resources: ["machines/status"]',
    '  verbs: ["patch"]',
  ]);
});

test("and one finding, which says where they lack", () => {
  const rights = ["ns1", "ns2"].map((namespace) => ({ ...DELETE, namespace }));
  const [finding, ...others] = rightsFinding("source", rights);
  expect(others).toEqual([]);
  expect(finding?.why).toBe("this user of the source may not delete machines.cluster.x-k8s.io");
  expect(finding?.hint).toContain("(in ns1, ns2)");
  expect(finding?.hint).toContain("kind: ClusterRole\n");
  expect(rightsFinding("source", [])).toEqual([]);
});
