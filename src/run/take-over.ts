// Taking a lease over from a process that has died or stands still: for `resume` and `rollback` alone.
import { KubeApiError, type PivotError } from "../model/error.ts";
import type { KubeObject } from "../model/object.ts";
import { type HeldLease, type LeaseDeps, RenewedLease } from "./held-lease.ts";
import {
  durationOf,
  holderOf,
  isHeldBy,
  LEASE_ADDRESS,
  LOOK_AT_IT,
  locked,
  processOf,
  readLease,
  takenLease,
} from "./lease.ts";
import { makeLease } from "./lock.ts";
import { LEASE_KIND } from "./our-kinds.ts";
import { momentOf } from "./pulse.ts";

const BETWEEN_LOOKS_MS = 1_000;

export interface TakeOverDeps extends LeaseDeps {
  /** Ends the watching with its reason; nothing was written by then. */
  readonly signal: AbortSignal;
  /** About once a second while somebody else's lease is watched: for how long by now, and whose it is. */
  readonly onWaiting: (seconds: number, holder: string) => void;
}

/**
 * Holds the lease of one cluster, whoever had it: made when there is none; taken at once from a process that is known to
 * be dead; else when it was seen unchanged for as long as it lasts, by this machine's monotonic clock.
 * @throws PivotError LOCKED when its holder lives, or somebody else was faster. Nothing was changed then.
 */
export async function takeOverLease(deps: TakeOverDeps): Promise<HeldLease> {
  for (;;) {
    const found = await readLease(deps.client);
    const held = await (found === undefined ? makeLease(deps) : takeFrom(deps, found));
    if (held !== undefined) return held;
  }
}

/** Undefined when it went in the meantime. */
async function takeFrom(deps: TakeOverDeps, found: KubeObject): Promise<HeldLease | undefined> {
  const left = await untilDead(deps, found);
  return left === undefined ? undefined : replace(deps, left);
}

/** Resolves to the lease when its holder cannot write any more, to undefined when it is gone. */
async function untilDead(deps: TakeOverDeps, first: KubeObject): Promise<KubeObject | undefined> {
  const { client, clock, process, signal, onWaiting } = deps;
  const identity = processOf(first);
  if (identity !== undefined && process.isDead(identity)) return first;
  const seenAt = clock.monotonic();
  for (;;) {
    const watched = clock.monotonic() - seenAt;
    onWaiting(Math.round(watched / 1000), holderOf(first));
    await clock.sleep(BETWEEN_LOOKS_MS, signal);
    // Before the look: it shows the lease as it is at some moment after this one.
    const askedAt = clock.monotonic();
    const lease = await readLease(client);
    if (lease === undefined) return undefined;
    if (!isSame(lease, first)) throw alive(deps, lease);
    if (askedAt - seenAt >= durationOf(first)) return lease;
  }
}

function isSame({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  return a.uid === b.uid && a.resourceVersion === b.resourceVersion;
}

/** Undefined when it went in the meantime. */
async function replace(deps: TakeOverDeps, found: KubeObject): Promise<HeldLease | undefined> {
  const { client } = deps;
  const asked = momentOf(deps.clock);
  try {
    const body = takenLease(found, deps);
    const lease = await client.replace(LEASE_KIND, LEASE_ADDRESS, body);
    return new RenewedLease(deps, lease, asked);
  } catch (error) {
    if (!(error instanceof KubeApiError && [404, 409].includes(error.status))) throw error;
    const lease = await readLease(client);
    if (lease === undefined) return undefined;
    // A write whose answer was lost is repeated by the transport, and then meets itself.
    if (!isHeldBy(lease, deps.process)) throw alive(deps, lease);
    return new RenewedLease(deps, lease, asked);
  }
}

function alive({ client }: TakeOverDeps, lease: KubeObject): PivotError {
  return locked(client, lease, LOOK_AT_IT);
}
