// Step 14: the fleet lives in the target as it lived in the source, or it is said what does not. Reads only: whatever it
// finds, the moved state stays.
import { CLUSTER_KIND, LABEL } from "../model/capi.ts";
import { EXIT, PivotError } from "../model/error.ts";
import type { Figures, Proof } from "../model/event.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { formatId, type KubeObject, kindKey, stringAt } from "../model/object.ts";
import type { PlannedObject } from "../model/plan.ts";
import type { FleetEntry } from "../model/run-record.ts";
import { movedObjects } from "../plan/plan-pivot.ts";
import {
  type Doubt,
  healthDoubts,
  isUnpaused,
  type KnownMachine,
  machineDoubts,
  unpausedObjects,
} from "../plan/proof.ts";
import type { Copies, RunContext, Snapshot } from "./context.ts";
import { digestOf, MACHINE_KIND, machinesOf } from "./fleet.ts";
import { listKinds } from "./settle.ts";

const POLL_MS = 1_000;

export interface ProofRequest {
  /** What the source said before: `record.fleet`. */
  readonly fleet: readonly FleetEntry[];
  readonly snapshot: Snapshot;
  readonly copies: Copies;
  /** What Machines are compared with: those of the snapshot one by one, or all together with the record's digest. */
  readonly machines: "snapshot" | "record";
  /** Does a controller in the target act on this kind? */
  readonly isActedOn: (kind: ResourceKind) => boolean;
  readonly proveForMs: number;
}

export interface ProofResult {
  readonly proof: Proof;
  readonly figures: Figures;
}

/**
 * Waits until every controller goes on and every Cluster is as healthy as before, and watches Machines for `proveForMs`.
 * @throws PivotError PROOF_FAILED with exit code 4: at once when a Machine came or went, after the time-out when a
 * Cluster does not get well or a controller does not go on.
 */
export async function prove(context: RunContext, request: ProofRequest): Promise<ProofResult> {
  const { snapshot, isActedOn } = request;
  if (!movedObjects(snapshot.plan).some(({ kind }) => isActedOn(kind))) {
    return { proof: "no-controllers", figures: { proof: "none, no controllers" } };
  }
  const moving = request.fleet.filter((entry) => entry.moving).map(({ cluster }) => cluster);
  if (moving.length > 0) {
    const text = `Machines of ${moving.join(", ")} are not watched: they came and went before, too`;
    context.emit({ type: "note", text });
  }
  const machines = await watch(context, new Witness(context, request));
  return { proof: "proved", figures: { clusters: request.fleet.length, machines } };
}

/** Resolves to the number of Machines. */
async function watch(context: RunContext, witness: Witness): Promise<number> {
  const { clock, emit, signal, timeoutMs } = context;
  const start = clock.monotonic();
  for (;;) {
    signal.throwIfAborted();
    const { doubts, machines } = await witness.look();
    const elapsed = clock.monotonic() - start;
    const [first] = doubts;
    if (first === undefined && elapsed >= witness.proveForMs) return machines;
    if (first !== undefined && elapsed >= Math.max(timeoutMs, witness.proveForMs)) {
      throw notProved(context, first, doubts.length);
    }
    const reason = reasonOf(doubts) ?? `${machines} Machines to stay as they are`;
    emit({ type: "waiting", step: "prove", reason, seconds: Math.round(elapsed / 1000) });
    await clock.sleep(POLL_MS, signal);
  }
}

function reasonOf([first, ...others]: readonly Doubt[]): string | undefined {
  if (first === undefined) return undefined;
  return `${sentence(first)}${others.length > 0 ? `, and ${others.length} more` : ""}`;
}

interface Look {
  /** What time may heal. */
  readonly doubts: readonly Doubt[];
  readonly machines: number;
}

/** Looks again and again; what has gone on once is not asked again. */
class Witness {
  readonly proveForMs: number;
  readonly #context: RunContext;
  readonly #request: ProofRequest;
  readonly #known: ReadonlyMap<string, readonly KnownMachine[]>;
  #silent: readonly PlannedObject[];

  constructor(context: RunContext, request: ProofRequest) {
    const { snapshot, isActedOn, proveForMs, fleet } = request;
    this.proveForMs = proveForMs;
    this.#context = context;
    this.#request = request;
    this.#silent = unpausedObjects(snapshot.plan, snapshot.bodies, isActedOn);
    this.#known = new Map(fleet.map((entry) => [entry.cluster, knownMachines(request, entry)]));
  }

  /** @throws PivotError PROOF_FAILED when a Machine came or went. */
  async look(): Promise<Look> {
    const { fleet, isActedOn } = this.#request;
    const clusters = await this.#list(CLUSTER_KIND);
    const machines = await this.#list(MACHINE_KIND);
    for (const entry of fleet) this.#requireMachines(entry, machines);
    const kind = this.#kindOf(CLUSTER_KIND);
    const isWatched = kind !== undefined && isActedOn(kind);
    const health = fleet.flatMap((entry) =>
      healthDoubts(
        entry,
        clusters.find(({ metadata }) => nameOf(metadata) === entry.cluster),
      ),
    );
    return {
      doubts: [...(await this.#askPauses()), ...(isWatched ? health : [])],
      machines: fleet.flatMap((entry) => machinesOfEntry(entry, machines)).length,
    };
  }

  #kindOf(key: string): ResourceKind | undefined {
    return movedObjects(this.#request.snapshot.plan).find((one) => kindKey(one.kind) === key)?.kind;
  }

  async #list(key: string): Promise<readonly KubeObject[]> {
    const kind = this.#kindOf(key) ?? this.#request.snapshot.target.kinds.get(key);
    return kind === undefined ? [] : this.#context.target.list(kind);
  }

  async #askPauses(): Promise<readonly Doubt[]> {
    const kinds = this.#silent.map(({ kind }) => kind);
    const found = await listKinds(this.#context.target, kinds, false);
    this.#silent = this.#silent.filter((one) => {
      const copy = found.get(this.#request.copies.get(one.uid)?.uid ?? "");
      // What a rollout has taken away does not say anything any more.
      const isThere = copy !== undefined && copy.metadata.deletionTimestamp === undefined;
      return isThere && !isUnpaused(copy);
    });
    return this.#silent.map(({ id }) => ({
      cluster: "",
      what: `${formatId(id)} does not say Paused=False: its controller does not go on`,
    }));
  }

  #requireMachines(entry: FleetEntry, machines: readonly KubeObject[]): void {
    if (entry.moving) return;
    const now = machinesOfEntry(entry, machines);
    const known = this.#known.get(entry.cluster) ?? [];
    const isKnown = this.#request.machines === "snapshot";
    const isWhole = isKnown && known.length === entry.machines;
    const [doubt] = isWhole ? machineDoubts(entry.cluster, known, now) : digestDoubts(entry, now);
    if (doubt !== undefined) throw notProved(this.#context, doubt, 1);
  }
}

function machinesOfEntry(
  { cluster }: FleetEntry,
  machines: readonly KubeObject[],
): readonly KubeObject[] {
  const [namespace = "", name = ""] = cluster.split("/");
  return machinesOf({ namespace, name }, machines);
}

/** Where only the record is left of what was before: that something differs, and not what. */
function digestDoubts(
  { cluster, machines, digest }: FleetEntry,
  now: readonly KubeObject[],
): readonly Doubt[] {
  if (digestOf(now) === digest) return [];
  const counts = `${now.length} now, ${machines} before`;
  return [{ cluster, what: `has other Machines or providerIDs than before (${counts})` }];
}

/** As the snapshot has them; the uid is that of the copy. */
function knownMachines(
  { snapshot, copies }: ProofRequest,
  { cluster }: FleetEntry,
): readonly KnownMachine[] {
  return movedObjects(snapshot.plan)
    .filter(({ id }) => kindKey(id) === MACHINE_KIND)
    .flatMap(({ uid }) => {
      const body = snapshot.bodies.get(uid);
      if (body === undefined) return [];
      const owner = `${body.metadata.namespace}/${body.metadata.labels?.[LABEL.clusterName]}`;
      const providerId = stringAt(body, "spec", "providerID");
      const machine = { name: body.metadata.name, providerId, uid: copies.get(uid)?.uid };
      return owner === cluster ? [machine] : [];
    });
}

function nameOf({ namespace, name }: KubeObject["metadata"]): string {
  return `${namespace}/${name}`;
}

function sentence({ cluster, what }: Doubt): string {
  return cluster === "" ? what : `Cluster ${cluster} ${what}`;
}

function notProved({ target }: RunContext, doubt: Doubt, count: number): PivotError {
  const [namespace = "", name = ""] = doubt.cluster.split("/");
  const others = count > 1 ? ` (and ${count - 1} more)` : "";
  const look =
    doubt.cluster === ""
      ? `kubectl --context ${target.context} get pods -A   # see whether the providers run`
      : `kubectl --context ${target.context} -n ${namespace} describe cluster ${name}   # and: get machines -l ${LABEL.clusterName}=${name}`;
  return new PivotError({
    code: "PROOF_FAILED",
    cluster: "target",
    exitCode: EXIT.pastCommit,
    message: `the fleet is in the target, but not as it was: ${sentence(doubt)}${others}`,
    hint: look,
  });
}
