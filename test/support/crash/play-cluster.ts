// Controllers that the crash tests play themselves: a kubelet, since there are no nodes, and the namespace
// controller, since the real one waits five seconds before it looks at a namespace that is being deleted, and would then
// empty one of the same name that was put back meanwhile.
import { type KubeObject, listAt } from "../../../src/model/object.ts";
import { ask, type FleetApi } from "../fleet/fleet-api.ts";
import type { StoredEntry } from "../testbed/etcd-store.ts";
import type { StoreMirror } from "../testbed/store-mirror.ts";
import type { KnownCluster } from "../whole-cluster/known-cluster.ts";

/** Not to be started in the controller manager. */
export const PLAYED_CONTROLLERS = ["namespace-controller"];
/** Nor this one, where objects come back under uids that it would remember as gone. */
export const GARBAGE_COLLECTOR = "garbage-collector-controller";

const EVERY_MS = 50;
const MERGE = "application/merge-patch+json";
const PODS = "/registry/pods/";
/** Deployments, ReplicaSets, Pods. */
const WORKLOADS = /^\/registry\/(deployments|replicasets|pods)\//;

export interface Player {
  /** Resolves when it has nothing under way. */
  pause(): Promise<void>;
  resume(): void;
  stop(): Promise<void>;
}

/** Every pod is Running and Ready at once. */
export function playKubelet(api: FleetApi, mirror: StoreMirror): Player {
  const started = new Map<string, number>();
  return play(mirror, /^\/registry\/pods\//, async () => {
    for (const { key, created } of stored(mirror, PODS)) {
      if (started.get(key) === created) continue;
      const [namespace, name] = key.slice(PODS.length).split("/");
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
      await ask(api, "PATCH", path, { status: READY }, MERGE);
      started.set(key, created);
    }
    return true;
  });
}

const READY = {
  phase: "Running",
  conditions: [
    { type: "Ready", status: "True" },
    { type: "ContainersReady", status: "True" },
  ],
};

/** What is in a namespace goes with it. */
export function playNamespaces(cluster: KnownCluster, mirror: StoreMirror): Player {
  return play(mirror, /^\/registry\/namespaces\//, () => sweepNamespaces(cluster));
}

/** Of owners that matter here: what a Deployment or a ReplicaSet owns goes with it. */
export function playGarbageCollector(api: FleetApi, mirror: StoreMirror): Player {
  return play(mirror, WORKLOADS, async () => {
    const owners = await Promise.all(["deployments", "replicasets"].map((one) => uidsOf(api, one)));
    const alive = new Set(owners.flat());
    const orphans = await Promise.all(
      ["/apis/apps/v1/replicasets", "/api/v1/pods"].map((path) => orphansIn(api, path, alive)),
    );
    for (const path of orphans.flat()) await api.request("DELETE", path);
    return orphans.flat().length === 0;
  });
}

async function uidsOf(api: FleetApi, plural: string): Promise<readonly string[]> {
  const list = await ask(api, "GET", `/apis/apps/v1/${plural}`);
  return (listAt(list, "items") as readonly KubeObject[]).map(({ metadata }) => metadata.uid);
}

/** Their paths. */
async function orphansIn(
  api: FleetApi,
  path: string,
  alive: ReadonlySet<string>,
): Promise<readonly string[]> {
  const items = listAt(await ask(api, "GET", path), "items") as readonly KubeObject[];
  const isOrphan = ({ metadata: { ownerReferences = [] } }: KubeObject): boolean =>
    ownerReferences.length > 0 && ownerReferences.every(({ uid }) => !alive.has(uid));
  const at = path.lastIndexOf("/");
  return items.filter(isOrphan).map(({ metadata: { namespace, name } }) => {
    return `${path.slice(0, at)}/namespaces/${namespace}${path.slice(at)}/${name}`;
  });
}

function stored(mirror: StoreMirror, prefix: string): readonly StoredEntry[] {
  return [...mirror.entries.values()].filter(({ key }) => key.startsWith(prefix));
}

interface NamespaceObject {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly finalizers?: readonly string[] };
}

/** Resolves to whether no namespace is on its way out. */
async function sweepNamespaces(cluster: KnownCluster): Promise<boolean> {
  const list = await ask(cluster.api, "GET", "/api/v1/namespaces");
  const { items } = list as { readonly items: readonly NamespaceObject[] };
  const leaving = items.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  for (const namespace of leaving) await sweep(cluster, namespace);
  return leaving.length === 0;
}

async function sweep(cluster: KnownCluster, namespace: NamespaceObject): Promise<void> {
  const { name } = namespace.metadata;
  const paths = await cluster.pathsIn(name);
  // 404: gone by itself.
  for (const path of paths) await cluster.api.request("DELETE", path);
  if (paths.length > 0) return;
  const spec = { ...namespace.spec, finalizers: [] };
  const body = JSON.stringify({ ...namespace, apiVersion: "v1", kind: "Namespace", spec });
  const headers = { "content-type": "application/json" };
  await cluster.api.request("PUT", `/api/v1/namespaces/${name}/finalize`, body, headers);
}

/** Looks when something with such a key has changed, and again while there is something left to do. */
function play(mirror: StoreMirror, keys: RegExp, look: () => Promise<boolean>): Player {
  let isStopped = false;
  let isPaused = false;
  let hasNews = true;
  let turn: Promise<unknown> = Promise.resolve();
  const stopListening = mirror.on((events) => {
    hasNews ||= events.some(({ key }) => keys.test(key));
  });
  const take = async (): Promise<void> => {
    hasNews = false;
    // What was there a moment ago may be gone.
    const isDone = await look().catch(() => false);
    hasNews ||= !isDone;
  };
  const work = async (): Promise<void> => {
    while (!isStopped) {
      if (!isPaused && hasNews) {
        turn = take();
        await turn;
      }
      await Bun.sleep(EVERY_MS);
    }
  };
  const done = work();
  return {
    pause: async () => {
      isPaused = true;
      await turn;
    },
    resume: () => {
      isPaused = false;
    },
    stop: async () => {
      isStopped = true;
      stopListening();
      await done;
    },
  };
}
