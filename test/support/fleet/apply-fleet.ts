// Puts a fleet into a real API server the way its writers do: users and controllers one after another, owners first,
// each under its own field manager, so that managedFields, generations and statuses look lived in.
import { fieldAt, type Json, stringAt } from "../../../src/model/object.ts";
import { ask, type FleetApi } from "./fleet-api.ts";
import { apiVersionOfKind, fleetKind, pathOf } from "./fleet-kinds.ts";
import {
  type FleetObject,
  type FleetOwner,
  keyOf,
  type Labels,
  MANAGER,
  ownerLevels,
} from "./fleet-object.ts";
import type { Fleet } from "./fleets.ts";

const WIDTH = 32;
const MERGE = "application/merge-patch+json";
const APPLY = "application/apply-patch+yaml";

/** The uid of each object, by its key. */
export type FleetUids = ReadonlyMap<string, string>;

/** Creates namespaces and objects; refuses when an object is there already. */
export async function applyFleet(api: FleetApi, fleet: Fleet): Promise<FleetUids> {
  for (const namespace of fleet.namespaces) await ensureNamespace(api, namespace);
  const uids = new Map<string, string>();
  for (const level of ownerLevels(fleet.objects)) {
    const made = await eachOf(level, (object) => applyObject(api, object, uids));
    made.forEach((uid, index) => {
      const object = level[index];
      if (object !== undefined) uids.set(keyOf(object), uid);
    });
  }
  return uids;
}

async function ensureNamespace(api: FleetApi, name: string): Promise<void> {
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  const answer = await api.request("POST", "/api/v1/namespaces", JSON.stringify(body), {
    "content-type": "application/json",
  });
  if (answer.status >= 300 && answer.status !== 409) {
    throw new Error(`namespace ${name}: ${answer.status} ${answer.text}`);
  }
}

/** Runs `work` over all items, 32 at a time, results in order. Stops handing out work at the first error. */
async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, worker));
  return results;
}

async function applyObject(api: FleetApi, object: FleetObject, uids: FleetUids): Promise<string> {
  const owners = object.owners.map((owner) => ownerReference(owner, uids));
  const path = pathOf(fleetKind(object.kind), object.namespace, object.name);
  let latest = await createObject(api, object, path, owners);
  const uid = stringAt(latest, "metadata", "uid");
  if (uid === undefined) throw new Error(`${keyOf(object)} has no uid`);
  if (object.layer !== undefined) {
    const { manager, ...metadata } = object.layer;
    const body = { ...header(object), metadata: { ...named(object), ...metadata } };
    latest = await ask(api, "PATCH", `${path}?fieldManager=${manager}&force=true`, body, APPLY);
  }
  const adoption = adoptionPatch(object, owners);
  if (adoption !== undefined) {
    latest = await ask(api, "PATCH", `${path}?fieldManager=${MANAGER.controller}`, adoption, MERGE);
  }
  if (object.status !== undefined) {
    const status = object.status(Number(fieldAt(latest, "metadata", "generation") ?? 1));
    const statusPath = `${path}/status?fieldManager=${MANAGER.controller}`;
    await ask(api, "PATCH", statusPath, { status }, MERGE);
  }
  return uid;
}

function createObject(
  api: FleetApi,
  object: FleetObject,
  path: string,
  owners: readonly Json[],
): Promise<Json> {
  const { manager, apply, ...metadata } = object.creation;
  if (manager === MANAGER.kubectl && owners.length > 0 && object.ownersBy !== "adoption") {
    // kubectl would record the uids in its annotation, where no mover could follow them.
    throw new Error(`${keyOf(object)}: a user does not write owner references`);
  }
  const body = {
    ...header(object),
    metadata: {
      ...named(object),
      ...metadata,
      ...(object.ownersBy === "adoption" || owners.length === 0 ? {} : { ownerReferences: owners }),
    },
    ...object.content,
  };
  if (apply === true) {
    return ask(api, "PATCH", `${path}?fieldManager=${manager}&force=true`, body, APPLY);
  }
  const collection = path.slice(0, path.lastIndexOf("/"));
  const sent = manager === MANAGER.kubectl ? withLastApplied(body, metadata.annotations) : body;
  return ask(api, "POST", `${collection}?fieldManager=${manager}`, sent);
}

/** `kubectl apply` leaves what it was given in an annotation. */
function withLastApplied(
  body: { readonly metadata: Readonly<Record<string, Json>> },
  annotations: Labels | undefined,
): Json {
  const lastApplied = `${JSON.stringify(body)}\n`;
  return {
    ...body,
    metadata: {
      ...body.metadata,
      annotations: {
        ...annotations,
        "kubectl.kubernetes.io/last-applied-configuration": lastApplied,
      },
    },
  };
}

function adoptionPatch(object: FleetObject, owners: readonly Json[]): Json {
  const { spec, ...metadata } = object.adoption ?? {};
  const adopts = object.ownersBy === "adoption" && owners.length > 0;
  if (spec === undefined && Object.keys(metadata).length === 0 && !adopts) return undefined;
  return {
    metadata: { ...metadata, ...(adopts ? { ownerReferences: owners } : {}) },
    ...(spec === undefined ? {} : { spec }),
  };
}

function header(object: FleetObject): { readonly apiVersion: string; readonly kind: string } {
  return { apiVersion: apiVersionOfKind(fleetKind(object.kind)), kind: object.kind };
}

function named(object: FleetObject): Readonly<Record<string, string>> {
  const { name, namespace } = object;
  return namespace === undefined ? { name } : { name, namespace };
}

function ownerReference({ key, ...flags }: FleetOwner, uids: FleetUids): Json {
  const uid = uids.get(key);
  if (uid === undefined) throw new Error(`owner ${key} was not created`);
  const [kindAndGroup = "", path = ""] = key.split(" ");
  const kind = kindAndGroup.split(".")[0] ?? "";
  const name = path.slice(path.indexOf("/") + 1);
  return { apiVersion: apiVersionOfKind(fleetKind(kind)), kind, name, uid, ...flags };
}
