// The run record: a ConfigMap in each cluster, written before acting. The source's decides: when it says
// `committed`, the run can only go forward.
import { OUR_LABEL, OUR_NAMESPACE } from "../model/capi.ts";
import type { Clock, ClusterClient, ClusterReader } from "../model/client.ts";
import { EXIT, KubeApiError, PivotError } from "../model/error.ts";
import { type KubeObject, stringAt } from "../model/object.ts";
import { isClosed, type Phase, type RunRecord } from "../model/run-record.ts";
import { CONFIG_MAP_KIND } from "./our-kinds.ts";

const RECORD_LABEL = "capi-pivot.github.io/record";
const PREFIX = "capi-pivot-";

/** Where the record of a run is kept, in both clusters. */
export function recordAddress(run: string): { readonly namespace: string; readonly name: string } {
  return { namespace: OUR_NAMESPACE, name: `${PREFIX}${run}` };
}

/** A record as one cluster has stored it. */
export interface StoredRecord {
  readonly record: RunRecord;
  readonly resourceVersion: string;
}

/** Records of one cluster, newest last. A namespace that does not exist has none. */
export async function readStored(reader: ClusterReader): Promise<readonly StoredRecord[]> {
  const maps = await reader.list(CONFIG_MAP_KIND, {
    namespace: OUR_NAMESPACE,
    labelSelector: RECORD_LABEL,
  });
  return maps
    .flatMap((map) => {
      const record = parse(map);
      return record === undefined ? [] : [{ record, ...versionOf(map) }];
    })
    .sort((a, b) => (a.record.startedAt < b.record.startedAt ? -1 : 1));
}

function versionOf({ metadata }: KubeObject): Pick<StoredRecord, "resourceVersion"> {
  return { resourceVersion: metadata.resourceVersion };
}

/** The same, without what only a writer needs. */
export async function readRecords(reader: ClusterReader): Promise<readonly RunRecord[]> {
  return (await readStored(reader)).map(({ record }) => record);
}

/** One run's record as stored, undefined when it is gone. */
export async function readRecord(
  reader: ClusterReader,
  run: string,
): Promise<RunRecord | undefined> {
  try {
    return parse(await reader.get(CONFIG_MAP_KIND, recordAddress(run)));
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 404) return undefined;
    throw error;
  }
}

function parse(map: KubeObject): RunRecord | undefined {
  const text = stringAt(map, "data", "record");
  return text === undefined ? undefined : (JSON.parse(text) as RunRecord);
}

/** @throws PivotError RUN_UNFINISHED when a run was interrupted here: a new one must not build on its halves. */
export async function refuseUnfinished(reader: ClusterReader): Promise<void> {
  const open = (await readRecords(reader)).find((record) => !isClosed(record.phase));
  if (open === undefined) return;
  throw new PivotError({
    code: "RUN_UNFINISHED",
    cluster: reader.name,
    exitCode: EXIT.unchanged,
    message: `run ${open.run} of ${open.startedAt} (${open.tool.user}@${open.tool.host}, ${open.source.context} to ${open.target.context}) stopped in phase ${open.phase} and was never finished; nothing was changed`,
    hint: hintFor(open.phase),
  });
}

/** `committed` knows no way back, `rolling-back` none forward. */
function hintFor(phase: Phase): string {
  if (phase === "committed") {
    return "kubectl capi-pivot resume   # finishes that run, it is past the point of no return; status in its place only looks";
  }
  if (phase === "rolling-back") {
    return "kubectl capi-pivot rollback   # goes on putting everything back; status in its place only looks";
  }
  return "kubectl capi-pivot resume   # finishes that run; rollback in its place puts everything back, status only looks";
}

/** One cluster's record of this run; every write is conditional on what this process wrote last. */
export class RecordFile {
  readonly #client: ClusterClient;
  readonly #clock: Clock;
  #record: RunRecord;
  #resourceVersion: string;

  private constructor(
    client: ClusterClient,
    clock: Clock,
    record: RunRecord,
    resourceVersion: string,
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#record = record;
    this.#resourceVersion = resourceVersion;
  }

  static async create(client: ClusterClient, clock: Clock, record: RunRecord): Promise<RecordFile> {
    const created = await createOrFind(client, record);
    return new RecordFile(client, clock, record, created.metadata.resourceVersion);
  }

  /** One that another process has written. */
  static of(client: ClusterClient, clock: Clock, stored: StoredRecord): RecordFile {
    return new RecordFile(client, clock, stored.record, stored.resourceVersion);
  }

  get record(): RunRecord {
    return this.#record;
  }

  /**
   * Writes a change with a resourceVersion precondition. An answer that got lost is resolved by reading:
   * when the stored record is the one we meant to write, it was ours.
   * @throws PivotError CONFLICT when another process has written: it has taken the run over.
   */
  async update(change: Partial<RunRecord>): Promise<void> {
    const updatedAt = new Date(this.#clock.now()).toISOString();
    const record: RunRecord = { ...this.#record, ...change, updatedAt };
    const body = toConfigMap(record, this.#resourceVersion);
    try {
      const written = await this.#client.replace(CONFIG_MAP_KIND, recordAddress(record.run), body);
      this.#resourceVersion = written.metadata.resourceVersion;
    } catch (error) {
      await this.#resolve(record, error);
    }
    this.#record = record;
  }

  async #resolve(record: RunRecord, error: unknown): Promise<void> {
    // A refusal is an answer; only a conflict, or no answer at all, leaves open whether we wrote.
    if (error instanceof KubeApiError && error.status < 500 && error.status !== 409) throw error;
    const found = await this.#client.get(CONFIG_MAP_KIND, recordAddress(record.run));
    if (stringAt(found, "data", "record") === JSON.stringify(record)) {
      this.#resourceVersion = found.metadata.resourceVersion;
      return;
    }
    if (!(error instanceof KubeApiError) || error.status !== 409) throw error;
    throw new PivotError({
      code: "CONFLICT",
      cluster: this.#client.name,
      exitCode: EXIT.midway,
      message: `another process has written the record of run ${record.run} in the ${this.#client.name} cluster and goes on with it; this one stops`,
      hint: "kubectl capi-pivot status   # who goes on with it",
      cause: error,
    });
  }

  async remove(): Promise<void> {
    await RecordFile.discard(this.#client, this.#record.run);
  }

  /** Removes a record whether or not it was made. */
  static async discard(client: ClusterClient, run: string): Promise<void> {
    await removeConfigMap(client, recordAddress(run).name);
  }
}

async function createOrFind(client: ClusterClient, record: RunRecord): Promise<KubeObject> {
  try {
    return await client.create(CONFIG_MAP_KIND, toConfigMap(record));
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.reason !== "AlreadyExists") throw error;
    // Our own create whose answer was lost; the run id is random, so nobody else has this name.
    return client.get(CONFIG_MAP_KIND, recordAddress(record.run));
  }
}

function toConfigMap(record: RunRecord, resourceVersion?: string): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      ...recordAddress(record.run),
      labels: { ...OUR_LABEL, [RECORD_LABEL]: "run" },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    data: { phase: record.phase, record: JSON.stringify(record) },
  };
}

async function removeConfigMap(client: ClusterClient, name: string): Promise<void> {
  const address = { namespace: OUR_NAMESPACE, name };
  try {
    const found = await client.get(CONFIG_MAP_KIND, address);
    await client.delete(CONFIG_MAP_KIND, address, { uid: found.metadata.uid });
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.status !== 404) throw error;
  }
}

/** Closed records of earlier runs make room for that of `run`. */
export async function removeClosedRecords(client: ClusterClient, run: string): Promise<void> {
  for (const record of await readRecords(client)) {
    const isEarlier = isClosed(record.phase) && record.run !== run;
    if (isEarlier) await removeConfigMap(client, recordAddress(record.run).name);
  }
}
