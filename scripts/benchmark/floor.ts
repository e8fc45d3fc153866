// The bare requests that a faithful move needs, as fast as they go: nothing is planned, checked, compared or undone.
// Order only where a server demands it: an owner's new uid before its dependents, in the source dependents first, or
// the garbage collector would work against us.
import { Semaphore } from "../../src/kube/semaphore.ts";
import { fieldAt, type Json, type KubeObject, stringAt } from "../../src/model/object.ts";
import { fleetKind, pathOf } from "../../test/support/fleet/fleet-kinds.ts";
import { NAMESPACE, type Scene, type Side } from "./scene.ts";

const WIDTH = 32;
const JSON_TYPE = "application/json";
const MERGE = "application/merge-patch+json";

interface Endpoint {
  /** The text of the answer; throws unless it is a success. */
  ask(method: string, path: string, body?: Json, contentType?: string): Promise<string>;
  close(): void;
}

/** Moves the fleet of the scene. */
export async function moveBare({ source, target, fleet }: Scene): Promise<void> {
  const slots = new Semaphore(WIDTH);
  const from = endpoint(source, slots);
  const to = endpoint(target, slots);
  const objects = [...fleet.values()];
  await to.ask("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  const newUidOf = creations(to, objects);
  const removalOf = removals(from, objects);
  await Promise.all(
    objects.map(async (object) => {
      const { uid } = object.metadata;
      await newUidOf(uid);
      await dress(to, object);
      await removalOf(uid);
    }),
  );
  from.close();
  to.close();
}

/** Creates an object of the source, after its owners, when its new uid is first asked for. */
function creations(to: Endpoint, objects: readonly KubeObject[]): (uid: string) => Promise<string> {
  return onceFor(objects, async (object, newUidOf) => {
    const owners = object.metadata.ownerReferences ?? [];
    const uids = await Promise.all(owners.map(({ uid }) => newUidOf(uid)));
    const { namespace } = object.metadata;
    const collection = pathOf(fleetKind(object.kind), namespace);
    const created: unknown = JSON.parse(await to.ask("POST", collection, copyOf(object, uids)));
    return stringAt(created, "metadata", "uid") ?? "";
  });
}

/** Removes an object, after its dependents, when that is first asked for. */
function removals(
  from: Endpoint,
  objects: readonly KubeObject[],
): (uid: string) => Promise<string> {
  const edges = objects.flatMap(({ metadata: { uid, ownerReferences = [] } }) =>
    ownerReferences.map((owner) => ({ owner: owner.uid, uid })),
  );
  const dependents = Map.groupBy(edges, ({ owner }) => owner);
  return onceFor(objects, async (object, removalOf) => {
    const { uid, finalizers = [] } = object.metadata;
    await Promise.all((dependents.get(uid) ?? []).map((dependent) => removalOf(dependent.uid)));
    const path = addressOf(object);
    if (finalizers.length > 0) {
      await from.ask("PATCH", path, { metadata: { finalizers: null } }, MERGE);
    }
    return from.ask("DELETE", path);
  });
}

/** What creation does not take: status and field owners. */
async function dress(to: Endpoint, object: KubeObject): Promise<void> {
  const { managedFields } = object.metadata;
  const status = fieldAt(object, "status") as Json;
  const path = addressOf(object);
  if (status !== undefined) await to.ask("PATCH", `${path}/status`, { status }, MERGE);
  await to.ask("PATCH", path, { metadata: { managedFields: managedFields as Json } }, MERGE);
}

/** Work per uid, started when first asked for; it may ask for that of other uids. */
function onceFor(
  objects: readonly KubeObject[],
  work: (object: KubeObject, of: (uid: string) => Promise<string>) => Promise<string>,
): (uid: string) => Promise<string> {
  const byUid = new Map(objects.map((object) => [object.metadata.uid, object]));
  const results = new Map<string, Promise<string>>();
  const of = (uid: string): Promise<string> => {
    const object = byUid.get(uid);
    if (object === undefined) throw new Error(`no object of the fleet has the uid ${uid}`);
    const result = results.get(uid) ?? work(object, of);
    results.set(uid, result);
    return result;
  };
  return of;
}

function addressOf({ kind, metadata: { namespace, name } }: KubeObject): string {
  return pathOf(fleetKind(kind), namespace, name);
}

function copyOf(object: KubeObject, ownerUids: readonly string[]): Json {
  const { status: _, metadata, ...content } = object;
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = metadata;
  const owners = ownerReferences?.map((owner, index) => ({ ...owner, uid: ownerUids[index] }));
  return {
    ...content,
    metadata: { name, namespace, labels, annotations, finalizers, ownerReferences: owners },
  };
}

function endpoint({ cluster, url }: Side, slots: Semaphore): Endpoint {
  const { credentials } = cluster.facts.admin;
  const session = new Bun.FetchSession({
    tls: { ca: cluster.ca, ...credentials },
    proxy: false,
    keepAlive: { maxIdleSockets: 64 },
  });
  const send = async (
    method: string,
    path: string,
    body?: Json,
    contentType = JSON_TYPE,
  ): Promise<string> => {
    const answer = await session.fetch(`${url}${path}`, {
      method,
      headers: { accept: JSON_TYPE, "content-type": contentType },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text;
  };
  return {
    ask: (...request) => slots.run(() => send(...request)),
    close: () => session.close(),
  };
}
