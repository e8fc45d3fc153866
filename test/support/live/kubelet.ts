// Plays scheduler and kubelet for all pods of a cluster. Pods with an image of ours run: their program is a process in a
// network and a root folder of its own, with the ServiceAccount's rights. All others are Running and Ready at once.
import { join } from "node:path";
import type { TestCluster } from "../testbed/test-cluster.ts";
import { follow, type Watched } from "./follow.ts";
import type { ImagePrograms } from "./images.ts";
import type { PodNetwork } from "./network-namespace.ts";
import type { Pod } from "./pod.ts";
import { type PodDeps, type PodProcess, PodWorker } from "./pod-worker.ts";
import { MERGE_PATCH, openStandIn, type StandIn } from "./stand-in.ts";

export interface KubeletOptions {
  readonly cluster: TestCluster;
  readonly network: PodNetwork;
  readonly programs: ImagePrograms;
}

export interface Kubelet {
  /** The processes that run now. */
  processes(): readonly PodProcess[];
  /** Kills them and reports nothing any more. */
  stop(): Promise<void>;
}

const NODE = "node-1";

/** Registers the node and begins to follow pods. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { cluster, network, programs } = options;
  const standIn = await openStandIn(cluster, "kubelet");
  const stop = new AbortController();
  await registerNode(standIn, network.address, stop.signal);
  const workers = new Map<string, PodWorker>();
  const secrets = follow(standIn.session, {
    path: "/api/v1/secrets",
    signal: stop.signal,
    onPresent: () => {
      for (const worker of workers.values()) void worker.refreshSecrets();
    },
  });
  const deps: PodDeps = {
    standIn,
    network,
    programs,
    secrets,
    nodeName: NODE,
    ca: cluster.ca,
    folder: join(cluster.facts.folder, "pods"),
    stopped: stop.signal,
  };
  followPods(workers, deps);
  return {
    processes: () => [...workers.values()].flatMap(({ process }) => process ?? []),
    stop: async () => {
      stop.abort();
      await Promise.all([...workers.values()].map(({ done }) => done));
    },
  };
}

function followPods(workers: Map<string, PodWorker>, deps: PodDeps): void {
  follow(deps.standIn.session, {
    path: "/api/v1/pods",
    signal: deps.stopped,
    onPresent: (object) => {
      const pod = object as Pod;
      const { uid } = pod.metadata;
      const worker = workers.get(uid);
      if (worker !== undefined) return worker.update(pod);
      const fresh = new PodWorker(pod, deps);
      workers.set(uid, fresh);
      void fresh.done.then(() => workers.delete(uid));
    },
    onGone: ({ metadata }: Watched) => workers.get(metadata.uid)?.vanish(),
  });
}

async function registerNode(standIn: StandIn, address: string, signal: AbortSignal): Promise<void> {
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: NODE,
      labels: { "kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux" },
    },
  };
  await standIn.send(signal, "POST", "/api/v1/nodes", node);
  const path = `/api/v1/nodes/${NODE}`;
  // Admission taints every new node until somebody finds it ready.
  await standIn.send(signal, "PATCH", path, { spec: { taints: null } }, MERGE_PATCH);
  const heartbeat = new Date().toISOString();
  const ready = {
    type: "Ready",
    status: "True",
    reason: "KubeletReady",
    lastHeartbeatTime: heartbeat,
    lastTransitionTime: heartbeat,
  };
  const size = { cpu: "8", memory: "16Gi", pods: "110" };
  const status = {
    addresses: [{ type: "InternalIP", address }],
    allocatable: size,
    capacity: size,
    conditions: [ready],
  };
  await standIn.send(signal, "PATCH", `${path}/status`, { status }, MERGE_PATCH);
}
