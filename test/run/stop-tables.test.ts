// The pure parts of stopping and of keeping webhooks: tables.
import { describe, expect, test } from "bun:test";
import type { KubeObject, ManagedFieldsEntry } from "../../src/model/object.ts";
import { deadConfigurations } from "../../src/plan/source-webhooks.ts";
import { isHeldBy, LeaseWatch, leaseNames } from "../../src/run/leader-lease.ts";
import { ownershipBefore, replicasOwners } from "../../src/run/managed-fields.ts";
import { isOver } from "../../src/run/pod-ends.ts";
import { chunksOf } from "../../src/run/source-webhooks.ts";
import { selectorText } from "../../src/run/workload.ts";

function lease(holderIdentity: string, renewTime: string): KubeObject {
  const spec = { holderIdentity, renewTime, leaseDurationSeconds: 15 };
  const metadata = { name: "l", namespace: "ns", uid: "l", resourceVersion: "1" };
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
}

describe("a lease", () => {
  test("is silent when it was not renewed for a third of its duration", () => {
    const watch = new LeaseWatch();
    const look = (renewTime: string, now: number) => watch.observe([lease("a_1", renewTime)], now);
    expect([look("1", 0), look("1", 4_999), look("1", 5_000)].map((left) => left.length)).toEqual([
      ...[1, 1, 0],
    ]);
    expect([look("2", 6_000), look("2", 10_999), look("2", 11_000)].map((l) => l.length)).toEqual([
      ...[1, 1, 0],
    ]);
  });

  test("that was given up is silent at once", () => {
    expect(new LeaseWatch().observe([lease("", "1")], 0)).toEqual([]);
  });

  test.each<[string, boolean]>([
    ["capi-1_0d7c", true],
    ["capi-1", true],
    ["capi-12_0d7c", false],
    ["capi_0d7c", false],
  ])("of the holder %s is a pod's: %p", (holder, want) => {
    expect(isHeldBy(lease(holder, "1"), new Set(["capi-1"]))).toBe(want);
  });

  test.each<[readonly string[], string | undefined, readonly string[]]>([
    [["--leader-election-id=a"], undefined, ["a"]],
    [["--leader-election-id", "a", "--v=2"], undefined, ["a"]],
    [["--leader-elect"], undefined, []],
    [[], "cluster-api", ["controller-leader-election-capi"]],
  ])("of arguments %p and provider %p is called %p", (args, provider, want) => {
    const labels = provider === undefined ? {} : { "cluster.x-k8s.io/provider": provider };
    const metadata = { name: "x", uid: "x", resourceVersion: "1", labels };
    const spec = { template: { spec: { containers: [{ args }] } } };
    const workload = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec };
    expect([...leaseNames(workload)]).toEqual([...want]);
  });
});

describe("a pod", () => {
  const over = { terminated: { exitCode: 0 } };
  const up = { running: {} };
  const orphan = [{ type: "DisruptionTarget", status: "True", reason: "DeletionByPodGC" }];
  test.each<[string, boolean, object]>([
    ["is over when its phase and every container are", true, {}],
    ["runs while its phase does", false, { phase: "Running" }],
    ["runs while a container does", false, { main: up }],
    ["may run while a container waits for its next start", false, { main: { waiting: {} } }],
    ["may run where nobody tells of a container", false, { main: undefined }],
    ["runs while a container beside it does", false, { init: up }],
    ["is over when its first containers are too", true, { init: over }],
    ["is not over when the collector of orphans says so", false, { conditions: orphan }],
  ])("%s: %p", (_, want, how) => {
    const { phase, main, init, conditions } = {
      ...{ phase: "Failed", main: over as object | undefined, init: undefined, conditions: [] },
      ...how,
    };
    const status = {
      phase,
      conditions,
      containerStatuses: main === undefined ? [] : [{ name: "manager", state: main }],
      initContainerStatuses: init === undefined ? [] : [{ name: "sidecar", state: init }],
    };
    const metadata = { name: "p", namespace: "ns", uid: "p", resourceVersion: "1" };
    const spec = { containers: [{ name: "manager" }] };
    expect(isOver({ apiVersion: "v1", kind: "Pod", metadata, spec, status })).toBe(want);
  });
});

test("a selector is said as a query says it", () => {
  const matchExpressions = [
    { key: "a", operator: "In", values: ["1", "2"] },
    { key: "b", operator: "NotIn", values: ["3"] },
    { key: "c", operator: "Exists" },
    { key: "d", operator: "DoesNotExist" },
  ];
  const text = selectorText({ matchLabels: { app: "x", tier: "y" }, matchExpressions });
  expect(text).toBe("app=x,tier=y,a in (1,2),b notin (3),c,!d");
});

describe("field owners after a scale", () => {
  const entry = (manager: string, spec: object, more: object = {}): ManagedFieldsEntry => ({
    manager,
    operation: "Update",
    apiVersion: "apps/v1",
    time: "then",
    fieldsV1: { "f:spec": spec },
    ...more,
  });
  const replicas = { "f:replicas": {} };
  const other = { "f:selector": {} };
  test.each<[string, ManagedFieldsEntry[], ManagedFieldsEntry[], ManagedFieldsEntry[]]>([
    [
      "replicas go back to whoever had them",
      [entry("helm", { ...other, ...replicas })],
      [entry("helm", other)],
      [entry("helm", { ...other, ...replicas })],
    ],
    [
      "an owner of replicas alone comes back",
      [entry("kubectl", replicas, { subresource: "scale" })],
      [],
      [entry("kubectl", replicas, { subresource: "scale" })],
    ],
    [
      "what others did meanwhile stays",
      [entry("helm", other)],
      [entry("helm", other), entry("kubectl", { "f:paused": {} })],
      [entry("helm", other), entry("kubectl", { "f:paused": {} })],
    ],
    ["what we wrote goes", [], [entry("kubectl-capi-pivot", replicas)], []],
    [
      "what we had owned before is ours again",
      [entry("kubectl-capi-pivot", other)],
      [entry("kubectl-capi-pivot", { ...other, "f:x": {} })],
      [entry("kubectl-capi-pivot", other)],
    ],
  ])("%s", (_, before, now, want) => {
    expect(ownershipBefore(now, before)).toEqual(want);
  });

  test("are named", () => {
    expect(replicasOwners([entry("helm", other), entry("keda", replicas)])).toEqual(["keda"]);
  });
});

describe("webhooks", () => {
  const object = (kind: string, name: string, rest: object): KubeObject => ({
    apiVersion: "x/v1",
    kind,
    metadata: { namespace: "ns", name, uid: name, resourceVersion: "1" },
    ...rest,
  });
  const hook = (name: string) => ({ clientConfig: { service: { namespace: "ns", name } } });
  const byUrl = { clientConfig: { url: "https://x" } };
  const labels = { app: "a", "pod-template": "1" };
  const workload = object("Deployment", "d", { spec: { template: { metadata: { labels } } } });
  const services = [
    object("Service", "dead", { spec: { selector: { app: "a" } } }),
    object("Service", "alive", { spec: { selector: { app: "b" } } }),
    object("Service", "bare", { spec: {} }),
  ];
  test.each<[string, readonly object[], number | undefined]>([
    ["of a stopped program are dead", [hook("dead")], 0],
    ["of others too keep those", [hook("dead"), hook("alive"), byUrl], 2],
    ["of others are left alone", [hook("alive"), hook("bare"), hook("unknown"), byUrl], undefined],
  ])("%s", (_, webhooks, kept) => {
    const configuration = object("ValidatingWebhookConfiguration", "v", { webhooks });
    const found = deadConfigurations([configuration], services, [workload]);
    expect(found.map((one) => one.kept.length)).toEqual(kept === undefined ? [] : [kept]);
  });

  test("are kept in as many ConfigMaps as they need", () => {
    const bodies = [1, 2, 3].map((n) => object("X", `n${n}`, { data: "x".repeat(300) }));
    const size = Buffer.byteLength(JSON.stringify(bodies[0]));
    const sizes = (bytes: number) => chunksOf(bodies, bytes).map((chunk) => chunk.length);
    expect([sizes(size * 3), sizes(size * 2), sizes(size), sizes(1)]).toEqual([
      ...[[3], [2, 1], [1, 1, 1], [1, 1, 1]],
    ]);
    expect(chunksOf([])).toEqual([]);
  });
});
