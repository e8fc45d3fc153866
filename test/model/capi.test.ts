import { describe, expect, test } from "bun:test";
import {
  CLUSTER_SECRET_SUFFIXES,
  isCluster,
  isIpPool,
  OUR_PREFIX,
  OURS,
} from "../../src/model/capi.ts";

describe("the contract", () => {
  test.each([
    ["cluster.x-k8s.io", "Cluster", true],
    ["cluster.x-k8s.io", "ClusterClass", false],
    ["management.cattle.io", "Cluster", false],
  ])("%s %s is a Cluster: %p", (group, kind, want) => {
    expect(isCluster({ group, kind })).toBe(want);
  });

  test.each([
    ["ipam.cluster.x-k8s.io", "InClusterIPPool", true],
    ["ipam.cluster.x-k8s.io", "GlobalInClusterIPPool", true],
    ["ipam.metal3.io", "IPPool", true],
    ["ipam.cluster.x-k8s.io", "IPAddress", false],
    ["cluster.x-k8s.io", "MachinePool", false],
    ["infrastructure.cluster.x-k8s.io", "DockerMachinePool", false],
  ])("%s %s is a pool of addresses: %p", (group, kind, want) => {
    expect(isIpPool({ group, kind })).toBe(want);
  });

  test("a purpose of a secret never hides a longer one", () => {
    const hidden = CLUSTER_SECRET_SUFFIXES.filter((suffix, index) =>
      CLUSTER_SECRET_SUFFIXES.slice(index + 1).some((later) => later.endsWith(`-${suffix}`)),
    );
    expect(hidden).toEqual([]);
  });

  test("whatever is ours can be told by its prefix", () => {
    expect(Object.values(OURS).filter((key) => !key.startsWith(OUR_PREFIX))).toEqual([]);
  });
});
