// A lease that this process holds: renewed in the background while the run lives, given back at its end.
import { OURS } from "../model/capi.ts";
import type { Clock, ClusterClient } from "../model/client.ts";
import { EXIT, KubeApiError, PivotError, refusedRequest } from "../model/error.ts";
import type { KubeObject } from "../model/object.ts";
import {
  type Claim,
  isHeldBy,
  LEASE_ADDRESS,
  LEASE_DURATION_MS,
  microTime,
  readLease,
} from "./lease.ts";
import { LEASE_KIND } from "./our-kinds.ts";
import { type Moment, momentOf, msSince, Pulse } from "./pulse.ts";

const BEAT_EVERY_MS = 1_000;
const RENEW_EVERY_MS = 5_000;
/** A write is not started with less than this left: it could end after somebody else has taken over. */
const LEAST_FOR_A_WRITE_MS = 3_000;

/** A request is not waited for longer than this, so that a cluster that hangs is asked again in time. */
const RENEWAL_TIMEOUT_MS = 5_000;
/** Renewals in a row that may turn out to be too late or to have met themselves. */
const MOST_RENEWALS = 3;

/** Asked before every attempt of a write: resolves to the longest time-out (ms) it may have, or refuses. */
export type WriteGate = () => Promise<number>;

/** Urgent requests do not queue behind others. */
export interface GateOptions {
  readonly isUrgent?: boolean;
}

/** A held lease. */
export interface HeldLease {
  /**
   * The time in ms that the lease outlives now, by the stricter of two clocks; at the least what a write needs. Waits for
   * a cluster that does not answer as long as the client does.
   * @throws PivotError LEASE_LOST, or what the renewal ended with.
   */
  remaining(): Promise<number>;
  /** Gives it back, if it is ours still. */
  release(): Promise<void>;
}

export interface LeaseDeps extends Claim {
  readonly client: ClusterClient;
  /** See run/locked-clusters.ts. */
  readonly gate: (
    client: ClusterClient,
    beforeWrite: WriteGate,
    options?: GateOptions,
  ) => ClusterClient;
}

/**
 * Renews in the background. A renewal is conditional on what was written last, so one that succeeds shows that nobody
 * has had the lease in between: after a network that was dead for longer than the lease lasts, too. Only a process that
 * stood still that long gives up: it knows nothing of the time in between.
 */
export class RenewedLease implements HeldLease {
  readonly #client: ClusterClient;
  readonly #claim: Claim;
  readonly #clock: Clock;
  readonly #uid: string;
  readonly #pulse: Pulse;
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;
  #resourceVersion: string;
  /** Before the request went out: the server starts counting when it stores, which is later. */
  #renewedAt: Moment;
  #renewal: Promise<void> | undefined;
  /** Somebody else has the lease, or it is gone. */
  #isTaken = false;
  /** What the last renewal ended with, when it was no success. */
  #failure: unknown;

  constructor({ client, gate, ...claim }: LeaseDeps, lease: KubeObject, asked: Moment) {
    this.#client = gate(client, () => this.#beforeRenewal(), { isUrgent: true });
    this.#claim = claim;
    this.#clock = claim.clock;
    this.#uid = lease.metadata.uid;
    this.#pulse = new Pulse(claim.clock, LEASE_DURATION_MS);
    this.#resourceVersion = lease.metadata.resourceVersion;
    this.#renewedAt = asked;
    this.#loop = this.#live();
  }

  async remaining(): Promise<number> {
    for (let renewals = 0; ; renewals++) {
      this.#requireOurs();
      const left = this.#left();
      if (left >= LEAST_FOR_A_WRITE_MS) return left;
      if (renewals === MOST_RENEWALS) throw lost(this.#client, this.#isTaken);
      await this.#renew();
      if (this.#failure !== undefined) throw unrenewed(this.#failure);
    }
  }

  async release(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    await this.#loop;
    await this.#renewal;
    if (this.#isLost() || (await this.#isRemoved())) return;
    // Changed by a renewal whose answer was lost, or by somebody who has taken over.
    if (await this.#isStillOurs()) await this.#isRemoved();
  }

  /** Only as we have written it last: whoever has taken over keeps it. False when it has changed. */
  async #isRemoved(): Promise<boolean> {
    const preconditions = { uid: this.#uid, resourceVersion: this.#resourceVersion };
    try {
      await this.#client.delete(LEASE_KIND, LEASE_ADDRESS, preconditions);
      return true;
    } catch (error) {
      if (!isGoneOrChanged(error)) throw error;
      return error.status === 404;
    }
  }

  #left(): number {
    return LEASE_DURATION_MS - msSince(this.#renewedAt, this.#clock);
  }

  #isLost(): boolean {
    return this.#isTaken || this.#pulse.hasStopped;
  }

  #requireOurs(): void {
    if (this.#isLost()) throw lost(this.#client, this.#isTaken);
  }

  /** The gate of our own writes. A renewal that is still being tried ends when the lease is to be given back. */
  async #beforeRenewal(): Promise<number> {
    this.#requireOurs();
    if (this.#stop.signal.aborted && this.#renewal !== undefined)
      throw lost(this.#client, this.#isTaken);
    return RENEWAL_TIMEOUT_MS;
  }

  /** Never waits for a renewal: the pulse must go on while the network is dead. */
  async #live(): Promise<void> {
    let renewedAt = this.#clock.monotonic();
    while (!this.#isLost()) {
      try {
        await this.#clock.sleep(BEAT_EVERY_MS, this.#stop.signal);
      } catch {
        return;
      }
      if (this.#clock.monotonic() - renewedAt < RENEW_EVERY_MS) continue;
      renewedAt = this.#clock.monotonic();
      void this.#renew();
    }
  }

  /** One at a time: two would conflict with each other. Never rejects. */
  #renew(): Promise<void> {
    this.#renewal ??= this.#renewOnce().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renewOnce(): Promise<void> {
    try {
      await this.#patch();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
    }
  }

  /** A conflict is either our own renewal whose answer was lost, and then it is done again, or another holder. */
  async #patch(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      // Before the first of the transport's attempts: whichever of them was stored, it was stored later.
      const asked = momentOf(this.#clock);
      const spec = { holderIdentity: this.#claim.holder, renewTime: microTime(asked.wall) };
      const annotations = { [OURS.processId]: this.#claim.process.id };
      const metadata = { resourceVersion: this.#resourceVersion, uid: this.#uid, annotations };
      const body = { metadata, spec };
      try {
        const lease = await this.#client.patch(LEASE_KIND, LEASE_ADDRESS, "merge", body);
        this.#resourceVersion = lease.metadata.resourceVersion;
        this.#renewedAt = asked;
        return;
      } catch (error) {
        if (!isGoneOrChanged(error) || attempt === MOST_RENEWALS) throw error;
        if (!(await this.#isStillOurs())) throw lost(this.#client, this.#isTaken);
      }
    }
  }

  /** Learns what it looks like by now. */
  async #isStillOurs(): Promise<boolean> {
    const lease = await readLease(this.#client);
    const isOurs = lease?.metadata.uid === this.#uid && isHeldBy(lease, this.#claim.process);
    if (isOurs) this.#resourceVersion = lease.metadata.resourceVersion;
    else this.#isTaken = true;
    return isOurs;
  }
}

function isGoneOrChanged(error: unknown): error is KubeApiError {
  return error instanceof KubeApiError && [404, 409].includes(error.status);
}

/** The run stands in the middle of its work. */
function unrenewed(failure: unknown): unknown {
  if (failure instanceof KubeApiError) return refusedRequest(failure, EXIT.midway);
  return failure instanceof PivotError ? failure.with({ exitCode: EXIT.midway }) : failure;
}

function lost(client: ClusterClient, isTaken: boolean): PivotError {
  const why = isTaken
    ? `somebody else has taken over the lock of this run in the ${client.name} cluster`
    : `this process stood still for more than ${LEASE_DURATION_MS / 1000} s, so its lock in the ${client.name} cluster has run out`;
  return new PivotError({
    code: "LEASE_LOST",
    cluster: client.name,
    exitCode: EXIT.midway,
    message: `${why}; nothing more is written`,
    hint: "kubectl capi-pivot status   # where the run stands, and whether somebody else goes on with it",
  });
}

/** The gate every write of a run passes. It leaves a second between the end of the write and that of the lock. */
export function writeGate(leases: () => readonly HeldLease[]): WriteGate {
  return async () => {
    const remaining = await Promise.all(leases().map((lease) => lease.remaining()));
    return Math.min(LEASE_DURATION_MS, ...remaining) - 1_000;
  };
}
