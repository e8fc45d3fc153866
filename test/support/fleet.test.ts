import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../src/model/object.ts";
import { aCluster } from "./fleet/cluster.ts";
import { type FleetObject, keyOf, ownerLevels } from "./fleet/fleet-object.ts";
import {
  benchFleet,
  claimFleet,
  classFleet,
  type Fleet,
  fleetOf,
  ofKind,
  plainFleet,
  poolFleet,
} from "./fleet/fleets.ts";
import { exactNumber, parseLossless } from "./fleet/lossless-json.ts";
import { normalForm } from "./fleet/normal-form.ts";

const fleets: readonly (readonly [string, number, readonly string[], Fleet])[] = [
  ["plain", 56, ["ns1"], plainFleet("ns1")],
  ["class", 60, ["ns1", "ns1-tenant"], classFleet("ns1")],
  ["pool", 56, ["ns1", "ns1-provider"], poolFleet("ns1")],
  ["claim", 14, ["ns1"], claimFleet("ns1")],
  ["bench of one", 64, ["ns1"], benchFleet({ clusters: 1, namespace: "ns1" })],
  ["bench of sixteen", 1024, ["ns1"], benchFleet({ clusters: 16, namespace: "ns1" })],
  [
    "small bench",
    24,
    ["ns1"],
    benchFleet({ clusters: 1, namespace: "ns1", controlPlanes: 1, workers: 2 }),
  ],
];

describe("ready fleets", () => {
  test.each(fleets)("%s: %i objects", (_name, count, namespaces, fleet) => {
    expect(fleet.objects).toHaveLength(count);
    expect(fleet.namespaces).toEqual([...namespaces]);
  });

  test.each(fleets)("%s: owners come first", (_name, _count, _namespaces, fleet) => {
    const levels = ownerLevels(fleet.objects);
    const depths = new Map(
      levels.flatMap((level, depth) => level.map((object) => [keyOf(object), depth] as const)),
    );
    const misplaced = fleet.objects.filter((object) =>
      object.owners.some(({ key }) => (depths.get(key) ?? 99) >= (depths.get(keyOf(object)) ?? 0)),
    );
    expect(misplaced.map(keyOf)).toEqual([]);
    expect(depths.size).toBe(fleet.objects.length);
  });

  test("two builds are equal", () => {
    const build = (): string => JSON.stringify(poolFleet("ns1").objects);
    expect(build()).toBe(build());
  });

  test("cluster-scoped names differ by namespace", () => {
    const names = (fleet: Fleet): readonly string[] =>
      fleet.objects.filter((each) => each.namespace === undefined).map(({ name }) => name);
    const [one, two] = [names(poolFleet("ns1")), names(poolFleet("ns2"))];
    expect(one).toHaveLength(3);
    expect(one.filter((name) => two.includes(name))).toEqual([]);
  });
});

describe("aCluster", () => {
  const chain = (objects: readonly FleetObject[], from: string): readonly string[] => {
    const byKey = new Map(objects.map((object) => [keyOf(object), object]));
    const steps: string[] = [];
    let at = objects.find(({ kind }) => kind === from);
    while (at !== undefined) {
      const [owner] = at.owners;
      steps.push(owner?.controller === true ? `${at.kind} (controlled)` : at.kind);
      at = owner === undefined ? undefined : byKey.get(owner.key);
    }
    return steps;
  };

  test("workers are owned as the contract says", () => {
    const objects = aCluster("ns1", "prod")
      .withMachineDeployment("md-0", { machines: 1 })
      .objects();
    expect(chain(objects, "Secret")).toEqual([
      "Secret (controlled)",
      "KubeadmConfig (controlled)",
      "Machine (controlled)",
      "MachineSet (controlled)",
      "MachineDeployment",
      "Cluster",
    ]);
  });

  test("control planes are owned as the contract says", () => {
    const objects = aCluster("ns1", "prod")
      .withControlPlane({ replicas: 1, secrets: [] })
      .objects();
    expect(chain(objects, "DockerMachine")).toEqual([
      "DockerMachine (controlled)",
      "Machine (controlled)",
      "KubeadmControlPlane (controlled)",
      "Cluster",
    ]);
  });

  test("a secret that the user brings replaces the generated one", () => {
    const objects = aCluster("ns1", "prod")
      .withUserSecret("ca")
      .withControlPlane({ replicas: 0 })
      .objects();
    const secrets = ofKind(objects, "Secret").map(
      ({ name, content, owners }) => `${name} ${String(content["type"])} ${owners.length}`,
    );
    expect(secrets).toEqual([
      "prod-ca Opaque 0",
      "prod-etcd cluster.x-k8s.io/secret 1",
      "prod-sa cluster.x-k8s.io/secret 1",
      "prod-proxy cluster.x-k8s.io/secret 1",
      "prod-kubeconfig cluster.x-k8s.io/secret 1",
    ]);
  });

  test("a builder is not changed by its methods", () => {
    const bare = aCluster("ns1", "prod");
    bare.withControlPlane().withMachinePool("mp-0");
    expect(bare.objects()).toHaveLength(2);
  });

  test("an owner outside the fleet is refused", () => {
    const [, , orphan] = plainFleet("ns1").objects.filter(({ owners }) => owners.length > 0);
    expect(() => ownerLevels(orphan === undefined ? [] : [orphan])).toThrow("not in the fleet");
  });

  test("an object named twice is refused", () => {
    const { objects } = fleetOf([
      ...aCluster("ns1", "prod").objects(),
      ...aCluster("ns1", "prod").objects(),
    ]);
    expect(() => ownerLevels(objects)).toThrow("Cluster.cluster.x-k8s.io ns1/prod");
  });
});

describe("parseLossless", () => {
  test("keeps the digits of numbers", () => {
    const text = '{"large":9223372036854775807,"ratio":1.0,"small":7,"list":[0.10]}';
    expect(JSON.stringify(parseLossless(text))).toBe(text);
  });
});

describe("normalForm", () => {
  const machine = (uid: string, generation: number, more: object = {}): KubeObject => ({
    apiVersion: "cluster.x-k8s.io/v1beta2",
    kind: "Machine",
    metadata: {
      name: "m1",
      namespace: "ns1",
      uid: `machine-${uid}`,
      resourceVersion: uid,
      generation,
      creationTimestamp: `2026-01-0${generation}T00:00:00Z`,
      ownerReferences: [{ apiVersion: "x/v1", kind: "Owner", name: "o1", uid: `owner-${uid}` }],
      managedFields: [
        {
          manager: "capi-machineset",
          time: "2026-01-01T00:00:00Z",
          fieldsV1: { "f:metadata": { "f:ownerReferences": { [`k:{"uid":"owner-${uid}"}`]: {} } } },
        },
      ],
    },
    spec: { large: exactNumber("9223372036854775807") },
    status: {
      observedGeneration: generation,
      ownerUid: `owner-${uid}`,
      conditions: [
        { type: "Ready", status: "True", observedGeneration: generation },
        { type: "Paused", status: uid === "1" ? "False" : "True" },
      ],
    },
    ...more,
  });
  const uids = (uid: string): ReadonlyMap<string, string> =>
    new Map([[`owner-${uid}`, "Owner.x ns1/o1"]]);
  const before = normalForm(machine("1", 2), uids("1"));

  test("is equal for a faithful copy", () => {
    expect(normalForm(machine("2", 1), uids("2"))).toEqual(before);
  });

  const lost: readonly (readonly [string, KubeObject])[] = [
    [
      "an owner reference to the source's uid",
      { ...machine("2", 1), metadata: machine("1", 1).metadata },
    ],
    [
      "a number that lost digits",
      machine("2", 1, { spec: { large: Number("9223372036854775807") } }),
    ],
    ["a status of another generation", machine("2", 1, { status: machine("2", 2)["status"] })],
    ["a missing status", machine("2", 1, { status: undefined })],
    [
      "another label",
      { ...machine("2", 1), metadata: { ...machine("2", 1).metadata, labels: { a: "b" } } },
    ],
  ];
  test.each(lost)("tells %s", (_what, after) => {
    expect(normalForm(after, uids("2"))).not.toEqual(before);
  });

  test("keeps every field but the dropped ones", () => {
    expect(before).toEqual({
      apiVersion: "cluster.x-k8s.io/v1beta2",
      kind: "Machine",
      metadata: {
        name: "m1",
        namespace: "ns1",
        ownerReferences: [
          { apiVersion: "x/v1", kind: "Owner", name: "o1", uid: "uid of Owner.x ns1/o1" },
        ],
        managedFields: [
          {
            manager: "capi-machineset",
            time: "2026-01-01T00:00:00Z",
            fieldsV1: {
              "f:metadata": { "f:ownerReferences": { 'k:{"uid of Owner.x ns1/o1"}': {} } },
            },
          },
        ],
      },
      spec: { large: exactNumber("9223372036854775807") },
      status: {
        observedGeneration: "current",
        ownerUid: "uid of Owner.x ns1/o1",
        conditions: [{ type: "Ready", status: "True", observedGeneration: "current" }],
      },
    });
  });
});
