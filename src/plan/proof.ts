// Is the fleet what it was? Compares what the target says by now with what the source said before. Pure.
import { ANNOTATION, CLUSTER_KIND, LABEL } from "../model/capi.ts";
import { conditionOf, isTrue } from "../model/conditions.ts";
import { numberOf } from "../model/json.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { fieldAt, formatId, idOf, type KubeObject, kindKey, stringAt } from "../model/object.ts";
import type { Bodies, Plan, PlannedObject } from "../model/plan.ts";
import type { FleetEntry } from "../model/run-record.ts";
import { movedObjects } from "./plan-pivot.ts";

/** Something that is not as it was: which Cluster, and the rest of the sentence about it. */
export interface Doubt {
  readonly cluster: string;
  readonly what: string;
}

/** Moved objects whose controller has to say that it goes on; what the operator had paused stays paused. */
export function unpausedObjects(
  plan: Plan,
  bodies: Bodies,
  isActedOn: (kind: ResourceKind) => boolean,
): readonly PlannedObject[] {
  const moved = movedObjects(plan);
  const paused = new Set(
    moved
      .filter((one) => kindKey(one.id) === CLUSTER_KIND && one.freeze === "already")
      .map(({ id }) => `${id.namespace}/${id.name}`),
  );
  return moved.filter((one) => {
    const body = bodies.get(one.uid);
    if (body === undefined || one.hold !== "acknowledges" || !isActedOn(one.kind)) return false;
    if (one.freeze === "already" || paused.has(clusterOf(body))) return false;
    return one.freeze === "annotation" || !(ANNOTATION.paused in (body.metadata.annotations ?? {}));
  });
}

/** `ns/name` of the Cluster that an object belongs to. */
function clusterOf(body: KubeObject): string {
  const { namespace, labels, name } = body.metadata;
  const isCluster = kindKey(idOf(body)) === CLUSTER_KIND;
  const cluster = labels?.[LABEL.clusterName] ?? stringAt(body, "spec", "clusterName");
  return `${namespace}/${isCluster ? name : cluster}`;
}

/** Says `Paused=False`, of the generation that it has now. */
export function isUnpaused(body: KubeObject): boolean {
  const condition = conditionOf(body, "Paused");
  if (fieldAt(condition, "status") !== "False") return false;
  const observed = numberOf(fieldAt(condition, "observedGeneration"));
  return observed === undefined || observed >= (body.metadata.generation ?? 0);
}

/** What a Cluster has lost of its health; time may heal it. */
export function healthDoubts(before: FleetEntry, now: KubeObject | undefined): readonly Doubt[] {
  const { cluster } = before;
  if (now === undefined) return [{ cluster, what: "is not there" }];
  const lost = [
    { was: before.available, type: "Available" },
    { was: before.connected, type: "RemoteConnectionProbe" },
  ].filter(({ was, type }) => was && !isTrue(now, type));
  return lost.map(({ type }) => {
    const reason = stringAt(conditionOf(now, type), "reason");
    const why = reason === undefined ? "" : ` (${reason})`;
    return { cluster, what: `does not say ${type}, as it did before${why}` };
  });
}

/** A Machine as it was, and the uid that it has in the target. */
export interface KnownMachine {
  readonly name: string;
  readonly providerId: string | undefined;
  readonly uid: string | undefined;
}

/**
 * Machines that came, went or became others. No time heals these. A providerID that was not there yet may come.
 * `now`: Machines of this Cluster.
 */
export function machineDoubts(
  cluster: string,
  before: readonly KnownMachine[],
  now: readonly KubeObject[],
): readonly Doubt[] {
  const known = new Map(before.map((machine) => [machine.name, machine]));
  const found = new Map(now.map((machine) => [machine.metadata.name, machine]));
  const added = now.filter(({ metadata }) => !known.has(metadata.name));
  return [
    ...added.map((machine) => ({ cluster, what: `got ${formatId(idOf(machine))}` })),
    ...before.flatMap((machine) => {
      const what = machineDoubt(machine, found.get(machine.name));
      return what === undefined ? [] : [{ cluster, what }];
    }),
  ];
}

function machineDoubt(before: KnownMachine, now: KubeObject | undefined): string | undefined {
  if (now === undefined) return `lost Machine ${before.name}`;
  if (now.metadata.deletionTimestamp !== undefined) return `is losing Machine ${before.name}`;
  if (before.uid !== undefined && now.metadata.uid !== before.uid) {
    return `got another Machine ${before.name} in place of the one that was moved`;
  }
  const providerId = stringAt(now, "spec", "providerID");
  if (before.providerId === undefined || providerId === before.providerId) return undefined;
  return `has Machine ${before.name} with another providerID than before`;
}
