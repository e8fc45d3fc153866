// What a live fleet looks like from outside: which machines run, where, and whether their clusters are Available.
import { fieldAt, type Json, stringAt } from "../../../src/model/object.ts";
import { ask, type FleetApi } from "../fleet/fleet-api.ts";
import { hasCondition } from "./conditions.ts";

export interface LiveMachine {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly cluster: string;
  /** `Running`, when it does. */
  readonly phase: string | undefined;
  readonly providerId: string | undefined;
  readonly node: string | undefined;
  readonly isReady: boolean;
}

export interface LiveClusterState {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly phase: string | undefined;
  readonly isPaused: boolean;
  readonly isAvailable: boolean;
}

export interface LiveState {
  /** By namespace and name. */
  readonly clusters: readonly LiveClusterState[];
  readonly machines: readonly LiveMachine[];
}

export interface WaitOptions {
  /** Default: all. */
  readonly namespaces?: readonly string[];
  readonly timeoutMs?: number;
}

const RUNNING_WITHIN_MS = 240_000;
const LOOK_MS = 500;

/** All clusters and machines, or those of some namespaces. */
export async function readLiveState(
  api: FleetApi,
  namespaces?: readonly string[],
): Promise<LiveState> {
  const [clusters, machines] = await Promise.all([
    listOf(api, "clusters", namespaces),
    listOf(api, "machines", namespaces),
  ]);
  return { clusters: clusters.map(clusterState), machines: machines.map(machineState) };
}

/** Waits until there are that many machines, all Running, and all clusters are Available. */
export async function waitUntilRunning(
  api: FleetApi,
  machines: number,
  { namespaces, timeoutMs = RUNNING_WITHIN_MS }: WaitOptions = {},
): Promise<LiveState> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const state = await readLiveState(api, namespaces);
    if (state.machines.length === machines && isAllRunning(state)) return state;
    if (performance.now() > deadline) {
      throw new Error(`not all machines run: ${JSON.stringify(state, undefined, 1)}`);
    }
    await Bun.sleep(LOOK_MS);
  }
}

export function isAllRunning({ clusters, machines }: LiveState): boolean {
  return (
    clusters.every(({ isAvailable }) => isAvailable) &&
    machines.every(({ phase, isReady }) => phase === "Running" && isReady)
  );
}

async function listOf(
  api: FleetApi,
  plural: string,
  namespaces: readonly string[] | undefined,
): Promise<readonly Json[]> {
  const list = await ask(api, "GET", `/apis/cluster.x-k8s.io/v1beta2/${plural}`);
  const items = (fieldAt(list, "items") ?? []) as readonly Json[];
  const wanted = (item: Json): boolean =>
    namespaces === undefined || namespaces.includes(stringAt(item, "metadata", "namespace") ?? "");
  return items.filter(wanted);
}

function clusterState(cluster: Json): LiveClusterState {
  return {
    ...identity(cluster),
    phase: stringAt(cluster, "status", "phase"),
    isPaused: hasCondition(cluster, "Paused"),
    isAvailable: hasCondition(cluster, "Available"),
  };
}

function machineState(machine: Json): LiveMachine {
  return {
    ...identity(machine),
    cluster: stringAt(machine, "spec", "clusterName") ?? "",
    phase: stringAt(machine, "status", "phase"),
    providerId: stringAt(machine, "spec", "providerID"),
    node: stringAt(machine, "status", "nodeRef", "name"),
    isReady: hasCondition(machine, "Ready"),
  };
}

function identity(object: Json): { namespace: string; name: string; uid: string } {
  return {
    namespace: stringAt(object, "metadata", "namespace") ?? "",
    name: stringAt(object, "metadata", "name") ?? "",
    uid: stringAt(object, "metadata", "uid") ?? "",
  };
}
