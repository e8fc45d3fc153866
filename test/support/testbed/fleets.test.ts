// Fleets on a real API server: what the builders say is what the server holds.
import { beforeAll, describe, expect, test } from "bun:test";
import { applyFleet } from "../fleet/apply-fleet.ts";
import { complaintsAbout } from "../fleet/check-fleet.ts";
import {
  benchFleet,
  claimFleet,
  classFleet,
  type Fleet,
  plainFleet,
  poolFleet,
} from "../fleet/fleets.ts";
import { normalForms } from "../fleet/normal-form.ts";
import { type Snapshot, snapshotFleet, uidsOf } from "../fleet/snapshot.ts";
import { type Pair, pair } from "./pair.ts";
import { strictApi } from "./strict-api.ts";

const LONG = 60_000;
let clusters: Pair;

beforeAll(async () => {
  clusters = await pair();
}, 15 * LONG);

function look(cluster: "source" | "target", fleet: Fleet): Promise<Snapshot> {
  const { namespaces, objects } = fleet;
  const clusterScoped = objects.flatMap(({ namespace, name }) =>
    namespace === undefined ? [name] : [],
  );
  return snapshotFleet(clusters[cluster].api, { namespaces, clusterScoped });
}

describe("a fleet on a real server", () => {
  const fleets: readonly (readonly [string, Fleet])[] = [
    ["plain", plainFleet("fleets-plain")],
    ["class", classFleet("fleets-class")],
    ["pool", poolFleet("fleets-pool")],
    ["claim", claimFleet("fleets-claim")],
    ["bench", benchFleet({ clusters: 1, namespace: "fleets-bench" })],
  ];

  test.each(fleets)(
    "%s: is as its writers left it",
    async (_name, fleet) => {
      await applyFleet(strictApi(clusters.source.api), fleet);
      const snapshot = await look("source", fleet);
      expect(complaintsAbout(snapshot, fleet.objects)).toEqual([]);
      expect(snapshot.size).toBe(fleet.objects.length);
    },
    LONG,
  );

  test(
    "is equal in normal form on both servers",
    async () => {
      const fleet = plainFleet("fleets-twice");
      await Promise.all([
        applyFleet(clusters.source.api, fleet),
        applyFleet(clusters.target.api, fleet),
      ]);
      const forms = async (cluster: "source" | "target"): Promise<unknown> => {
        const snapshot = await look(cluster, fleet);
        return JSON.parse(
          JSON.stringify(normalForms(snapshot, uidsOf(snapshot))).replaceAll(
            /"time":"[^"]*"/g,
            '"time":"then"',
          ),
        );
      };
      expect(await forms("target")).toEqual(await forms("source"));
    },
    LONG,
  );
});
