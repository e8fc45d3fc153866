// The lock: one Lease per cluster, renewed while the run lives. A write starts only while both leases outlast it.
import { OUR_LABEL, OUR_NAMESPACE } from "../model/capi.ts";
import type { Clock, ClusterClient, ClusterReader } from "../model/client.ts";
import { EXIT, KubeApiError, PivotError } from "../model/error.ts";
import { fieldAt, type KubeObject, stringAt } from "../model/object.ts";
import { LEASE_KIND } from "./our-kinds.ts";

const ADDRESS = { namespace: OUR_NAMESPACE, name: "capi-pivot" };
const DURATION_MS = 15_000;
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

export interface LeaseDeps {
  readonly client: ClusterClient;
  readonly holder: string;
  readonly clock: Clock;
  /** See run/session.ts. */
  readonly gate: (client: ClusterClient, beforeWrite: WriteGate) => ClusterClient;
}

/**
 * Takes the lease of one cluster and keeps renewing it.
 * @throws PivotError LOCKED when somebody else holds it; nothing was changed.
 */
export async function acquireLease(deps: LeaseDeps): Promise<HeldLease> {
  const { client, holder, clock } = deps;
  // Counted from before the request: the server starts counting when it stores, which is later.
  const asked = { wall: clock.now(), monotonic: clock.monotonic() };
  const taken = await createLease(client, holder, clock);
  return new RenewedLease(deps, taken, asked);
}

/**
 * For the words only, taking the lease decides: a run that lives is no unfinished one.
 * @throws PivotError LOCKED
 */
export async function refuseLocked(client: ClusterReader, clock: Clock): Promise<void> {
  const leases = await client.list(LEASE_KIND, { namespace: OUR_NAMESPACE });
  const lease = leases.find(({ metadata }) => metadata.name === ADDRESS.name);
  const renewed = Date.parse(stringAt(lease, "spec", "renewTime") ?? "");
  if (lease !== undefined && clock.now() - renewed < DURATION_MS) throw locked(client, lease);
}

async function createLease(
  client: ClusterClient,
  holder: string,
  clock: Clock,
): Promise<KubeObject> {
  const body = leaseBody(holder, clock);
  try {
    return await client.create(LEASE_KIND, body);
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.reason !== "AlreadyExists") throw error;
    const found = await client.get(LEASE_KIND, ADDRESS);
    // A create whose answer was lost is repeated by the transport, and then finds itself.
    if (stringAt(found, "spec", "holderIdentity") === holder) return found;
    throw locked(client, found);
  }
}

function leaseBody(holder: string, clock: Clock): object {
  const now = microTime(clock.now());
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { ...ADDRESS, labels: OUR_LABEL },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: DURATION_MS / 1000,
      acquireTime: now,
      renewTime: now,
    },
  };
}

function locked(client: ClusterReader, lease: KubeObject): PivotError {
  const holder = stringAt(lease, "spec", "holderIdentity") ?? "somebody";
  const since = stringAt(lease, "spec", "renewTime") ?? "an unknown time";
  return new PivotError({
    code: "LOCKED",
    cluster: client.name,
    message: `another pivot holds the lock of the ${client.name} cluster: ${holder}, last seen ${since}; nothing was changed`,
    hint: `kubectl --context ${client.context} -n ${OUR_NAMESPACE} get lease ${ADDRESS.name} -o yaml   # wait until it is gone; if that process is dead, look at its run record first`,
  });
}

/** Leases carry MicroTime: six digits after the second. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

/** `taken`: somebody else holds the lease, or it is gone; `silent`: the cluster did not answer the last renewal. */
type Trouble = "none" | "taken" | "silent";

interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** Renews in the background; a failed renewal is tried again until the lease has run out. */
class RenewedLease implements HeldLease {
  readonly #client: ClusterClient;
  readonly #holder: string;
  readonly #clock: Clock;
  readonly #uid: string;
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;
  #resourceVersion: string;
  #renewedAt: Moment;
  #renewal: Promise<void> | undefined;
  #trouble: Trouble = "none";

  constructor({ client, holder, clock, gate }: LeaseDeps, lease: KubeObject, asked: Moment) {
    this.#client = gate(client, () => this.#renewalTimeout());
    this.#holder = holder;
    this.#clock = clock;
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
    try {
      await this.#client.delete(LEASE_KIND, ADDRESS, { uid: this.#uid });
    } catch (error) {
      // Gone or taken over: either way it is not ours any more.
      if (!(error instanceof KubeApiError && [404, 409].includes(error.status))) throw error;
    }
  }

  /** By both clocks: the monotonic one may stand still while a laptop sleeps, the wall clock may be set. */
  #left(): number {
    const wall = this.#clock.now() - this.#renewedAt.wall;
    const monotonic = this.#clock.monotonic() - this.#renewedAt.monotonic;
    return DURATION_MS - Math.max(wall, monotonic);
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
    const asked = { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
    const spec = { holderIdentity: this.#holder, renewTime: microTime(asked.wall) };
    const metadata = { resourceVersion: this.#resourceVersion, uid: this.#uid };
    try {
      const lease = await this.#client.patch(LEASE_KIND, ADDRESS, "merge", { metadata, spec });
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
    if (!(error instanceof KubeApiError) || ![404, 409].includes(error.status)) return;
    try {
      const lease = await this.#client.get(LEASE_KIND, ADDRESS);
      const isOurs = fieldAt(lease, "spec", "holderIdentity") === this.#holder;
      this.#trouble = isOurs && lease.metadata.uid === this.#uid ? "none" : "taken";
      this.#resourceVersion = lease.metadata.resourceVersion;
    } catch (again) {
      this.#trouble = again instanceof KubeApiError && again.status === 404 ? "taken" : "silent";
    }
  }
}

function silent(client: ClusterClient): PivotError {
  return new PivotError({
    code: "CLUSTER_UNREACHABLE",
    cluster: client.name,
    exitCode: EXIT.midway,
    message: `the ${client.name} cluster (${client.server}) has not answered for ${DURATION_MS / 1000} s, so the lock in it has run out and nothing more is written`,
    hint: `kubectl --context ${client.context} version   # see whether it is back`,
  });
}

function lost(client: ClusterClient): PivotError {
  return new PivotError({
    code: "LEASE_LOST",
    cluster: client.name,
    exitCode: EXIT.midway,
    message: `the lock of this run in the ${client.name} cluster has run out (this process stood still for more than ${DURATION_MS / 1000} s) or was taken over, so nothing more is written`,
    hint: `look at the run record in namespace ${OUR_NAMESPACE} of both clusters before you do anything else`,
  });
}

/** The gate every write of a run passes. It leaves a second between the end of the write and that of the lock. */
export function writeGate(leases: () => readonly HeldLease[]): WriteGate {
  return async () => {
    const remaining = await Promise.all(leases().map((lease) => lease.remaining()));
    return Math.min(DURATION_MS, ...remaining) - 1_000;
  };
}
