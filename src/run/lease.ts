// The Lease as an object: who holds it, since when, from which process, and the words for whoever finds it held.
import { OUR_LABEL, OUR_NAMESPACE, OURS } from "../model/capi.ts";
import type { Clock, ClusterReader } from "../model/client.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import { numberOf } from "../model/json.ts";
import { asRecord, fieldAt, type KubeObject, stringAt } from "../model/object.ts";
import type { OwnProcess, ProcessIdentity } from "../model/process.ts";
import { LEASE_KIND } from "./our-kinds.ts";

export const LEASE_ADDRESS = { namespace: OUR_NAMESPACE, name: "capi-pivot" };
export const LEASE_DURATION_MS = 15_000;

/** Who wants a lease. */
export interface Claim {
  /** For people: `RUN USER@HOST`. */
  readonly holder: string;
  readonly process: OwnProcess;
  readonly clock: Clock;
}

/** The lease of one cluster, undefined when there is none. */
export async function readLease(client: ClusterReader): Promise<KubeObject | undefined> {
  try {
    return await client.get(LEASE_KIND, LEASE_ADDRESS);
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** The body of a lease that nobody holds yet. */
export function newLease(claim: Claim): object {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { ...LEASE_ADDRESS, labels: OUR_LABEL, annotations: marksOf(claim.process) },
    spec: specOf(claim),
  };
}

/** The body that takes `found` over: its resourceVersion in it makes the write fail when it has changed since. */
export function takenLease(found: KubeObject, claim: Claim): object {
  const { annotations = {}, ...metadata } = found.metadata;
  const { [OURS.process]: _, ...kept } = annotations;
  const transitions = numberOf(fieldAt(found, "spec", "leaseTransitions")) ?? 0;
  return {
    ...found,
    metadata: { ...metadata, annotations: { ...kept, ...marksOf(claim.process) } },
    spec: {
      ...asRecord(found["spec"]),
      ...specOf(claim),
      leaseTransitions: transitions + 1,
    },
  };
}

function specOf({ holder, clock }: Claim): object {
  const now = microTime(clock.now());
  return {
    holderIdentity: holder,
    leaseDurationSeconds: LEASE_DURATION_MS / 1000,
    acquireTime: now,
    renewTime: now,
  };
}

function marksOf({ id, identity }: OwnProcess): Readonly<Record<string, string>> {
  return {
    [OURS.processId]: id,
    ...(identity === undefined ? {} : { [OURS.process]: JSON.stringify(identity) }),
  };
}

/** Names of runs and hosts do not tell: a run that is resumed has the same ones. */
export function isHeldBy(lease: KubeObject, { id }: OwnProcess): boolean {
  return lease.metadata.annotations?.[OURS.processId] === id;
}

/** Of the process that holds it; undefined when it did not say. */
export function processOf(lease: KubeObject): ProcessIdentity | undefined {
  const text = lease.metadata.annotations?.[OURS.process];
  const found = text === undefined ? undefined : parsedOrUndefined(text);
  const [bootId, namespaces] = [stringAt(found, "bootId"), stringAt(found, "namespaces")];
  const [pid, startTime] = [fieldAt(found, "pid"), stringAt(found, "startTime")];
  const isWhole = bootId !== undefined && namespaces !== undefined && startTime !== undefined;
  return isWhole && typeof pid === "number" ? { bootId, namespaces, pid, startTime } : undefined;
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Milliseconds for which it is held without a renewal; never less than ours. */
export function durationOf(lease: KubeObject): number {
  const seconds = numberOf(fieldAt(lease, "spec", "leaseDurationSeconds")) ?? 0;
  return Math.max(LEASE_DURATION_MS, seconds * 1000);
}

/** `RUN USER@HOST`. */
export function holderOf(lease: KubeObject): string {
  return stringAt(lease, "spec", "holderIdentity") ?? "somebody";
}

/** For words only: clocks of two machines differ. */
export function looksAlive(lease: KubeObject, clock: Clock): boolean {
  const renewed = Date.parse(stringAt(lease, "spec", "renewTime") ?? "");
  return clock.now() - renewed < durationOf(lease);
}

/** Somebody holds it, or has left it behind. */
export function locked(client: ClusterReader, lease: KubeObject, hint: string): PivotError {
  const [since, seen] = [timeAt(lease, "acquireTime"), timeAt(lease, "renewTime")];
  return new PivotError({
    code: "LOCKED",
    cluster: client.name,
    message: `another pivot holds the lock of the ${client.name} cluster: run ${holderOf(lease)} since ${since}, last seen ${seen}; nothing was changed`,
    hint,
  });
}

export const LOOK_AT_IT =
  "kubectl capi-pivot status   # what that run does; try again when it has ended";

function timeAt(lease: KubeObject, field: string): string {
  const text = stringAt(lease, "spec", field) ?? "";
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? "an unknown time" : new Date(ms).toISOString();
}

/** Leases carry MicroTime: six digits after the second. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
