// Has a controller stopped? Asked of three witnesses: its replicas, its pods, and the lease of its leader. Reads only.
import { KubeApiError, type PivotError } from "../model/error.ts";
import { numberOf } from "../model/json.ts";
import { fieldAt, formatId, type KubeObject, stringAt } from "../model/object.ts";
import type { StoppedController } from "../model/run-record.ts";
import type { RunContext } from "./context.ts";
import { isHeldBy, LeaseWatch, leaseNames } from "./leader-lease.ts";
import { replicasOwners } from "./managed-fields.ts";
import { LEASE_KIND } from "./our-kinds.ts";
import { notStopped } from "./stop-errors.ts";
import { livePods, readByName, readProgram, replicasOf } from "./workload.ts";

const POLL_MS = 400;

/** One look: what each controller is still waited for, in words; silent ones are not in it. */
type Noise = ReadonlyMap<StoppedController, string>;

/** Looks at the same controllers again and again, and remembers pods and renewals. */
export class SilenceWatch {
  readonly #context: RunContext;
  readonly #entries: readonly StoppedController[];
  /** Names of every pod that was ever seen, by uid of its controller. */
  readonly #pods = new Map<string, Set<string>>();
  readonly #leases = new LeaseWatch();

  constructor(context: RunContext, entries: readonly StoppedController[]) {
    this.#context = context;
    this.#entries = entries;
  }

  get entries(): readonly StoppedController[] {
    return this.#entries;
  }

  /** @throws PivotError CONTROLLER_NOT_STOPPED when one is gone. */
  async look(): Promise<Noise> {
    const noise = new Map<StoppedController, string>();
    const leases = await this.#readLeases();
    for (const entry of this.#entries) {
      const heard = await this.#listenTo(entry, leases.get(entry.id.namespace ?? "") ?? []);
      if (heard !== undefined) noise.set(entry, heard);
    }
    return noise;
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
    const pods = await livePods(source, workload);
    const seen = this.#remember(entry, pods);
    const names = leaseNames(workload);
    const mine = leases.filter((one) => names.has(one.metadata.name) || isHeldBy(one, seen));
    const renewed = this.#leases.observe(mine, clock.monotonic());
    return (
      replicasNoise(workload, entry) ?? podNoise(pods) ?? renewed.map((one) => leaseNoise(one))[0]
    );
  }

  #remember({ uid }: StoppedController, pods: readonly KubeObject[]): ReadonlySet<string> {
    const seen = this.#pods.get(uid) ?? new Set();
    for (const pod of pods) seen.add(pod.metadata.name);
    this.#pods.set(uid, seen);
    return seen;
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
