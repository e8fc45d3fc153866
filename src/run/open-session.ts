// A new run takes both locks and writes its records.
import type { Clock, ClusterClient, ClusterReader } from "../model/client.ts";
import { PivotError } from "../model/error.ts";
import { ensureHome, removeHomeIfEmpty } from "./home.ts";
import { acquireLease, refuseLocked } from "./lock.ts";
import {
  behindLocks,
  inLockOrder,
  quietly,
  type SessionDeps,
  type Side,
} from "./locked-clusters.ts";
import { RecordFile, refuseUnfinished } from "./record.ts";
import { Session } from "./session.ts";

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

/**
 * Takes both locks, then writes the records, source first.
 * @throws PivotError LOCKED, RUN_UNFINISHED; nothing is left then.
 */
export async function openSession(deps: SessionDeps): Promise<Session> {
  await refuseOccupied(deps);
  const taken: Side[] = [];
  try {
    for (const client of inLockOrder(deps)) taken.push(await takeSide(client, deps));
    // Looked at again under the lock: a run may have come and gone in between.
    await refuseUnfinished(deps.source);
    await refuseUnfinished(deps.target);
    return await begin(deps, taken);
  } catch (error) {
    // Who has stood still for too long writes nothing more, not even this.
    if (!(error instanceof PivotError && error.code === "LEASE_LOST")) await abandon(taken, deps);
    throw error;
  }
}

async function begin(deps: SessionDeps, taken: readonly Side[]): Promise<Session> {
  const { clock, record } = deps;
  const locked = behindLocks(deps, taken);
  const source = await RecordFile.create(locked.source, clock, record);
  const target = await RecordFile.create(locked.target, clock, record);
  return new Session({ ...locked, records: { source, target } });
}

async function takeSide(client: ClusterClient, deps: SessionDeps): Promise<Side> {
  const { clock, gate, process, record } = deps;
  await ensureHome(client, clock);
  const holder = `${record.run} ${record.tool.user}@${record.tool.host}`;
  const lease = await acquireLease({ client, holder, process, clock, gate });
  return { client, lease };
}

/** Nothing was begun: what we have made so far goes again, the target's record first, since the source's decides. */
async function abandon(taken: readonly Side[], deps: SessionDeps): Promise<void> {
  const ordered = [...taken].sort(({ client }) => (client.name === "target" ? -1 : 1));
  for (const { client } of ordered) {
    await quietly(() => RecordFile.discard(client, deps.record.run));
  }
  for (const { lease } of taken) await quietly(() => lease.release());
  for (const client of [deps.source, deps.target]) await quietly(() => removeHomeIfEmpty(client));
}
