// What the fleet was before: one line per Cluster in the run record, for the proof afterwards.
import { isCluster, LABEL } from "../model/capi.ts";
import { asRecord, compareStrings, fieldAt, type KubeObject, stringAt } from "../model/object.ts";
import type { Bodies, Plan } from "../model/plan.ts";
import type { FleetEntry } from "../model/run-record.ts";
import { travellers } from "../plan/plan-pivot.ts";

/** Available, Machine count and a digest of names and providerIDs, per moved Cluster. */
export function fleetOf(plan: Plan, bodies: Bodies): readonly FleetEntry[] {
  const planned = travellers(plan);
  const machines = planned
    .filter((one) => one.id.kind === "Machine" && one.id.group === "cluster.x-k8s.io")
    .flatMap((one) => bodies.get(one.uid) ?? []);
  return planned
    .filter((one) => isCluster(one.id))
    .map((one) => {
      const mine = machines.filter(
        (machine) =>
          machine.metadata.namespace === one.id.namespace &&
          machine.metadata.labels?.[LABEL.clusterName] === one.id.name,
      );
      return {
        cluster: `${one.id.namespace}/${one.id.name}`,
        available: isAvailable(bodies.get(one.uid)),
        machines: mine.length,
        digest: digestOf(mine),
      };
    });
}

function isAvailable(cluster: KubeObject | undefined): boolean {
  const conditions = fieldAt(cluster, "status", "conditions");
  if (!Array.isArray(conditions)) return false;
  return conditions.some((one) => {
    const condition = asRecord(one);
    return condition?.["type"] === "Available" && condition["status"] === "True";
  });
}

function digestOf(machines: readonly KubeObject[]): string {
  const lines = machines
    .map((one) => `${one.metadata.name} ${stringAt(one, "spec", "providerID") ?? ""}`)
    .sort(compareStrings);
  return new Bun.CryptoHasher("sha256").update(lines.join("\n")).digest("hex");
}
