// The lock: one Lease per cluster, renewed while the run lives. A write starts only while both leases outlast it.
import type { Clock, ClusterReader } from "../model/client.ts";
import { KubeApiError, type PivotError } from "../model/error.ts";
import type { KubeObject } from "../model/object.ts";
import { isClosed } from "../model/run-record.ts";
import { type HeldLease, type LeaseDeps, RenewedLease } from "./held-lease.ts";
import { isHeldBy, LOOK_AT_IT, locked, looksAlive, newLease, readLease } from "./lease.ts";
import { LEASE_KIND } from "./our-kinds.ts";
import { momentOf } from "./pulse.ts";
import { readRecords } from "./record.ts";

/**
 * Takes the lease of one cluster for a new run and keeps renewing it. One that has run out is refused as well: what its
 * run has left is for `resume` and `rollback` (run/take-over.ts).
 * @throws PivotError LOCKED when it is there; nothing was changed.
 */
export async function acquireLease(deps: LeaseDeps): Promise<HeldLease> {
  for (;;) {
    const made = await makeLease(deps);
    if (made !== undefined) return made;
    const lease = await readLease(deps.client);
    // Undefined: it went in the same moment.
    if (lease !== undefined) throw await refusal(deps, lease);
  }
}

/** Undefined when there is one that somebody else has made. */
export async function makeLease(deps: LeaseDeps): Promise<HeldLease | undefined> {
  const { client, clock, process } = deps;
  const asked = momentOf(clock);
  try {
    const lease = await client.create(LEASE_KIND, newLease(deps));
    return new RenewedLease(deps, lease, asked);
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.reason !== "AlreadyExists") throw error;
    // A create whose answer was lost is repeated by the transport, and then finds itself.
    const lease = await readLease(client);
    if (lease === undefined || !isHeldBy(lease, process)) return undefined;
    return new RenewedLease(deps, lease, asked);
  }
}

async function refusal({ client, clock }: LeaseDeps, lease: KubeObject): Promise<PivotError> {
  if (looksAlive(lease, clock)) return locked(client, lease, LOOK_AT_IT);
  const isOpen = (await readRecords(client)).some(({ phase }) => !isClosed(phase));
  return locked(client, lease, isOpen ? GO_ON_WITH_IT : CLEAR_IT);
}

const GO_ON_WITH_IT =
  "kubectl capi-pivot status   # shows that run; resume finishes it, rollback puts everything back";
const CLEAR_IT =
  "kubectl capi-pivot rollback   # it has run out and its run had not begun: this clears what is left";

/**
 * For the words only, taking the lease decides: a run that lives is no unfinished one.
 * @throws PivotError LOCKED
 */
export async function refuseLocked(client: ClusterReader, clock: Clock): Promise<void> {
  const lease = await readLease(client);
  if (lease !== undefined && looksAlive(lease, clock)) throw locked(client, lease, LOOK_AT_IT);
}
