// What must hold at every moment of a run, whoever dies: the table of docs/safety.md, read from what both clusters store.
import { OUR_NAMESPACE } from "../../../src/model/capi.ts";
import { listAt, stringAt } from "../../../src/model/object.ts";
import type { Phase } from "../../../src/model/run-record.ts";
import { ask, type FleetApi } from "../fleet/fleet-api.ts";
import type { EtcdStore } from "../testbed/etcd-store.ts";
import type { KnownPair } from "../whole-cluster/known-pair.ts";
import { FLEET_NAMESPACES } from "./crash-fleet.ts";

/** What stands in the records: no run, one that can go both ways, one that can only go back or only forward. */
export type Stand = "none" | "open" | "returning" | "committed";

/** The source's record decides; a run that has ended left the target's alone. */
export async function standOf({ source, target }: KnownPair): Promise<Stand> {
  const phase = await phaseOf(source.api);
  const decisive = phase ?? (await phaseOf(target.api));
  return decisive === undefined ? "none" : (ONE_WAY[decisive] ?? "open");
}

const ONE_WAY: Readonly<Partial<Record<Phase, Stand>>> = {
  "rolling-back": "returning",
  "rolled-back": "returning",
  committed: "committed",
  done: "committed",
};

async function phaseOf(api: FleetApi): Promise<Phase | undefined> {
  const path = `/api/v1/namespaces/${OUR_NAMESPACE}/configmaps?labelSelector=${RECORDS}`;
  const [record] = listAt(await ask(api, "GET", path), "items");
  return stringAt(record, "data", "phase") as Phase | undefined;
}

const RECORDS = "capi-pivot.github.io/record";
const CLUSTERS = "/registry/cluster.x-k8s.io/clusters/";

/** In words what does not hold. */
export async function brokenPromises(pair: KnownPair): Promise<readonly string[]> {
  const { source, target } = pair;
  const [here, there, awakeHere, awakeThere, stand] = await Promise.all([
    fleetKeys(source.store),
    fleetKeys(target.store),
    awakeClusters(source.store),
    awakeClusters(target.store),
    standOf(pair),
  ]);
  const started = source.keysAtStart().filter(isOfFleet);
  const moved = started.filter((key) => !here.has(key));
  const lost = moved.filter((key) => !there.has(key));
  const isEarly = moved.length > 0 && stand !== "committed";
  const arrived = started.filter((key) => there.has(key) && here.has(key) && isMoved(key));
  return [
    ...lost.map((key) => `${key} is in neither cluster`),
    ...(isEarly ? [`${moved[0]} is gone from the source before the commit`] : []),
    ...(arrived.length > 0 ? awakeHere : []).map(
      (name) => `Cluster ${name} of the source is not paused while ${arrived[0]} is in both`,
    ),
    ...(arrived.length > 0 ? awakeThere : []).map(
      (name) => `Cluster ${name} of the target is not paused while ${arrived[0]} is in both`,
    ),
  ];
}

async function fleetKeys(store: EtcdStore): Promise<ReadonlySet<string>> {
  return new Set((await store.keys()).map(({ key }) => key).filter(isOfFleet));
}

function isOfFleet(key: string): boolean {
  return FLEET_NAMESPACES.includes(key.split("/").at(-2) ?? "") && !key.includes(FURNITURE);
}

const FURNITURE = "/serviceaccounts/";

/** Not what is copied and kept, nor what stays. */
function isMoved(key: string): boolean {
  return !(key.includes("/identities/") || key.endsWith("/notes") || key.endsWith("/everywhere"));
}

async function awakeClusters(store: EtcdStore): Promise<readonly string[]> {
  return (await store.entries(CLUSTERS)).flatMap(({ key, value }) => {
    const { spec } = JSON.parse(value) as { readonly spec?: { readonly paused?: boolean } };
    return spec?.paused === true ? [] : [key.slice(CLUSTERS.length)];
  });
}
