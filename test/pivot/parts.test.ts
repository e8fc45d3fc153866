// A management cluster that is handed over in parts: three Clusters by label, one namespace, the rest, and one Cluster
// back. After every part both sides are compared with the start, object by object.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Json } from "../../src/model/object.ts";
import { applyFleet } from "../support/fleet/apply-fleet.ts";
import { aCluster } from "../support/fleet/cluster.ts";
import { aClusterClass } from "../support/fleet/cluster-class.ts";
import { aClusterResourceSet } from "../support/fleet/cluster-resource-set.ts";
import { aLargeNumber, anIdentity } from "../support/fleet/companions.ts";
import { type FleetObject, keyOf } from "../support/fleet/fleet-object.ts";
import { fleetOf, ofKind } from "../support/fleet/fleets.ts";
import { anIpPool } from "../support/fleet/ip-pool.ts";
import { lookAtFleet } from "../support/fleet/look.ts";
import { normalForms } from "../support/fleet/normal-form.ts";
import { uidsOf } from "../support/fleet/snapshot.ts";
import { type PivotOutcome, type PivotRequest, pivot } from "../support/pivot-session.ts";
import type { OwnCluster } from "../support/testbed/management-cluster.ts";
import { type Pair, startPair } from "../support/testbed/pair.ts";

const LONG = 120_000;
let clusters: Pair<OwnCluster>;

const small = (namespace: string, name: string) =>
  aCluster(namespace, name).withControlPlane({ replicas: 1 });

const two = small("parts-c", "two").withLabels({ team: "blue" }).objects();
const addons = aClusterResourceSet("parts-a", "calico", {
  secrets: ["calico-secret"],
  configMaps: ["calico-manifest"],
  clusters: ["web", "db"],
});
const bindingOf = (name: string) =>
  ofKind(addons, "ClusterResourceSetBinding").filter((one) => one.name === name);
const pool = anIpPool({
  name: "parts-pool",
  network: "10.20.40",
  cluster: "two",
  machines: ofKind(two, "DockerMachine"),
});

/** Something below `web` that names the identity it is reconciled with. */
function reconciledAs(name: string): readonly FleetObject[] {
  const identityRef = {
    apiVersion: "infrastructure.cluster.x-k8s.io/v1alpha1",
    kind: "FleetClusterIdentity",
    name,
  };
  const [cluster] = ofKind(small("parts-a", "web").objects(), "Cluster");
  const below = cluster === undefined ? [] : aLargeNumber(cluster, "reconciled");
  return below.map((one) => ({ ...one, content: { spec: { identityRef } } }));
}

/** What belongs together, by the word that the expectations below use. */
const PARTS = {
  web: [
    ...small("parts-a", "web")
      .ofClass("quick")
      .withLabels({ cni: "calico", team: "blue" })
      .objects(),
    ...bindingOf("web"),
    ...reconciledAs("parts-identity"),
  ],
  db: [
    ...small("parts-a", "db").ofClass("quick").withLabels({ cni: "calico" }).objects(),
    ...bindingOf("db"),
  ],
  edge: small("parts-b", "edge").ofClass("quick", "parts-a").objects(),
  one: small("parts-c", "one").withLabels({ team: "blue" }).objects(),
  two: [...two, ...pool.slice(1)],
  pool: pool.slice(0, 1),
  common: [
    ...aClusterClass("parts-a", "quick").objects(),
    ...addons.filter(({ kind }) => kind !== "ClusterResourceSetBinding"),
  ],
  identity: anIdentity("parts-identity", { secretNamespace: "parts-provider" }),
} as const satisfies Record<string, readonly FleetObject[]>;

type Part = keyof typeof PARTS;

const fleet = fleetOf(Object.values(PARTS).flat());
let start: Readonly<Record<string, Json>>;

beforeAll(async () => {
  clusters = await startPair();
  await applyFleet(clusters.source.api, fleet);
  start = await formsOf(clusters.source);
}, LONG * 8);

afterAll(async () => {
  await Promise.all([clusters.source.stop(), clusters.target.stop()]);
});

async function formsOf(cluster: OwnCluster): Promise<Readonly<Record<string, Json>>> {
  const found = await lookAtFleet(cluster.api, fleet);
  return normalForms(found, uidsOf(found));
}

/** Exactly these parts, every object as it was at the start. */
async function expectHolds(cluster: OwnCluster, parts: readonly Part[]): Promise<void> {
  const keys = new Set(parts.flatMap((part) => PARTS[part].map(keyOf)));
  const wanted = Object.fromEntries(Object.entries(start).filter(([key]) => keys.has(key)));
  expect(await formsOf(cluster)).toEqual(wanted);
}

async function forth(request: Partial<PivotRequest>): Promise<PivotOutcome> {
  const { source, target } = clusters;
  return await pivot({ from: source, to: target, ...request });
}

function planned({ preview }: PivotOutcome, verdict: string): readonly string[] {
  const objects = preview?.plan.groups.flatMap((group) => group.objects) ?? [];
  return objects
    .filter((one) => one.verdict.kind === verdict)
    .map(({ id }) => `${id.kind} ${id.name}`);
}

test(
  "three Clusters of five, by label: what they share with the others is copied and kept",
  async () => {
    const outcome = await forth({ selector: "team=blue" });
    expect(outcome.error).toBeUndefined();
    expect(planned(outcome, "copy")).toContain("ClusterClass quick");
    await expectHolds(clusters.target, ["web", "one", "two", "pool", "common", "identity"]);
    await expectHolds(clusters.source, ["db", "edge", "pool", "common", "identity"]);
  },
  LONG,
);

test(
  "one namespace of three: the class that it uses is there already, and equal",
  async () => {
    const outcome = await forth({ namespaces: ["parts-b"] });
    expect(outcome.error).toBeUndefined();
    expect(outcome.preview?.plan.findings.filter(({ severity }) => severity === "error")).toEqual(
      [],
    );
    await expectHolds(clusters.target, ["web", "one", "two", "edge", "pool", "common", "identity"]);
    await expectHolds(clusters.source, ["db", "pool", "common", "identity"]);
  },
  LONG,
);

test(
  "the rest: what was shared finds itself in the target, and leaves the source",
  async () => {
    const outcome = await forth({});
    expect(outcome.error).toBeUndefined();
    expect(planned(outcome, "move")).toContain("ClusterClass quick");
    await expectHolds(clusters.target, Object.keys(PARTS) as Part[]);
    await expectHolds(clusters.source, ["pool", "identity"]);
  },
  LONG,
);

test(
  "one Cluster back, the same way, with what it shares with those that stay away",
  async () => {
    const { source, target } = clusters;
    const outcome = await pivot({ from: target, to: source, clusters: ["parts-a/web"] });
    expect(outcome.error).toBeUndefined();
    await expectHolds(source, ["web", "pool", "common", "identity"]);
    await expectHolds(target, ["db", "edge", "one", "two", "pool", "common", "identity"]);
  },
  LONG,
);
