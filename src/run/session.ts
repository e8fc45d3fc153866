// The frame around a run: locks, records and gated clients. Opened before the first write to any object of the
// operator's, closed when nothing of ours is left but the closed record.
import type { Clock, ClusterClient, ClusterReader } from "../model/client.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import type { OwnProcess } from "../model/process.ts";
import type { Phase, RunRecord } from "../model/run-record.ts";
import { type HeldLease, type WriteGate, writeGate } from "./held-lease.ts";
import { ensureHome, removeHomeIfEmpty } from "./home.ts";
import { acquireLease, refuseLocked } from "./lock.ts";
import { RecordFile, readRecord, refuseUnfinished, removeClosedRecords } from "./record.ts";

/** The same cluster, whose writes ask `beforeWrite` first: it resolves to the longest time-out (ms), or refuses. */
export type Gate = (client: ClusterClient, beforeWrite: WriteGate) => ClusterClient;

export interface SessionDeps {
  readonly source: ClusterClient;
  readonly target: ClusterClient;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly process: OwnProcess;
  readonly record: RunRecord;
}

interface Side {
  readonly client: ClusterClient;
  readonly lease: HeldLease;
}

/** Everything that `open` has made. */
interface Opened extends Pick<SessionDeps, "source" | "target"> {
  readonly sides: { readonly source: Side; readonly target: Side };
  readonly records: { readonly source: RecordFile; readonly target: RecordFile };
  /** Locks that a write to the source needs: both, but on the way back its own alone, the target may have gone. */
  readonly forSource: { leases: readonly HeldLease[] };
}

/**
 * What another run has left or is doing in either cluster explains whatever else could be found there.
 * @throws PivotError LOCKED, RUN_UNFINISHED
 */
export async function refuseOccupied({
  source,
  target,
  clock,
}: {
  readonly source: ClusterReader;
  readonly target: ClusterReader;
  readonly clock: Clock;
}): Promise<void> {
  for (const client of [source, target]) {
    await refuseLocked(client, clock);
    await refuseUnfinished(client);
  }
}

/** A run that holds both locks. */
export class Session {
  /** Clients whose writes need the locks. */
  readonly source: ClusterClient;
  readonly target: ClusterClient;
  readonly #sides: Opened["sides"];
  readonly #records: Opened["records"];
  readonly #forSource: Opened["forSource"];

  private constructor({ source, target, sides, records, forSource }: Opened) {
    this.source = source;
    this.target = target;
    this.#sides = sides;
    this.#records = records;
    this.#forSource = forSource;
  }

  /**
   * Takes both locks in the order of the clusters' uids (two runs in opposite directions cannot wait for each other),
   * then writes the records, source first.
   * @throws PivotError LOCKED, RUN_UNFINISHED; nothing is left then.
   */
  static async open(deps: SessionDeps): Promise<Session> {
    await refuseOccupied(deps);
    const taken: Side[] = [];
    try {
      for (const client of inLockOrder(deps)) taken.push(await takeSide(client, deps));
      // Looked at again under the lock: a run may have come and gone in between.
      await refuseUnfinished(deps.source);
      await refuseUnfinished(deps.target);
      return await Session.#begin(deps, taken);
    } catch (error) {
      await abandon(taken, deps);
      throw error;
    }
  }

  static async #begin(deps: SessionDeps, taken: readonly Side[]): Promise<Session> {
    const { clock, gate, record } = deps;
    const sides = { source: sideOf(taken, deps.source), target: sideOf(taken, deps.target) };
    const both = [sides.source.lease, sides.target.lease];
    const forSource: Opened["forSource"] = { leases: both };
    const source = gate(
      deps.source,
      writeGate(() => forSource.leases),
    );
    const target = gate(
      deps.target,
      writeGate(() => both),
    );
    const records = {
      source: await RecordFile.create(source, clock, record),
      target: await RecordFile.create(target, clock, record),
    };
    return new Session({ source, target, sides, records, forSource });
  }

  get record(): RunRecord {
    return this.#records.source.record;
  }

  /** Moves the run on: the target's record follows the source's, except for `verified`, which it says first. */
  async advance(phase: Phase, change: Partial<RunRecord> = {}): Promise<void> {
    const { source, target } = this.#records;
    const order = phase === "verified" ? [target, source] : [source, target];
    for (const record of order) await record.update({ ...change, phase });
  }

  /** One conditional write to the source's record: the point of no return. */
  async commit(): Promise<void> {
    await this.#records.source.update({ phase: "committed" });
  }

  /** The target is told right after the commit; what the source's record says decides all the same. */
  async announceCommit(): Promise<void> {
    await this.#records.target.update({ phase: "committed" });
  }

  /**
   * The first write of a way back: a commit still on its way fails after it, and nobody can resume forward.
   * Resolves to false when a commit whose answer was lost has been stored: then there is no way back.
   */
  async beginRollback(): Promise<boolean> {
    const { epoch, run } = this.record;
    // Whoever takes the run over needs both locks before it writes: with this one we are alone here.
    this.#forSource.leases = [this.#sides.source.lease];
    try {
      await this.#records.source.update({ phase: "rolling-back", epoch: epoch + 1 });
      return true;
    } catch (error) {
      if (!(error instanceof PivotError && error.code === "CONFLICT")) throw error;
      const stored = await readRecord(this.source, run);
      if (stored?.phase === "committed" && stored.epoch === epoch) return false;
      throw error;
    }
  }

  /** After success: the target keeps the closed record, the source keeps nothing. */
  async close(outcome: NonNullable<RunRecord["outcome"]>): Promise<void> {
    const { source, target } = this.#sides;
    await removeClosedRecords(this.target);
    await this.#records.target.update({ phase: "done", outcome });
    await this.#records.source.remove();
    await target.lease.release();
    await source.lease.release();
    await removeHomeIfEmpty(source.client);
  }

  /** After a rollback: nothing of ours is left on either side, the target's record goes first. */
  async erase(): Promise<void> {
    const { source, target } = this.#sides;
    await this.#records.target.remove();
    await this.#records.source.remove();
    await target.lease.release();
    await source.lease.release();
    await removeHomeIfEmpty(target.client);
    await removeHomeIfEmpty(source.client);
  }

  /** After a rollback without the target: the source keeps a closed record, which says what the target may hold. */
  async closeWithoutTarget(): Promise<void> {
    await this.#records.source.update({ phase: "rolled-back" });
    await this.leave();
  }

  /** Gives up the locks and leaves the records: another process can go on. */
  async leave(): Promise<void> {
    for (const { lease } of [this.#sides.target, this.#sides.source]) {
      await quietly(() => lease.release());
    }
  }
}

function inLockOrder({ source, target, record }: SessionDeps): readonly ClusterClient[] {
  return record.source.uid < record.target.uid ? [source, target] : [target, source];
}

async function takeSide(client: ClusterClient, deps: SessionDeps): Promise<Side> {
  const { clock, gate, process, record } = deps;
  await ensureHome(client, clock);
  const holder = `${record.run} ${record.tool.user}@${record.tool.host}`;
  const lease = await acquireLease({ client, holder, process, clock, gate });
  return { client, lease };
}

function sideOf(taken: readonly Side[], client: ClusterClient): Side {
  const side = taken.find((one) => one.client === client);
  if (side === undefined) throw new Error(`the ${client.name} is not locked`);
  return side;
}

/** Nothing was begun: what we have made so far goes again. */
async function abandon(taken: readonly Side[], deps: SessionDeps): Promise<void> {
  for (const { client, lease } of taken) {
    await quietly(() => RecordFile.discard(client, deps.record.run));
    await quietly(() => lease.release());
  }
  for (const client of [deps.source, deps.target]) await quietly(() => removeHomeIfEmpty(client));
}

/** On the way out: a lock that cannot be given back runs out by itself, and the first error is the one to tell. */
async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof PivotError || error instanceof KubeApiError)) throw error;
  }
}
