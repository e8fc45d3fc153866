// How the pods of a controller have ended. A pod that is gone from the API may live on, on a node that does not answer;
// one whose kubelet has said that its containers are over does not, and whatever it held, a lease say, nobody renews.
//
// A kubelet takes a pod away only after it has reported a terminal phase and every container as terminated, and never
// reports that while one of them could run (kubernetes pkg/kubelet/status/status_manager.go, canBeDeleted and
// mergePodStatus; since 1.27). Everybody else (`kubectl delete --force`, the collector of orphaned pods) leaves
// the containers in the state in which the kubelet saw them last.
import type { ClusterReader } from "../model/client.ts";
import { KubeApiError } from "../model/error.ts";
import {
  asRecord,
  fieldAt,
  type Json,
  type KubeObject,
  listAt,
  stringAt,
} from "../model/object.ts";
import { POD_KIND } from "./our-kinds.ts";
import { isLive } from "./workload.ts";

/** What is known of a pod's end: nothing yet, that its containers are over, or that nobody said so. */
type End = "unknown" | "over" | "unproven";

/** Of one controller; looks again and again. */
export class PodEnds {
  readonly #reader: ClusterReader;
  readonly #pods = new Map<string, { readonly pod: KubeObject; readonly end: End }>();

  constructor(reader: ClusterReader) {
    this.#reader = reader;
  }

  /** Given all pods that are there now; asks how those ended that are not. */
  async observe(present: readonly KubeObject[]): Promise<void> {
    const uids = new Set(present.map(({ metadata }) => metadata.uid));
    for (const pod of present) {
      this.#pods.set(pod.metadata.uid, { pod, end: isOver(pod) ? "over" : "unknown" });
    }
    const gone = [...this.#pods.values()].filter(
      ({ pod, end }) => end === "unknown" && !uids.has(pod.metadata.uid),
    );
    await Promise.all(
      gone.map(async ({ pod }) => {
        const end = (await this.#wasOver(pod)) ? "over" : "unproven";
        this.#pods.set(pod.metadata.uid, { pod, end });
      }),
    );
  }

  /** Of every pod that was ever there. */
  names(): ReadonlySet<string> {
    return new Set([...this.#pods.values()].map(({ pod }) => pod.metadata.name));
  }

  /** Are all of them surely over? One that is not could take up what another one held. */
  isAllOver(): boolean {
    return [...this.#pods.values()].every(({ end }) => end === "over");
  }

  /** Who may not watch pods learns nothing, and has to wait. */
  async #wasOver(pod: KubeObject): Promise<boolean> {
    const { namespace, name, uid, resourceVersion } = pod.metadata;
    try {
      const address = { namespace: namespace ?? "", name };
      const last = await this.#reader.deletedState(POD_KIND, address, resourceVersion);
      return last?.metadata.uid === uid && isOver(last);
    } catch (error) {
      if (error instanceof KubeApiError) return false;
      throw error;
    }
  }
}

/** By its kubelet's own word. */
export function isOver(pod: KubeObject): boolean {
  if (isLive(pod) || isOrphan(pod)) return false;
  const names = listAt(pod, "spec", "containers").map((container) => stringAt(container, "name"));
  const states = new Map(
    listAt(pod, "status", "containerStatuses").map((one) => [stringAt(one, "name"), one]),
  );
  return (
    names.length > 0 &&
    names.every((name) => isTerminated(states.get(name))) &&
    // Among them those that run beside the others.
    listAt(pod, "status", "initContainerStatuses").every((one) => isTerminated(one))
  );
}

function isTerminated(containerStatus: Json): boolean {
  return asRecord(fieldAt(containerStatus, "state", "terminated")) !== undefined;
}

/** The collector of orphaned pods ends the phase of a pod whose node is gone (pkg/controller/podgc/gc_controller.go). */
function isOrphan(pod: KubeObject): boolean {
  return listAt(pod, "status", "conditions").some(
    (condition) => stringAt(condition, "reason") === "DeletionByPodGC",
  );
}
