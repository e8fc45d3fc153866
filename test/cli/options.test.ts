import { describe, expect, test } from "bun:test";
import { type RawFlags, readFlags, readVerbosity } from "../../src/cli/options.ts";

const TARGET: RawFlags = { toContext: "prod" };

test("what is not said has defaults", () => {
  expect(readFlags(TARGET)).toEqual({
    source: {},
    target: { from: "kubeconfig", context: "prod" },
    scope: {
      namespaces: [],
      clusters: [],
      include: [],
      leave: [],
      excluded: [],
      assumeHeld: [],
      ignore: [],
      allow: [],
      controllers: [],
    },
    status: "restore",
    providers: "copy",
    components: [],
    stopControllers: "auto",
    sourceProviders: "remove",
    deleteKindCluster: false,
    proveForMs: 30_000,
    concurrency: 32,
    timeoutMs: 300_000,
    requestTimeoutMs: 30_000,
    waitForNetworkMs: 120_000,
  });
});

describe("the target", () => {
  test.each<[string, RawFlags, object]>([
    ["a file", { toKubeconfig: "t.yaml" }, { from: "kubeconfig", path: "t.yaml" }],
    [
      "a context of that file",
      { toKubeconfig: "t.yaml", toContext: "b", kubeconfig: "s.yaml" },
      { from: "kubeconfig", path: "t.yaml", context: "b" },
    ],
    [
      "a context alone is one of the source's file",
      { toContext: "b", kubeconfig: "s.yaml" },
      { from: "kubeconfig", path: "s.yaml", context: "b" },
    ],
    [
      "a Cluster of the source",
      { toCluster: "default/web" },
      { from: "cluster", namespace: "default", name: "web" },
    ],
  ])("%s", (_, raw, want) => {
    expect(readFlags(raw).target).toEqual(want as ReturnType<typeof readFlags>["target"]);
  });
});

test("objects are named as KIND/NAMESPACE/NAME", () => {
  const { scope } = readFlags({
    ...TARGET,
    include: ["StatefulSet.apps/ns1/etcd", "IPPool/global"],
    assumeHeld: ["DockerMachine.infrastructure.cluster.x-k8s.io"],
    clusters: ["ns1/web"],
  });
  expect(scope).toMatchObject({
    clusters: ["ns1/web"],
    include: [
      { kind: "StatefulSet.apps", namespace: "ns1", name: "etcd" },
      { kind: "IPPool", name: "global" },
    ],
  });
});

describe("the providers of the source", () => {
  test.each<[string, RawFlags, string]>([
    ["are removed when everything moves", {}, "remove"],
    ["are kept when a namespace moves", { namespaces: ["a"] }, "keep"],
    ["are kept when a Cluster moves", { clusters: ["a/b"] }, "keep"],
    ["are what was asked for", { sourceProviders: "stop" }, "stop"],
  ])("%s", (_, raw, want) => {
    expect(readFlags({ ...TARGET, ...raw }).sourceProviders).toBe(want as "keep");
  });
});

test("--request-timeout takes what kubectl takes", () => {
  const read = (requestTimeout: string) =>
    readFlags({ ...TARGET, requestTimeout }).requestTimeoutMs;
  expect(["0", "5", "5s", "1m"].map(read)).toEqual([0, 5000, 5000, 60_000]);
});

test("--wait-for-network takes a duration, and 0 for not at all", () => {
  const read = (waitForNetwork: string) =>
    readFlags({ ...TARGET, waitForNetwork }).waitForNetworkMs;
  expect(["0", "90s", "10m"].map(read)).toEqual([0, 90_000, 600_000]);
});

describe("what is refused, and what is accepted instead", () => {
  test.each<[RawFlags, string, string]>([
    [{}, "no target", "--to-kubeconfig target.yaml"],
    [{ toCluster: "a/b", toContext: "c" }, "cannot be combined", "one or the other"],
    [{ toCluster: "web" }, '--to-cluster does not take "web"', "default/web"],
    [{ ...TARGET, clusters: ["a/b/c"] }, '--cluster does not take "a/b/c"', "NAMESPACE/NAME"],
    [{ ...TARGET, namespaces: ["a,b"] }, '--namespace does not take "a,b"', "repeat the flag"],
    [{ ...TARGET, clusters: ["a/b", "a/b"] }, "--cluster a/b is given twice", "another one"],
    [{ ...TARGET, namespaces: ["a", "a"] }, "--namespace a is given twice", "another one"],
    [{ ...TARGET, excludeClusters: ["a/b", "a/b"] }, "is given twice", "another one"],
    [{ ...TARGET, selector: "a in b" }, '--selector does not take "a in b"', "KEY in (A,B)"],
    [{ ...TARGET, selector: "" }, '--selector does not take ""', "KEY=VALUE"],
    [
      { ...TARGET, selector: "a", clusters: ["a/b"] },
      "--selector and --cluster",
      "one or the other",
    ],
    [{ ...TARGET, allNamespaces: true, namespaces: ["a"] }, "-A and -n", "one or the other"],
    [{ ...TARGET, allNamespaces: true, clusters: ["a/b"] }, "-A and --cluster", "one or the other"],
    [
      { ...TARGET, namespaces: ["a"], clusters: ["a/b"] },
      "-n and --cluster contradict each other",
      "--cluster a/b",
    ],
    [
      { ...TARGET, excludeClusters: ["a/b"], clusters: ["c/d"] },
      "--exclude-cluster and --cluster contradict each other",
      "nothing to exclude",
    ],
    [
      { ...TARGET, excludeClusters: ["a/b"], namespaces: ["c"] },
      "--exclude-cluster a/b excludes nothing",
      "correct the name",
    ],
    [
      { ...TARGET, selector: "a", sourceProviders: "remove" },
      "--source-providers cannot take the providers from a cluster of which a part stays",
      "move everything",
    ],
    [
      { ...TARGET, excludeClusters: ["a/b"], deleteKindCluster: true },
      "--delete-kind-cluster would delete what does not move",
      "move everything",
    ],
    [{ ...TARGET, include: ["Pod"] }, '--include does not take "Pod"', "KIND/NAMESPACE/NAME"],
    [{ ...TARGET, leave: ["pod/a/b"] }, '--leave does not take "pod"', "Kind or Kind.group"],
    [{ ...TARGET, assumeHeld: ["m"] }, '--assume-held does not take "m"', "Kind or Kind.group"],
    [{ ...TARGET, status: "keep" }, '--status does not take "keep"', "restore, drop"],
    [{ ...TARGET, concurrency: "65" }, '--concurrency does not take "65"', "from 1 to 64"],
    [{ ...TARGET, concurrency: "1e1" }, '--concurrency does not take "1e1"', "from 1 to 64"],
    [{ ...TARGET, timeout: "0" }, '--timeout does not take "0"', "above 0"],
    [{ ...TARGET, timeout: "5" }, '--timeout does not take "5"', "5m"],
    [{ ...TARGET, kubeconfig: "" }, "--kubeconfig is empty", "FILE"],
    [{ ...TARGET, stopControllers: "no" }, '--stop-controllers does not take "no"', "auto, never"],
    [
      { ...TARGET, waitForNetwork: "-1s" },
      '--wait-for-network does not take "-1s"',
      "a duration, for example 30s or 5m",
    ],
    [{ ...TARGET, proveFor: "30" }, '--prove-for does not take "30"', "0 to skip"],
    [
      { ...TARGET, namespaces: ["a"], sourceProviders: "remove" },
      "--source-providers cannot take the providers from a cluster of which a part stays",
      "move everything",
    ],
    [
      { ...TARGET, clusters: ["a/b"], deleteKindCluster: true },
      "--delete-kind-cluster would delete what does not move",
      "move everything",
    ],
    [
      { ...TARGET, leave: ["Secret/a/b"], deleteKindCluster: true },
      "--delete-kind-cluster would delete what does not move",
      "or --leave",
    ],
    [{ ...TARGET, providers: "move" }, '--providers does not take "move"', "copy, skip"],
    [{ ...TARGET, components: ["a.yaml", ""] }, "--components is empty", "--components FILE"],
    [
      { ...TARGET, providers: "skip", components: ["-"] },
      "--providers=skip and --components contradict each other",
      "one or the other",
    ],
    [
      { ...TARGET, sourceProviders: "stop", stopControllers: "never" },
      "contradict each other",
      "one or the other",
    ],
  ])("%p", (raw, message, hint) => {
    expect(() => readFlags(raw)).toThrow(
      expect.objectContaining({
        code: "USAGE",
        exitCode: 2,
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });

  test("levels are numbers", () => {
    expect(readVerbosity("6")).toBe(6);
    expect(() => readVerbosity("high")).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});
