import { describe, expect, test } from "bun:test";
import { OURS } from "../../src/model/capi.ts";
import { concerned, fingerprint, planPivot, travellers } from "../../src/plan/plan-pivot.ts";
import { aCluster } from "../support/fleet/cluster.ts";
import { aClusterResourceSet } from "../support/fleet/cluster-resource-set.ts";
import {
  benchFleet,
  claimFleet,
  classFleet,
  type Fleet,
  plainFleet,
  poolFleet,
} from "../support/fleet/fleets.ts";
import {
  anObject,
  aScope,
  findingsText,
  groupsText,
  inventoryOf,
  objectsOf,
  plannedOf,
  planOf,
  uidOf,
} from "./inventory-of.ts";

describe("the order of creation", () => {
  test("a cluster comes owners first", () => {
    const fleet = aCluster("ns1", "foo").withControlPlane({ replicas: 1, secrets: ["ca"] });
    const plan = planOf(objectsOf(fleet.withUserSecret("sa").objects()));
    const machine = "foo-control-plane-owc9x";
    expect(groupsText(plan)).toEqual([
      ["Cluster.cluster.x-k8s.io ns1/foo", "Secret ns1/foo-sa"],
      [
        "DockerCluster.infrastructure.cluster.x-k8s.io ns1/foo",
        "DockerMachineTemplate.infrastructure.cluster.x-k8s.io ns1/foo-control-plane",
        "KubeadmControlPlane.controlplane.cluster.x-k8s.io ns1/foo-control-plane",
      ],
      [`Machine.cluster.x-k8s.io ns1/${machine}`, "Secret ns1/foo-ca"],
      [
        `DockerMachine.infrastructure.cluster.x-k8s.io ns1/${machine}`,
        `KubeadmConfig.bootstrap.cluster.x-k8s.io ns1/${machine}`,
      ],
      [`Secret ns1/${machine}`],
    ]);
    expect(plan.others).toEqual([]);
    expect(plan.findings).toEqual([]);
  });

  test("a class comes before the cluster made of it", () => {
    const plan = planOf([
      anObject("Cluster ns1/a", { spec: { topology: { classRef: { name: "quick" } } } }),
      anObject("ClusterClass ns1/quick"),
      anObject("DockerMachineTemplate ns1/t", { owners: ["ClusterClass ns1/quick"] }),
    ]);
    expect(groupsText(plan)).toEqual([
      ["ClusterClass.cluster.x-k8s.io ns1/quick"],
      [
        "Cluster.cluster.x-k8s.io ns1/a",
        "DockerMachineTemplate.infrastructure.cluster.x-k8s.io ns1/t",
      ],
    ]);
  });

  test("a set comes with what it applies, its bindings after their cluster", () => {
    const set = aClusterResourceSet("ns1", "cni", {
      secrets: ["calico"],
      configMaps: ["manifest"],
      clusters: ["a"],
    });
    const [cluster] = aCluster("ns1", "a").objects();
    const plan = planOf(objectsOf([...(cluster === undefined ? [] : [cluster]), ...set]));
    expect(groupsText(plan)).toEqual([
      ["Cluster.cluster.x-k8s.io ns1/a", "ClusterResourceSet.addons.cluster.x-k8s.io ns1/cni"],
      [
        "ClusterResourceSetBinding.addons.cluster.x-k8s.io ns1/a",
        "ConfigMap ns1/manifest",
        "Secret ns1/calico",
      ],
    ]);
    expect(plan.findings).toEqual([]);
  });

  test("a claim comes after its cluster, an address after claim and pool", () => {
    const label = { "cluster.x-k8s.io/cluster-name": "a" };
    const plan = planOf(
      [
        anObject("Cluster ns1/a"),
        anObject("InClusterIPPool ns1/p"),
        anObject("IPAddressClaim ns1/c", { owners: ["DockerMachine ns1/m"], labels: label }),
        anObject("DockerMachine ns1/m", { owners: ["Cluster ns1/a"] }),
        anObject("IPAddress ns1/c", { owners: ["IPAddressClaim ns1/c", "InClusterIPPool ns1/p"] }),
      ],
      { scope: { clusters: ["ns1/a"] } },
    );
    expect(groupsText(plan)).toEqual([
      ["Cluster.cluster.x-k8s.io ns1/a", "InClusterIPPool.ipam.cluster.x-k8s.io ns1/p"],
      ["DockerMachine.infrastructure.cluster.x-k8s.io ns1/m"],
      ["IPAddressClaim.ipam.cluster.x-k8s.io ns1/c"],
      ["IPAddress.ipam.cluster.x-k8s.io ns1/c"],
    ]);
  });
});

describe("ready fleets", () => {
  const fleets: readonly (readonly [string, Fleet, number, readonly string[]])[] = [
    // A number has no finalizers: nothing can go wrong but the number.
    ["plain", plainFleet("ns1"), 56, ["warning KIND_NOT_HELD LargeNumber ns1/limits"]],
    ["class", classFleet("ns1"), 60, []],
    [
      "pool",
      poolFleet("ns1"),
      56,
      ["error KIND_NOT_HELD InClusterIPPool ns1/rack-7", "note PAUSED_ALREADY Cluster ns1/asleep"],
    ],
    [
      "claim",
      claimFleet("ns1"),
      14,
      ["error KIND_NOT_HELD ServerClaim ns1/metal-control-plane-t3aq5"],
    ],
  ];

  test.each(fleets)("%s: everything travels", (_name, fleet, count, findings) => {
    const plan = planOf(objectsOf(fleet.objects));
    expect(travellers(plan)).toHaveLength(count);
    expect(plan.others).toEqual([]);
    expect(findingsText(plan.findings)).toEqual([...findings]);
  });
});

describe("what a planned object says", () => {
  const objects = [
    anObject("Cluster ns1/a", { finalizers: ["cluster.cluster.x-k8s.io"] }),
    anObject("Secret ns1/a-ca"),
    anObject("Machine ns1/m", {
      owners: ["Machine ns1/gone", "Cluster ns1/a", { key: "MachineSet ns1/ms", controller: true }],
    }),
    anObject("MachineSet ns1/ms", { owners: ["Cluster ns1/a"] }),
  ];
  const plan = planOf(objects);

  test("owners keep the order of the references, without those that are gone", () => {
    const { owners, danglingOwners, cutOwners } = plannedOf(plan, "Machine ns1/m");
    expect(owners).toEqual([uidOf("Cluster ns1/a"), uidOf("MachineSet ns1/ms")]);
    expect(danglingOwners).toEqual([uidOf("Machine ns1/gone")]);
    expect(cutOwners).toEqual([]);
  });

  test("it hangs below its controller, else below an owner, else below whom its name tells", () => {
    expect(plannedOf(plan, "Machine ns1/m").parent).toBe(uidOf("MachineSet ns1/ms"));
    expect(plannedOf(plan, "MachineSet ns1/ms").parent).toBe(uidOf("Cluster ns1/a"));
    expect(plannedOf(plan, "Secret ns1/a-ca").parent).toBe(uidOf("Cluster ns1/a"));
    expect(plannedOf(plan, "Cluster ns1/a").parent).toBeUndefined();
  });

  test("finalizers are seen", () => {
    expect(plannedOf(plan, "Cluster ns1/a").hasFinalizers).toBe(true);
    expect(plannedOf(plan, "MachineSet ns1/ms").hasFinalizers).toBe(false);
  });
});

describe("namespaces to create", () => {
  const source = [
    anObject("Cluster ns1/a"),
    anObject("Cluster ns2/b"),
    anObject("Secret ns3/unrelated"),
    anObject("Namespace ns2"),
    anObject("Namespace ns3"),
    anObject("Namespace ns1", {
      labels: { "kubernetes.io/metadata.name": "ns1", team: "a", "pod-security": "restricted" },
      annotations: {
        "openshift.io/sa.scc.uid-range": "1/2",
        [OURS.run]: "r1",
        contact: "ann@example.com",
      },
    }),
  ];

  test("those of travelling objects, with labels and annotations that are not the cluster's own", () => {
    expect(planOf(source).namespaces).toEqual([
      {
        name: "ns1",
        labels: { team: "a", "pod-security": "restricted" },
        annotations: { contact: "ann@example.com" },
      },
      { name: "ns2", labels: {}, annotations: {} },
    ]);
  });

  test("not those that the target has", () => {
    const target = inventoryOf([anObject("Namespace ns1")]);
    expect(planOf(source, { target }).namespaces.map(({ name }) => name)).toEqual(["ns2"]);
  });

  test("not those where everything stays", () => {
    const plan = planOf(source, { scope: { clusters: ["ns2/b"] } });
    expect(plan.namespaces.map(({ name }) => name)).toEqual(["ns2"]);
  });
});

describe("fingerprints", () => {
  const before = [
    anObject("Cluster ns1/a", { spec: {} }),
    anObject("Cluster ns1/stays"),
    anObject("Pod ns1/p", { owners: ["Cluster ns1/a"] }),
  ];
  const scope = { clusters: ["ns1/a"] };

  test("of a cluster that we froze meanwhile are the same", () => {
    const frozen = anObject("Cluster ns1/a", {
      spec: { paused: true },
      annotations: { [OURS.pausedBefore]: "absent" },
    });
    const after = [frozen, ...before.slice(1)];
    expect(fingerprint(planOf(after, { scope }))).toEqual(fingerprint(planOf(before, { scope })));
  });

  test("of a cluster that somebody else paused are not", () => {
    const paused = anObject("Cluster ns1/a", { spec: { paused: true } });
    const after = [paused, ...before.slice(1)];
    expect(fingerprint(planOf(after, { scope }))).not.toEqual(
      fingerprint(planOf(before, { scope })),
    );
  });

  test("hold what travels and what is in the way, not what stays", () => {
    const ids = concerned(planOf(before, { scope })).map(({ uid }) => uid);
    expect(ids).toEqual([uidOf("Cluster ns1/a"), uidOf("Pod ns1/p")]);
  });
});

describe("size", () => {
  test("1,024 objects are planned, all of them", () => {
    const objects = objectsOf(benchFleet({ clusters: 16, namespace: "x" }).objects);
    const input = {
      source: inventoryOf(objects),
      target: inventoryOf([]),
      scope: aScope(),
      bodies: new Map(objects.map((object) => [object.metadata.uid, object])),
    };
    expect(travellers(planPivot(input))).toHaveLength(1024);
  });

  test("a chain of 20,000 owners is no deeper than any other", () => {
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      anObject(`Machine ns1/m${index}`, {
        owners: [index === 0 ? "Cluster ns1/a" : `Machine ns1/m${index - 1}`],
      }),
    );
    const plan = planOf([anObject("Cluster ns1/a"), ...chain]);
    expect(plan.groups).toHaveLength(20_001);
  });

  test("a chain of 5,000 owners above a chosen cluster comes along", () => {
    const chain = Array.from({ length: 5000 }, (_, index) =>
      anObject(`Tenant ns1/t${index}`, { owners: index === 0 ? [] : [`Tenant ns1/t${index - 1}`] }),
    );
    const cluster = anObject("Cluster ns1/a", { owners: ["Tenant ns1/t4999"] });
    const plan = planOf([cluster, ...chain], { scope: { clusters: ["ns1/a"] } });
    expect(plan.groups).toHaveLength(5001);
  });
});
