// Looking at what pivots have left: one cluster, or both. Reads only, and as much as can be read: what cannot be counted is
// said, not thrown.
import { discover } from "./discover/discover.ts";
import { identify, NAMESPACE_KIND, requireDifferent } from "./discover/identity.ts";
import { OUR_LABEL, OUR_NAMESPACE } from "./model/capi.ts";
import type { Clock, ClusterReader } from "./model/client.ts";
import { KubeApiError, PivotError } from "./model/error.ts";
import type { ClusterIdentity } from "./model/inventory.ts";
import { type KubeObject, stringAt } from "./model/object.ts";
import type { LockState, Look, Status } from "./model/status.ts";
import { statusOf } from "./plan/status.ts";
import { durationOf, holderOf, looksAlive, readLease } from "./run/lease.ts";
import { readRecords } from "./run/record.ts";

export interface StatusDeps {
  /** One cluster, whichever side it was, or two. */
  readonly clusters: readonly ClusterReader[];
  readonly clock: Clock;
}

/** @throws PivotError SAME_CLUSTER, and what the clients throw while identities, records and locks are read. */
export async function readStatus({ clusters, clock }: StatusDeps): Promise<Status> {
  const identities = await Promise.all(clusters.map(identify));
  const [first, second] = identities;
  if (first !== undefined && second !== undefined) requireTwo(first, second);
  const looks = await Promise.all(
    clusters.map((reader, index) => lookAt(reader, identities[index] ?? first, clock)),
  );
  return statusOf(looks, new Date(clock.now()).toISOString());
}

function requireTwo(first: ClusterIdentity, second: ClusterIdentity): void {
  try {
    requireDifferent(first, second);
  } catch (error) {
    const hint = "kubectl capi-pivot status --context NAME   # one cluster is enough";
    throw error instanceof PivotError ? error.with({ hint }) : error;
  }
}

async function lookAt(
  reader: ClusterReader,
  identity: ClusterIdentity | undefined,
  clock: Clock,
): Promise<Look> {
  if (identity === undefined) throw new Error("a cluster has an identity");
  const [records, lock, hasNamespace] = await Promise.all([
    readRecords(reader),
    readLock(reader, clock),
    readHome(reader),
  ]);
  const known = { identity, records, hasNamespace, ...(lock === undefined ? {} : { lock }) };
  return { ...known, ...(await readEverything(reader, identity)) };
}

/** A pivot needs to see all of it; here what does not answer must not hide the record of a run. */
async function readEverything(
  reader: ClusterReader,
  identity: ClusterIdentity,
): Promise<Pick<Look, "inventory" | "silentGroups">> {
  const silentGroups: string[] = [];
  try {
    const inventory = await discover(reader, identity, (_, group) => silentGroups.push(group));
    return { inventory, silentGroups };
  } catch (error) {
    const isTold = error instanceof PivotError || error instanceof KubeApiError;
    if (!isTold || (error instanceof PivotError && error.code === "INTERRUPTED")) throw error;
    return { inventory: { failed: error.message }, silentGroups };
  }
}

async function readLock(reader: ClusterReader, clock: Clock): Promise<LockState | undefined> {
  const lease = await readLease(reader);
  if (lease === undefined) return undefined;
  const acquiredAt = stringAt(lease, "spec", "acquireTime");
  const renewedAt = stringAt(lease, "spec", "renewTime");
  return {
    holder: holderOf(lease),
    ...(acquiredAt === undefined ? {} : { acquiredAt }),
    ...(renewedAt === undefined ? {} : { renewedAt }),
    seconds: durationOf(lease) / 1000,
    alive: looksAlive(lease, clock),
  };
}

async function readHome(reader: ClusterReader): Promise<boolean> {
  const found = await getOrNothing(reader);
  if (found === undefined || found.metadata.deletionTimestamp !== undefined) return false;
  return Object.entries(OUR_LABEL).every(([key, value]) => found.metadata.labels?.[key] === value);
}

async function getOrNothing(reader: ClusterReader): Promise<KubeObject | undefined> {
  try {
    return await reader.get(NAMESPACE_KIND, { name: OUR_NAMESPACE });
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 404) return undefined;
    throw error;
  }
}
