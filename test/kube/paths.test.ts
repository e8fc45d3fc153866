import { expect, test } from "bun:test";
import { type PathParts, resourcePath } from "../../src/kube/paths.ts";
import type { ResourceKind } from "../../src/model/kinds.ts";
import { CONFIG_MAP, kindOf } from "./kinds.ts";

const MACHINE = kindOf("cluster.x-k8s.io", "v1beta1", "Machine", "machines");
const ROLE: ResourceKind = {
  ...kindOf("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles"),
  namespaced: false,
};

const paths: readonly [string, ResourceKind, PathParts, string][] = [
  ["core kinds live below /api", CONFIG_MAP, {}, "/api/v1/configmaps"],
  ["groups live below /apis", MACHINE, {}, "/apis/cluster.x-k8s.io/v1beta1/machines"],
  [
    "an object has namespace, name and subresource",
    MACHINE,
    { namespace: "ns1", name: "m1", subresource: "status" },
    "/apis/cluster.x-k8s.io/v1beta1/namespaces/ns1/machines/m1/status",
  ],
  [
    "a cluster-scoped kind ignores the namespace",
    ROLE,
    { namespace: "ns1", name: "admin" },
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/admin",
  ],
  [
    "odd names are escaped and keep their case",
    ROLE,
    { name: "System:x/y" },
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/System%3Ax%2Fy",
  ],
  [
    "absent and empty query values are left out",
    CONFIG_MAP,
    { query: { limit: "500", continue: undefined, labelSelector: "a=b,c", dryRun: "" } },
    "/api/v1/configmaps?limit=500&labelSelector=a%3Db%2Cc",
  ],
];

test.each(paths)("%s", (_name, kind, parts, want) => {
  expect(resourcePath(kind, parts)).toBe(want);
});
