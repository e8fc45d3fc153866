// Two controllers that the crash tests play themselves: a kubelet, since there are no nodes, and the namespace
// controller, since the real one waits five seconds before it looks at a namespace that is being deleted, and would then
// empty one of the same name that was put back meanwhile.
import { ask, type FleetApi } from "../fleet/fleet-api.ts";
import type { EtcdStore, StoredKey } from "../testbed/etcd-store.ts";
import type { KnownCluster } from "../whole-cluster/known-cluster.ts";

/** Not to be started in the controller manager. */
export const PLAYED_CONTROLLERS = ["namespace-controller"];

const EVERY_MS = 50;
const MERGE = "application/merge-patch+json";
const PODS = "/registry/pods/";
const NAMESPACES = "/registry/namespaces/";

export interface Player {
  /** Resolves when it has nothing under way. */
  pause(): Promise<void>;
  resume(): void;
  stop(): Promise<void>;
}

/** Every pod is Running and Ready at once. */
export function playKubelet(api: FleetApi, store: EtcdStore): Player {
  const started = new Map<string, number>();
  return play(async () => {
    for (const { key, created } of await store.keys(PODS)) {
      if (started.get(key) === created) continue;
      const [namespace, name] = key.slice(PODS.length).split("/");
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
      await ask(api, "PATCH", path, { status: READY }, MERGE);
      started.set(key, created);
    }
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
export function playNamespaces(cluster: KnownCluster): Player {
  let seen = "";
  return play(async () => {
    const now = textOf(await cluster.store.keys(NAMESPACES));
    if (now === seen) return;
    const isDone = await sweepNamespaces(cluster);
    if (isDone) seen = now;
  });
}

function textOf(keys: readonly StoredKey[]): string {
  return keys.map(({ key, modified }) => `${key} ${modified}`).join();
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

function play(look: () => Promise<void>): Player {
  let isStopped = false;
  let isPaused = false;
  let turn: Promise<void> = Promise.resolve();
  const work = async (): Promise<void> => {
    while (!isStopped) {
      if (!isPaused) {
        // What was there a moment ago may be gone.
        turn = look().catch(() => undefined);
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
      await done;
    },
  };
}
