// Quotas of the target that would be too small: a dry run counts one object at a time, and none of them is there. Pure.
import { numberOf } from "../model/json.ts";
import { asRecord, formatId, idOf, type Json, type KubeObject } from "../model/object.ts";
import type { Finding, Plan, PlannedObject } from "../model/plan.ts";
import { travellers } from "./plan-pivot.ts";

export const QUOTA_KIND = "ResourceQuota";

/** One finding for every kind of which a quota leaves room for fewer than come. `taken`: uids that need no room. */
export function quotaFindings(
  plan: Plan,
  quotas: readonly KubeObject[],
  taken: ReadonlySet<string>,
): readonly Finding[] {
  const coming = travellers(plan).filter(({ uid }) => !taken.has(uid));
  return quotas.flatMap((quota) => {
    const here = coming.filter(({ id }) => id.namespace === quota.metadata.namespace);
    const groups = Map.groupBy(here, ({ kind }) => kind.plural + (kind.group && `.${kind.group}`));
    return [...groups].flatMap(([resource, objects]) => {
      const room = roomFor(resource, quota);
      return room < objects.length ? [toFinding(quota, room, objects)] : [];
    });
  });
}

function toFinding(quota: KubeObject, room: number, objects: readonly PlannedObject[]): Finding {
  return {
    code: "QUOTA_TOO_SMALL",
    severity: "error",
    objects: objects.map(({ id }) => id),
    why: `${formatId(idOf(quota))} of the target has room for ${Math.max(0, room)} of them, and ${objects.length} come`,
    hint: "raise that quota, or make room",
  };
}

/** By `count/machines.cluster.x-k8s.io`, and by the older names `secrets` and `configmaps`. */
function roomFor(resource: string, { status }: KubeObject): number {
  const rooms = [`count/${resource}`, resource].flatMap((name) => {
    const hard = amountOf(status, "hard", name);
    return hard === undefined ? [] : [hard - (amountOf(status, "used", name) ?? 0)];
  });
  return Math.min(Number.POSITIVE_INFINITY, ...rooms);
}

/** Counts are written out in full, or as `1k`: what is no plain number limits nothing here. */
function amountOf(status: Json, field: "hard" | "used", name: string): number | undefined {
  const value = asRecord(asRecord(status)?.[field])?.[name];
  const number = typeof value === "string" ? Number(value) : numberOf(value);
  return number === undefined || Number.isNaN(number) ? undefined : number;
}
