import { describe, expect, test } from "bun:test";
import { OURS } from "../../src/model/capi.ts";
import type { KubeObject } from "../../src/model/object.ts";
import { unpausePatches } from "../../src/run/freeze.ts";
import { encodeManagedFields } from "../../src/run/managed-fields.ts";

const MANAGED = [{ manager: "helm", operation: "Apply", apiVersion: "cluster.x-k8s.io/v1beta2" }];

function frozenCluster(before: string): KubeObject {
  return {
    apiVersion: "cluster.x-k8s.io/v1beta2",
    kind: "Cluster",
    metadata: {
      namespace: "ns1",
      name: "c1",
      uid: "uid-1",
      resourceVersion: "1",
      annotations: {
        [OURS.run]: "0a1b2c3d",
        [OURS.pausedBefore]: before,
        [OURS.managedFields]: encodeManagedFields(MANAGED),
      },
    },
    spec: { paused: true },
  };
}

describe("what takes a pause off a Cluster", () => {
  test("is one patch when nothing was written about it before", () => {
    expect(unpausePatches(frozenCluster("absent"))).toMatchObject([
      { metadata: { annotations: { [OURS.run]: null } }, spec: { paused: null } },
    ]);
  });

  // A process that dies between the two must leave what says whose the fields were.
  test("keeps our annotations until field ownership is as it was", () => {
    const [first, second] = unpausePatches(frozenCluster("false"));
    expect(first).toEqual({ metadata: { uid: "uid-1" }, spec: { paused: false } });
    expect(second).toMatchObject({
      metadata: { managedFields: [{ manager: "helm" }], annotations: { [OURS.run]: null } },
    });
    expect(second).not.toHaveProperty("spec");
  });
});
