// A lease that this process holds: renewed in the background while the run lives, given back at its end.
import type { Clock, ClusterClient } from "../model/client.ts";
import { EXIT, KubeApiError, PivotError } from "../model/error.ts";
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

const RENEW_EVERY_MS = 5_000;
/** A write is not started with less than this left: it could end after somebody else has taken over. */
const LEAST_FOR_A_WRITE_MS = 3_000;

/** A request is not waited for longer than this, so that a cluster that hangs is asked again in time. */
const RENEWAL_TIMEOUT_MS = 5_000;

/** Asked before every attempt of a write: resolves to the longest time-out (ms) it may have, or refuses. */
export type WriteGate = () => Promise<number>;

/** A held lease. */
export interface HeldLease {
  /**
   * The time in ms that the lease outlives now, by the stricter of two clocks; at the least what a write needs.
   * @throws PivotError LEASE_LOST, or CLUSTER_UNREACHABLE when it ran out because the cluster does not answer.
   */
  remaining(): Promise<number>;
  release(): Promise<void>;
}

export interface LeaseDeps extends Claim {
  readonly client: ClusterClient;
  /** See run/locked-clusters.ts. */
  readonly gate: (client: ClusterClient, beforeWrite: WriteGate) => ClusterClient;
}

/** A moment by both clocks, in ms. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** Read before a lease is asked for: the server starts counting when it stores, which is later. */
export function momentOf(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() };
}

/** `taken`: somebody else holds the lease, or it is gone; `silent`: the cluster did not answer the last renewal. */
type Trouble = "none" | "taken" | "silent";

/** Renews in the background; a failed renewal is tried again until the lease has run out. */
export class RenewedLease implements HeldLease {
  readonly #client: ClusterClient;
  readonly #claim: Claim;
  readonly #clock: Clock;
  readonly #uid: string;
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;
  #resourceVersion: string;
  #renewedAt: Moment;
  #renewal: Promise<void> | undefined;
  #trouble: Trouble = "none";

  constructor({ client, gate, ...claim }: LeaseDeps, lease: KubeObject, asked: Moment) {
    this.#client = gate(client, () => this.#renewalTimeout());
    this.#claim = claim;
    this.#clock = claim.clock;
    this.#uid = lease.metadata.uid;
    this.#resourceVersion = lease.metadata.resourceVersion;
    this.#renewedAt = asked;
    this.#loop = this.#renewForever();
  }

  async remaining(): Promise<number> {
    if (this.#left() < LEAST_FOR_A_WRITE_MS) await this.#renew();
    const left = this.#left();
    if (this.#trouble !== "taken" && left >= LEAST_FOR_A_WRITE_MS) return left;
    throw this.#trouble === "silent" ? silent(this.#client) : lost(this.#client);
  }

  async release(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    await this.#loop;
    await this.#renewal;
    if (await this.#isRemoved()) return;
    // Changed by a renewal whose answer was lost, or by somebody who has taken over.
    await this.#findOut();
    if (this.#trouble !== "taken") await this.#isRemoved();
  }

  /** Only as we have written it last: whoever has taken over keeps it. False when it has changed. */
  async #isRemoved(): Promise<boolean> {
    const preconditions = { uid: this.#uid, resourceVersion: this.#resourceVersion };
    try {
      await this.#client.delete(LEASE_KIND, LEASE_ADDRESS, preconditions);
      return true;
    } catch (error) {
      if (!(error instanceof KubeApiError && [404, 409].includes(error.status))) throw error;
      return error.status === 404;
    }
  }

  /** By both clocks: the monotonic one may stand still while a laptop sleeps, the wall clock may be set. */
  #left(): number {
    const wall = this.#clock.now() - this.#renewedAt.wall;
    const monotonic = this.#clock.monotonic() - this.#renewedAt.monotonic;
    return LEASE_DURATION_MS - Math.max(wall, monotonic);
  }

  /** A lease that has run out is not renewed: by then somebody else may have looked at it and taken over. */
  #renewalTimeout(): Promise<number> {
    const left = this.#left();
    if (left > 0) return Promise.resolve(Math.min(left, RENEWAL_TIMEOUT_MS));
    return Promise.reject(silent(this.#client));
  }

  async #renewForever(): Promise<void> {
    while (!this.#stop.signal.aborted && this.#trouble !== "taken") {
      try {
        await this.#clock.sleep(RENEW_EVERY_MS, this.#stop.signal);
      } catch {
        return;
      }
      await this.#renew();
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
    if (this.#left() <= 0 || this.#trouble === "taken") return;
    const asked = momentOf(this.#clock);
    const spec = { holderIdentity: this.#claim.holder, renewTime: microTime(asked.wall) };
    const metadata = { resourceVersion: this.#resourceVersion, uid: this.#uid };
    try {
      const lease = await this.#client.patch(LEASE_KIND, LEASE_ADDRESS, "merge", {
        metadata,
        spec,
      });
      this.#resourceVersion = lease.metadata.resourceVersion;
      this.#renewedAt = asked;
      this.#trouble = "none";
    } catch (error) {
      await this.#afterFailure(error);
    }
  }

  /** A conflict is either our own renewal whose answer was lost, or another holder. */
  async #afterFailure(error: unknown): Promise<void> {
    if (error instanceof PivotError) this.#trouble = "silent";
    if (error instanceof KubeApiError && [404, 409].includes(error.status)) await this.#findOut();
  }

  /** Whose the lease is by now. Never rejects. */
  async #findOut(): Promise<void> {
    try {
      const lease = await readLease(this.#client);
      const isOurs = lease?.metadata.uid === this.#uid && isHeldBy(lease, this.#claim.process);
      this.#trouble = isOurs ? "none" : "taken";
      if (isOurs) this.#resourceVersion = lease.metadata.resourceVersion;
    } catch {
      this.#trouble = "silent";
    }
  }
}

function silent(client: ClusterClient): PivotError {
  return new PivotError({
    code: "CLUSTER_UNREACHABLE",
    cluster: client.name,
    exitCode: EXIT.midway,
    message: `the ${client.name} cluster (${client.server}) has not answered for ${LEASE_DURATION_MS / 1000} s, so the lock in it has run out and nothing more is written`,
    hint: `kubectl --context ${client.context} version   # see whether it is back`,
  });
}

function lost(client: ClusterClient): PivotError {
  return new PivotError({
    code: "LEASE_LOST",
    cluster: client.name,
    exitCode: EXIT.midway,
    message: `the lock of this run in the ${client.name} cluster has run out (this process stood still for more than ${LEASE_DURATION_MS / 1000} s) or was taken over, so nothing more is written`,
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
