// Going on with a run that another process has left: its locks are taken over, its records read again under them, and
// the epoch raised in the one that decides, so that whatever the other process has still under way fails.
import type { Clock, ClusterClient, ClusterReader } from "../model/client.ts";
import { type ClusterName, PivotError } from "../model/error.ts";
import type { RunRecord, Tool } from "../model/run-record.ts";
import type { HeldLease } from "./held-lease.ts";
import { ensureHome, removeHomeIfEmpty } from "./home.ts";
import { readLease } from "./lease.ts";
import {
  behindLocks,
  inLockOrder,
  type Locked,
  quietly,
  type SessionDeps,
  type Side,
} from "./locked-clusters.ts";
import { RecordFile, readStored, type StoredRecord } from "./record.ts";
import { Session } from "./session.ts";
import { takeOverLease } from "./take-over.ts";

export interface TakeOver extends SessionDeps {
  readonly takenOverBy: Tool;
  /** `rolling-back` for the way back: then nobody can resume forward any more. */
  readonly phase?: "rolling-back";
  /** A cluster that is gone for good is neither locked nor written to; the other one's record decides then. */
  readonly lost?: ClusterName;
  /** Called with the record as it is under the locks; throws when it does not allow what is to be done. */
  readonly require: (record: RunRecord) => void;
  readonly signal: AbortSignal;
  /** While the lock of a process that may live is watched. */
  readonly onWaiting: (client: ClusterReader, seconds: number, holder: string) => void;
}

/**
 * Takes the locks over, then raises the epoch.
 * @throws PivotError LOCKED, RUN_CHANGED, CONFLICT, and what `require` throws; the records are as before then.
 */
export async function takeOverSession(deps: TakeOver): Promise<Session> {
  const taken: Side[] = [];
  const there = inLockOrder(deps).filter(({ name }) => name !== deps.lost);
  try {
    for (const client of there) taken.push(await takeSide(client, deps));
    const locked = behindLocks(deps, taken);
    return await (deps.lost === undefined ? goOn(deps, locked) : goOnAlone(deps, locked, taken));
  } catch (error) {
    for (const { lease } of taken) await quietly(() => lease.release());
    throw error;
  }
}

/**
 * Removes what is left where no record is: locks, and our namespace. Nothing of a run is touched.
 * Resolves to whether there was anything.
 */
export async function clearLeftovers(
  deps: Omit<TakeOver, "record" | "require" | "phase" | "lost">,
): Promise<boolean> {
  let found = false;
  for (const client of [deps.source, deps.target]) {
    if ((await readLease(client)) !== undefined) {
      found = true;
      const { user, host } = deps.takenOverBy;
      await (await takeLock(client, `${user}@${host}`, deps)).release();
    }
    if (await removeHomeIfEmpty(client)) found = true;
  }
  return found;
}

async function goOn(deps: TakeOver, locked: Locked): Promise<Session> {
  const { clock, record } = deps;
  const stored = {
    source: await storedRun(deps.source, record.run),
    target: await storedRun(deps.target, record.run),
  };
  if (stored.source === undefined) throw changed(record.run);
  const source = RecordFile.of(locked.source, clock, stored.source);
  await raiseEpoch(deps, source);
  const target = await followerOf(locked.target, clock, source.record, stored.target);
  return new Session({ ...locked, records: { source, target } });
}

async function goOnAlone(
  deps: TakeOver,
  locked: Locked,
  [side]: readonly Side[],
): Promise<Session> {
  const { clock, record } = deps;
  const stored = side && (await storedRun(side.client, record.run));
  if (side === undefined || stored === undefined) throw changed(record.run);
  const file = RecordFile.of(locked[side.client.name], clock, stored);
  await raiseEpoch(deps, file);
  return new Session({ ...locked, records: { [side.client.name]: file } });
}

async function raiseEpoch({ require, takenOverBy, phase }: TakeOver, file: RecordFile) {
  require(file.record);
  const change = phase === undefined ? {} : { phase };
  await file.update({ ...change, takenOverBy, epoch: file.record.epoch + 1 });
}

async function takeSide(client: ClusterClient, deps: TakeOver): Promise<Side> {
  const { user, host } = deps.takenOverBy;
  await ensureHome(client, deps.clock);
  const lease = await takeLock(client, `${deps.record.run} ${user}@${host}`, deps);
  return { client, lease };
}

function takeLock(
  client: ClusterClient,
  holder: string,
  { clock, gate, process, signal, onWaiting }: LockDeps,
): Promise<HeldLease> {
  const tell = (seconds: number, other: string) => onWaiting(client, seconds, other);
  return takeOverLease({ client, holder, process, clock, gate, signal, onWaiting: tell });
}

type LockDeps = Pick<TakeOver, "clock" | "gate" | "process" | "signal" | "onWaiting">;

async function storedRun(client: ClusterReader, run: string): Promise<StoredRecord | undefined> {
  return (await readStored(client)).find(({ record }) => record.run === run);
}

/**
 * The target's record says what the source's says, but for an end that it knows already. One that was not made yet, or
 * is gone again, is made only for a run that goes forward.
 */
async function followerOf(
  target: ClusterClient,
  clock: Clock,
  record: RunRecord,
  stored: StoredRecord | undefined,
): Promise<RecordFile> {
  if (record.phase === "rolling-back")
    return RecordFile.of(target, clock, stored ?? { record, resourceVersion: "" });
  if (stored === undefined) return RecordFile.create(target, clock, record);
  const file = RecordFile.of(target, clock, stored);
  if (stored.record.phase !== "done") await file.update(record);
  return file;
}

function changed(run: string): PivotError {
  return new PivotError({
    code: "RUN_CHANGED",
    message: `run ${run} came to an end while its locks were taken over`,
    hint: "kubectl capi-pivot status",
  });
}
