// The promise on real servers: what leaves the source is in the target, field by field, and nothing of ours is left.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { OUR_NAMESPACE, OUR_PREFIX } from "../../src/model/capi.ts";
import { fieldAt, type KubeObject } from "../../src/model/object.ts";
import { applyFleet } from "../support/fleet/apply-fleet.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import {
  claimFleet,
  classFleet,
  type Fleet,
  plainFleet,
  poolFleet,
  poolFleetNames,
} from "../support/fleet/fleets.ts";
import { lookAtFleet } from "../support/fleet/look.ts";
import { normalForms } from "../support/fleet/normal-form.ts";
import { uidsOf } from "../support/fleet/snapshot.ts";
import { finishedSteps, pivot } from "../support/pivot-session.ts";
import type { OwnCluster } from "../support/testbed/management-cluster.ts";
import { type Pair, startPair } from "../support/testbed/pair.ts";

const LONG = 120_000;
let clusters: Pair<OwnCluster>;

beforeAll(async () => {
  clusters = await startPair();
}, LONG * 8);

afterAll(async () => {
  await Promise.all([clusters.source.stop(), clusters.target.stop()]);
});

const STEPS = [
  "connect",
  "discover",
  "preflight",
  "lock",
  "preflight",
  "freeze",
  "snapshot",
  "copy",
  "verify",
  "commit",
  "delete",
  "thaw",
  "prove",
  "close",
];

const POOL_NAMES = poolFleetNames("faithful-pool");

/** Copied and kept: what is cluster-scoped, and what hangs below that alone. */
const SHARED = [
  `ExtensionConfig.runtime.cluster.x-k8s.io ${POOL_NAMES.extension}`,
  `FleetClusterIdentity.infrastructure.cluster.x-k8s.io ${POOL_NAMES.identity}`,
  `GlobalInClusterIPPool.ipam.cluster.x-k8s.io ${POOL_NAMES.globalPool}`,
  `Secret ${POOL_NAMES.providerNamespace}/${POOL_NAMES.identity}-credentials`,
];

describe("a whole pivot", () => {
  const fleets: readonly (readonly [string, Fleet, readonly string[]])[] = [
    ["plain", plainFleet("faithful-plain"), []],
    ["class", classFleet("faithful-class"), []],
    ["pool", poolFleet("faithful-pool"), SHARED],
    ["claim", claimFleet("faithful-claim"), []],
  ];

  test.each(fleets)(
    "moves the %s fleet and changes nothing of it",
    async (_name, fleet, kept) => {
      const { source, target } = clusters;
      await applyFleet(source.api, fleet);
      const before = await lookAtFleet(source.api, fleet);

      const outcome = await pivot({ from: source, to: target, assumeHeld: ["ServerClaim"] });

      expect(outcome.error).toBeUndefined();
      expect(finishedSteps(outcome)).toEqual(STEPS);
      const after = await lookAtFleet(target.api, fleet);
      expect(normalForms(after, uidsOf(after))).toEqual(normalForms(before, uidsOf(before)));
      const left = await lookAtFleet(source.api, fleet);
      expect([...left.keys()]).toEqual([...kept]);
      expect(oursOn([...after.values(), ...left.values()])).toEqual([]);
    },
    LONG,
  );

  test(
    "leaves one closed record in the target and nothing in the source",
    async () => {
      const { source, target } = clusters;
      await expectNoNamespace(source);
      const maps = await ask(
        target.api,
        "GET",
        `/api/v1/namespaces/${OUR_NAMESPACE}/configmaps?labelSelector=capi-pivot.github.io/record`,
      );
      const items = fieldAt(maps, "items") as readonly KubeObject[];
      expect(items.map((item) => fieldAt(item, "data", "phase"))).toEqual(["done"]);
      const leases = await ask(
        target.api,
        "GET",
        `/apis/coordination.k8s.io/v1/namespaces/${OUR_NAMESPACE}/leases`,
      );
      expect(fieldAt(leases, "items")).toEqual([]);
    },
    LONG,
  );

  test(
    "comes back the same way",
    async () => {
      const { source, target } = clusters;
      const fleet = fleets[0]?.[1] as Fleet;
      const before = await lookAtFleet(target.api, fleet);
      const outcome = await pivot({ from: target, to: source, assumeHeld: ["ServerClaim"] });
      expect(outcome.error).toBeUndefined();
      const after = await lookAtFleet(source.api, fleet);
      expect(normalForms(after, uidsOf(after))).toEqual(normalForms(before, uidsOf(before)));
    },
    LONG,
  );
});

function oursOn(objects: readonly KubeObject[]): readonly string[] {
  return objects.flatMap(({ kind, metadata }) =>
    Object.keys(metadata.annotations ?? {})
      .filter((key) => key.startsWith(OUR_PREFIX))
      .map((key) => `${kind} ${metadata.name}: ${key}`),
  );
}

/** It is deleted last, and the namespace controller takes its time. */
async function expectNoNamespace(cluster: OwnCluster): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await cluster.api.request("GET", `/api/v1/namespaces/${OUR_NAMESPACE}`);
    if (answer.status === 404) return;
    await Bun.sleep(200);
  }
  throw new Error(`${OUR_NAMESPACE} is still there`);
}
