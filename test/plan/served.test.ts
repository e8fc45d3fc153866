import { describe, expect, test } from "bun:test";
import { servedBy } from "../../src/plan/served.ts";
import { inventoryOf, kindOf } from "./inventory-of.ts";

describe("servedBy", () => {
  const machine = { ...kindOf("Machine"), versions: ["v1beta2", "v1beta1"], version: "v1beta1" };
  const kinds = new Map([
    ["Machine.cluster.x-k8s.io", machine],
    ["Secret", kindOf("Secret")],
  ]);
  const { serves, versionOf } = servedBy(inventoryOf([], { kinds }));

  test.each([
    ["cluster.x-k8s.io/v1beta2", true],
    ["cluster.x-k8s.io/v1beta1", true],
    ["cluster.x-k8s.io/v1alpha4", false],
    ["v1", true],
    ["apps/v1", false],
  ])("%s: %p", (apiVersion, want) => {
    expect(serves(apiVersion)).toBe(want);
  });

  test("the version for a reference is the newest", () => {
    expect(versionOf("cluster.x-k8s.io", "Machine")).toBe("v1beta2");
    expect(versionOf("cluster.x-k8s.io", "Other")).toBeUndefined();
  });
});
