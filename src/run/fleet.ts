// What a fleet is: one line per Cluster. Kept in the run record before the copy, compared with in the proof afterwards.
import { CAPI_GROUP, CLUSTER_KIND, LABEL } from "../model/capi.ts";
import { isTrue } from "../model/conditions.ts";
import { compareStrings, idOf, type KubeObject, kindKey, stringAt } from "../model/object.ts";
import type { Bodies, Plan } from "../model/plan.ts";
import type { FleetEntry } from "../model/run-record.ts";
import { travellers } from "../plan/plan-pivot.ts";

export const MACHINE_KIND = `Machine.${CAPI_GROUP}`;

/** Conditions of a Cluster whose Machines come and go (api/core/v1beta2/cluster_types.go). */
const IN_MOTION = ["RollingOut", "ScalingUp", "ScalingDown", "Remediating"] as const;

/** Available, Machine count and a digest of names and providerIDs, per moved Cluster. */
export function fleetOf(plan: Plan, bodies: Bodies): readonly FleetEntry[] {
  const found = travellers(plan).flatMap((planned) => bodies.get(planned.uid) ?? []);
  const ofKind = (kind: string) => found.filter((body) => kindKey(idOf(body)) === kind);
  const machines = ofKind(MACHINE_KIND);
  return ofKind(CLUSTER_KIND).map((cluster) => fleetEntry(cluster, machines));
}

/** One Cluster; `machines` may be those of others too. */
export function fleetEntry(cluster: KubeObject, machines: readonly KubeObject[]): FleetEntry {
  const mine = machinesOf(cluster.metadata, machines);
  return {
    cluster: `${cluster.metadata.namespace}/${cluster.metadata.name}`,
    available: isTrue(cluster, "Available"),
    connected: isTrue(cluster, "RemoteConnectionProbe"),
    moving: IN_MOTION.some((type) => isTrue(cluster, type)),
    machines: mine.length,
    digest: digestOf(mine),
  };
}

/** The Machines of one Cluster. */
export function machinesOf(
  { namespace, name }: Pick<KubeObject["metadata"], "namespace" | "name">,
  machines: readonly KubeObject[],
): readonly KubeObject[] {
  return machines.filter(
    ({ metadata }) =>
      metadata.namespace === namespace && metadata.labels?.[LABEL.clusterName] === name,
  );
}

/** SHA-256 of sorted `name providerID` lines. */
export function digestOf(machines: readonly KubeObject[]): string {
  const lines = machines
    .map((one) => `${one.metadata.name} ${stringAt(one, "spec", "providerID") ?? ""}`)
    .sort(compareStrings);
  return new Bun.CryptoHasher("sha256").update(lines.join("\n")).digest("hex");
}
