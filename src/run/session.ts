// The frame around a run: locks, records and gated clients. Opened (run/open-session.ts, run/take-over-session.ts) before
// the first write to any object of the operator's, closed when nothing of ours is left but the closed record.
import type { ClusterClient } from "../model/client.ts";
import { PivotError } from "../model/error.ts";
import type { Phase, RunRecord } from "../model/run-record.ts";
import { removeHomeIfEmpty } from "./home.ts";
import { type Locked, quietly, type Side } from "./locked-clusters.ts";
import { type RecordFile, readRecord, removeClosedRecords } from "./record.ts";

/** What a session begins with. */
export interface Opened extends Locked {
  readonly records: { readonly source?: RecordFile; readonly target?: RecordFile };
}

/** A run that holds its locks: both, or that of the cluster that is left. */
export class Session {
  /** Clients whose writes need the locks. */
  readonly source: ClusterClient;
  readonly target: ClusterClient;
  readonly #sides: Opened["sides"];
  readonly #records: Opened["records"];
  readonly #forSource: Opened["forSource"];
  #isCommitUnknown = false;

  constructor({ source, target, sides, records, forSource }: Opened) {
    this.source = source;
    this.target = target;
    this.#sides = sides;
    this.#records = records;
    this.#forSource = forSource;
  }

  /** The one that decides: the source's, unless that cluster is gone for good. */
  get record(): RunRecord {
    return this.#deciding.record;
  }

  get #deciding(): RecordFile {
    const { source, target } = this.#records;
    const record = source ?? target;
    if (record === undefined) throw new Error("a session without a record");
    return record;
  }

  /** Moves the run on: the target's record follows the source's, except for `verified`, which it says first. */
  async advance(phase: Phase, change: Partial<RunRecord> = {}): Promise<void> {
    const { source, target } = this.#records;
    const order = phase === "verified" ? [target, source] : [source, target];
    for (const record of order) await record?.update({ ...change, phase });
  }

  /** One conditional write to the source's record: the point of no return. */
  async commit(): Promise<void> {
    this.#isCommitUnknown = true;
    await this.#deciding.update({ phase: "committed" });
    this.#isCommitUnknown = false;
  }

  /** The commit was begun, and its answer did not come: only the record itself can tell. */
  get isCommitUnknown(): boolean {
    return this.#isCommitUnknown;
  }

  /** The target is told right after the commit; what the source's record says decides all the same. */
  async announceCommit(): Promise<void> {
    const { target } = this.#records;
    if (target?.record.phase !== "done") await target?.update({ phase: "committed" });
  }

  /**
   * The first write of a way back: a commit still on its way fails after it, and nobody can resume forward.
   * Resolves to false when a commit whose answer was lost has been stored: then there is no way back.
   */
  async beginRollback(): Promise<boolean> {
    const { epoch, run } = this.record;
    // Whoever takes the run over needs both locks before it writes: with this one we are alone here.
    this.#forSource.leases = sidesOf(this.#sides.source).map(({ lease }) => lease);
    try {
      await this.#deciding.update({ phase: "rolling-back", epoch: epoch + 1 });
      return true;
    } catch (error) {
      if (!(error instanceof PivotError && error.code === "CONFLICT")) throw error;
      const stored = await readRecord(this.source, run);
      if (stored?.phase === "committed" && stored.epoch === epoch) return false;
      throw error;
    }
  }

  /** After success: the target keeps the closed record, the source keeps nothing. May be done again. */
  async close(outcome: NonNullable<RunRecord["outcome"]>, note?: string): Promise<void> {
    const { source, target } = this.#sides;
    await removeClosedRecords(this.target, this.record.run);
    const said = note === undefined ? {} : { note };
    if (this.#records.target?.record.phase !== "done")
      await this.#records.target?.update({ phase: "done", outcome, ...said });
    await this.#records.source?.remove();
    for (const side of sidesOf(target, source)) await side.lease.release();
    if (source !== undefined) await removeHomeIfEmpty(source.client);
  }

  /** After a rollback: nothing of ours is left on either side, the target's record goes first. */
  async erase(): Promise<void> {
    const { source, target } = this.#sides;
    await this.#records.target?.remove();
    await this.#records.source?.remove();
    for (const side of sidesOf(target, source)) await side.lease.release();
    for (const { client } of sidesOf(target, source)) await removeHomeIfEmpty(client);
  }

  /** After a rollback without the target: the source keeps a closed record, which says what the target may hold. */
  async closeWithoutTarget(note: string): Promise<void> {
    await this.#records.source?.update({ phase: "rolled-back", note });
    await this.leave();
  }

  /** Gives up the locks and leaves the records: another process can go on. */
  async leave(): Promise<void> {
    for (const { lease } of sidesOf(this.#sides.target, this.#sides.source)) {
      await quietly(() => lease.release());
    }
  }
}

function sidesOf(...sides: readonly (Side | undefined)[]): readonly Side[] {
  return sides.filter((side) => side !== undefined);
}
