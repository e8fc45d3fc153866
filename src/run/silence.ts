// Has a controller stopped? Asked of three witnesses: its replicas, its pods, and the lease of its leader. Reads only.
// The lease is asked only where the pods' own kubelets do not say that nothing of them runs any more: a leader that does
// not exist renews nothing, and Cluster API's managers, which never give their lease up, are leaders for a minute more.
import { mapWithLimit } from "../kube/concurrency.ts";
import { KubeApiError, type PivotError } from "../model/error.ts";
import { numberOf } from "../model/json.ts";
import { fieldAt, formatId, type KubeObject, stringAt } from "../model/object.ts";
import type { StoppedController } from "../model/run-record.ts";
import type { RunContext } from "./context.ts";
import { isHeldBy, LeaseWatch, leaseNames } from "./leader-lease.ts";
import { replicasOwners } from "./managed-fields.ts";
import { LEASE_KIND } from "./our-kinds.ts";
import { PodEnds } from "./pod-ends.ts";
import { notStopped } from "./stop-errors.ts";
import { isLive, podsOf, readByName, readProgram, replicasOf } from "./workload.ts";

const POLL_MS = 400;

/** One look: what each controller is still waited for, in words; silent ones are not in it. */
type Noise = ReadonlyMap<StoppedController, string>;

/** Looks at the same controllers again and again, and remembers pods and renewals. */
export class SilenceWatch {
  readonly #context: RunContext;
  readonly #entries: readonly StoppedController[];
  /** By uid of the controller. */
  readonly #ends: ReadonlyMap<string, PodEnds>;
  readonly #leases = new LeaseWatch();

  constructor(context: RunContext, entries: readonly StoppedController[]) {
    this.#context = context;
    this.#entries = entries;
    this.#ends = new Map(entries.map(({ uid }) => [uid, new PodEnds(context.source)]));
  }

  get entries(): readonly StoppedController[] {
    return this.#entries;
  }

  /** @throws PivotError CONTROLLER_NOT_STOPPED when one is gone. */
  async look(): Promise<Noise> {
    const leases = await this.#readLeases();
    // Together: to ask how a pod has ended takes a second.
    const heard = await mapWithLimit(this.#entries, this.#context.concurrency, async (entry) => {
      const noise = await this.#listenTo(entry, leases.get(entry.id.namespace ?? "") ?? []);
      return { entry, noise };
    });
    return new Map(
      heard.flatMap(({ entry, noise }) => (noise === undefined ? [] : [[entry, noise]])),
    );
  }

  async #listenTo(
    entry: StoppedController,
    leases: readonly KubeObject[],
  ): Promise<string | undefined> {
    const { source, clock } = this.#context;
    const workload = await readProgram(source, entry);
    if (workload === undefined) {
      throw notStopped(this.#context, entry.id, "was deleted or made anew by somebody else");
    }
    const pods = await podsOf(source, workload);
    const ends = this.#ends.get(entry.uid) ?? new PodEnds(source);
    await ends.observe(pods);
    const renewed = this.#leases.observe(heldLeases(leases, workload, ends), clock.monotonic());
    return (
      replicasNoise(workload, entry) ??
      podNoise(pods.filter(isLive)) ??
      renewed.map((one) => leaseNoise(one))[0]
    );
  }

  /** By namespace. Who may not read leases has two witnesses left. */
  async #readLeases(): Promise<ReadonlyMap<string, readonly KubeObject[]>> {
    const namespaces = new Set(this.#entries.map(({ id }) => id.namespace ?? ""));
    const found = new Map<string, readonly KubeObject[]>();
    for (const namespace of namespaces) {
      try {
        found.set(namespace, await this.#context.source.list(LEASE_KIND, { namespace }));
      } catch (error) {
        if (!(error instanceof KubeApiError && error.status === 403)) throw error;
      }
    }
    return found;
  }
}

/** Leases of a controller whose holder may still live. */
function heldLeases(
  leases: readonly KubeObject[],
  workload: KubeObject,
  ends: PodEnds,
): readonly KubeObject[] {
  const [names, pods] = [leaseNames(workload), ends.names()];
  return leases.filter((lease) => {
    if (isHeldBy(lease, pods)) return !ends.isAllOver();
    // By a name that no pod had: a manager on somebody's laptop, or a pod that shares its node's name.
    return names.has(lease.metadata.name);
  });
}

function replicasNoise(workload: KubeObject, { id }: StoppedController): string | undefined {
  const left = numberOf(fieldAt(workload, "status", "replicas")) ?? 0;
  return left === 0 ? undefined : `${formatId(id)} to have no replicas (${left} left)`;
}

function podNoise(pods: readonly KubeObject[]): string | undefined {
  const [first] = pods;
  if (first === undefined) return undefined;
  const others = pods.length > 1 ? ` and ${pods.length - 1} more` : "";
  return `Pod ${first.metadata.namespace}/${first.metadata.name}${others} to end`;
}

function leaseNoise(lease: KubeObject): string {
  const holder = stringAt(lease, "spec", "holderIdentity") ?? "somebody";
  const { namespace, name } = lease.metadata;
  return `Lease ${namespace}/${name} not to be renewed any more by ${holder}`;
}

/**
 * Polls until every controller is silent; `onSilent` is told of each once.
 * @throws PivotError CONTROLLER_NOT_STOPPED after the time-out, or as soon as one is scaled back.
 */
export async function waitForSilence(
  context: RunContext,
  watch: SilenceWatch,
  onSilent: (entry: StoppedController) => void,
): Promise<void> {
  const { clock, signal, timeoutMs } = context;
  const start = clock.monotonic();
  let waiting = watch.entries;
  for (;;) {
    signal.throwIfAborted();
    await requireStopped(context, watch.entries);
    const noise = await watch.look();
    for (const entry of waiting.filter((one) => !noise.has(one))) onSilent(entry);
    waiting = waiting.filter((one) => noise.has(one));
    const [loudest] = noise;
    if (loudest === undefined) return;
    const elapsed = clock.monotonic() - start;
    if (elapsed >= timeoutMs) throw stillRuns(context, loudest);
    reportWaiting(context, noise, elapsed);
    await clock.sleep(POLL_MS, signal);
  }
}

function reportWaiting({ emit }: RunContext, noise: Noise, elapsed: number): void {
  const [first = ""] = noise.values();
  const others = noise.size > 1 ? `, and for ${noise.size - 1} more controllers` : "";
  const seconds = Math.round(elapsed / 1000);
  emit({ type: "waiting", step: "stop", reason: `${first}${others}`, seconds });
}

function stillRuns(
  context: RunContext,
  [entry, reason]: readonly [StoppedController, string],
): PivotError {
  const after = `${Math.round(context.timeoutMs / 1000)} s`;
  return notStopped(context, entry.id, `did not stop within ${after}: still waiting for ${reason}`);
}

/**
 * Are all of them still at 0? Asked while waiting, and once more right before the commit.
 * @throws PivotError CONTROLLER_NOT_STOPPED naming the one that somebody has scaled back, and by whom as far as its
 * field owners tell.
 */
export async function requireStopped(
  context: Pick<RunContext, "source">,
  entries: readonly StoppedController[],
): Promise<void> {
  for (const { id } of entries) {
    // By name: one that was made anew runs as well.
    const workload = await readByName(context.source, id);
    const replicas = workload === undefined ? 0 : replicasOf(workload);
    if (replicas === 0) continue;
    const owners = replicasOwners(workload?.metadata.managedFields ?? []);
    const by = owners.length === 0 ? "somebody" : owners.join(", ");
    throw notStopped(
      context,
      id,
      `was scaled back to ${replicas} by ${by} while it has to stand still`,
    );
  }
}
