// What every step of a run is given. Steps return what they learned; the context itself never changes.

import { OURS } from "../model/capi.ts";
import type { Clock, ClusterClient } from "../model/client.ts";
import type { Emit } from "../model/event.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { formatId, idOf, type KubeObject, kindKey, type ObjectId } from "../model/object.ts";
import type { Bodies, Plan, PlannedObject } from "../model/plan.ts";
import type { UidMap } from "../plan/rewrite.ts";
import type { Served } from "../plan/served.ts";

export interface RunContext {
  readonly run: string;
  /** Clients whose writes pass the lease gate. */
  readonly source: ClusterClient;
  readonly target: ClusterClient;
  readonly clock: Clock;
  /** Aborted by Ctrl-C; steps look between writes, requests in flight are finished. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly concurrency: number;
  /** Longest single wait, milliseconds. */
  readonly timeoutMs: number;
  readonly status: "restore" | "drop";
}

/** The frozen source: the plan that will be carried out, and every body it needs. */
export interface Snapshot {
  readonly plan: Plan;
  readonly bodies: Bodies;
  readonly source: Inventory;
  readonly target: Inventory;
  /** What the target serves. */
  readonly served: Served;
}

/** A copy in the target, as the last write or list showed it. */
export interface Copy {
  readonly planned: PlannedObject;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** False for an equal object that was there before: it is never touched, undone or deleted. */
  readonly ours: boolean;
}

/** Copies by source uid. */
export type Copies = ReadonlyMap<string, Copy>;

/** Of these objects of the target, the copies that this run made, by source uid. */
export function markedCopies(
  objects: Iterable<KubeObject>,
  run: string,
): ReadonlyMap<string, KubeObject> {
  const copies = new Map<string, KubeObject>();
  for (const object of objects) {
    const annotations = object.metadata.annotations ?? {};
    const uid = annotations[OURS.sourceUid];
    if (annotations[OURS.run] === run && uid !== undefined) copies.set(uid, object);
  }
  return copies;
}

/** An object of a cluster, with the kind to speak of it. */
export interface KnownObject {
  readonly id: ObjectId;
  readonly kind: ResourceKind;
  readonly object: KubeObject;
}

/** What has no kind any more has gone with it. */
export function withKinds(
  objects: Iterable<KubeObject>,
  { kinds }: Pick<Inventory, "kinds">,
): readonly KnownObject[] {
  return [...objects].flatMap((object) => {
    const id = idOf(object);
    const kind = kinds.get(kindKey(id));
    return kind === undefined ? [] : [{ id, kind, object }];
  });
}

/** A live view: what is created while it is in use is seen. */
export function uidMapOf(copies: Copies): UidMap {
  return { get: (uid) => copies.get(uid)?.uid };
}

/** `{namespace, name}` of a planned object. */
export function addressOf(planned: Pick<PlannedObject, "id">): {
  readonly namespace?: string;
  readonly name: string;
} {
  const { namespace, name } = planned.id;
  return namespace === undefined ? { name } : { namespace, name };
}

/** As the answer of a write, or a list, shows it. */
export function toCopy(planned: PlannedObject, object: KubeObject, ours: boolean): Copy {
  const { uid, resourceVersion, generation = 0 } = object.metadata;
  return { planned, uid, resourceVersion, generation, ours };
}

/** Body of a planned object, from the snapshot: by construction it is there. */
export function bodyOf(bodies: Bodies, planned: PlannedObject): KubeObject {
  const body = bodies.get(planned.uid);
  if (body === undefined) throw new Error(`no body of ${formatId(planned.id)} in the snapshot`);
  return body;
}
