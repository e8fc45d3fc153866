// The clusters of a run behind its locks: every write through these clients needs a lock that outlives it.
import type { Clock, ClusterClient } from "../model/client.ts";
import { type ClusterName, KubeApiError, PivotError } from "../model/error.ts";
import type { OwnProcess } from "../model/process.ts";
import type { RunRecord } from "../model/run-record.ts";
import { type HeldLease, type WriteGate, writeGate } from "./held-lease.ts";

/** The same cluster, whose writes ask `beforeWrite` first: it resolves to the longest time-out (ms), or refuses. */
export type Gate = (client: ClusterClient, beforeWrite: WriteGate) => ClusterClient;

/** What a session is opened with. */
export interface SessionDeps {
  readonly source: ClusterClient;
  readonly target: ClusterClient;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly process: OwnProcess;
  readonly record: RunRecord;
}

/** A cluster whose lock is held. */
export interface Side {
  readonly client: ClusterClient;
  readonly lease: HeldLease;
}

/** One of the two is missing when that cluster is gone for good. */
export type Sides = Readonly<Partial<Record<ClusterName, Side>>>;

/** Clients whose writes need the locks. */
export interface Locked extends Pick<SessionDeps, "source" | "target"> {
  readonly sides: Sides;
  /** Locks that a write to the source needs: both, but on the way back its own alone, the target may have gone. */
  readonly forSource: { leases: readonly HeldLease[] };
}

/** `taken`: the locks that are held. */
export function behindLocks(deps: SessionDeps, taken: readonly Side[]): Locked {
  const all = taken.map(({ lease }) => lease);
  const forSource: Locked["forSource"] = { leases: all };
  return {
    source: deps.gate(
      deps.source,
      writeGate(() => forSource.leases),
    ),
    target: deps.gate(
      deps.target,
      writeGate(() => all),
    ),
    sides: Object.fromEntries(taken.map((side) => [side.client.name, side])),
    forSource,
  };
}

/** In the order of the clusters' uids: two runs in opposite directions cannot wait for each other. */
export function inLockOrder({ source, target, record }: SessionDeps): readonly ClusterClient[] {
  return record.source.uid < record.target.uid ? [source, target] : [target, source];
}

/** On the way out: a lock that cannot be given back runs out by itself, and the first error is the one to tell. */
export async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof PivotError || error instanceof KubeApiError)) throw error;
  }
}
