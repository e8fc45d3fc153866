// Pods as far as the kubelet stand-in reads them, and the statuses that it writes. Pure.
import { fieldAt, type Json } from "../../../src/model/object.ts";
import type { Watched } from "./follow.ts";
import { isMissingImage } from "./images.ts";

export interface Pod extends Watched {
  readonly spec: {
    readonly nodeName?: string;
    readonly serviceAccountName?: string;
    readonly terminationGracePeriodSeconds?: number;
    readonly containers: readonly Container[];
    readonly volumes?: readonly Volume[];
  };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentVariable[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly readinessProbe?: {
    readonly httpGet?: { readonly path?: string; readonly port: string | number };
  };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}

export interface Volume {
  readonly name: string;
  readonly secret?: { readonly secretName: string };
}

/** How a pod is doing. */
export interface PodState {
  readonly address?: string;
  readonly isRunning: boolean;
  readonly isReady: boolean;
  readonly restarts: number;
  readonly startedAt: string;
  /** Why it does not run: `ImagePullBackOff`. */
  readonly waitingFor?: string;
  /** When it was over for good; nothing of it runs any more. */
  readonly endedAt?: string;
}

export function pathOfPod({ metadata }: Pod, subresource?: string): string {
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** Where a probe asks; undefined where a container has none. */
export function readinessUrl(container: Container, address: string): string | undefined {
  const probe = container.readinessProbe?.httpGet;
  if (probe === undefined) return undefined;
  const { port, path = "/" } = probe;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  return `http://${address}:${named ?? port}${path}`;
}

/** The whole status that a kubelet would report. */
export function podStatus(pod: Pod, state: PodState, hostAddress: string): Json {
  const { address, isRunning, isReady, startedAt } = state;
  const condition = (type: string, isTrue: boolean): Json => ({
    type,
    status: isTrue ? "True" : "False",
    lastTransitionTime: startedAt,
  });
  return {
    phase: state.endedAt === undefined ? (isRunning ? "Running" : "Pending") : "Failed",
    startTime: startedAt,
    hostIP: hostAddress,
    hostIPs: [{ ip: hostAddress }],
    ...(address === undefined ? {} : { podIP: address, podIPs: [{ ip: address }] }),
    conditions: [
      condition("PodReadyToStartContainers", isRunning),
      condition("Initialized", true),
      condition("Ready", isReady),
      condition("ContainersReady", isReady),
      condition("PodScheduled", true),
    ],
    containerStatuses: pod.spec.containers.map((container) => containerStatus(container, state)),
  };
}

function containerStatus(container: Container, state: PodState): Json {
  const { isReady, restarts } = state;
  const running = containerState(state);
  return {
    name: container.name,
    image: container.image,
    imageID: isMissingImage(container.image) ? "" : `testbed/${container.image}`,
    ready: isReady,
    started: fieldAt(running, "running") !== undefined,
    restartCount: restarts,
    state: running,
  };
}

function containerState({ isRunning, startedAt, endedAt, waitingFor }: PodState): Json {
  if (endedAt !== undefined) {
    return { terminated: { exitCode: 137, reason: "Error", startedAt, finishedAt: endedAt } };
  }
  return isRunning && waitingFor === undefined
    ? { running: { startedAt } }
    : { waiting: { reason: waitingFor } };
}
