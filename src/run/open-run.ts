// A run that was interrupted: found by its records, of which the source's decides.
import type { ClusterReader } from "../model/client.ts";
import { EXIT, PivotError } from "../model/error.ts";
import type { ClusterIdentity } from "../model/inventory.ts";
import { isClosed, type RunRecord } from "../model/run-record.ts";
import { readStored, type StoredRecord } from "./record.ts";

type Both<T> = Readonly<Record<"source" | "target", T>>;

/** What the two clusters have stored of one run. */
export type OpenRun = Both<StoredRecord | undefined>;

/**
 * The run between these two clusters that has not come to its end; undefined when there is none. One of which only the
 * closed record in the target is left has ended: it is not found here.
 * @throws PivotError RUN_ELSEWHERE when the run that was interrupted here is one with another cluster.
 */
export async function findOpenRun(
  clients: Both<ClusterReader>,
  identities: Both<ClusterIdentity>,
): Promise<OpenRun | undefined> {
  const source = await readStored(clients.source);
  const target = await readStored(clients.target);
  const isHere = ({ record }: StoredRecord) =>
    record.source.uid === identities.source.uid && record.target.uid === identities.target.uid;
  for (const found of [...source.filter(isHere)].reverse()) {
    const other = target.find(({ record }) => record.run === found.record.run);
    // The source keeps a `rolled-back` one as long as the target has not been cleaned.
    if (!isClosed(found.record.phase) || other !== undefined)
      return { source: found, target: other };
  }
  const lone = target.filter(isHere).find(({ record }) => !isClosed(record.phase));
  if (lone !== undefined) return { source: undefined, target: lone };
  refuseElsewhere([...source, ...target], identities);
  return undefined;
}

function refuseElsewhere(
  all: readonly StoredRecord[],
  { source, target }: Both<ClusterIdentity>,
): void {
  const open = all.find(({ record }) => !isClosed(record.phase))?.record;
  if (open === undefined) return;
  const isSwapped = open.source.uid === target.uid && open.target.uid === source.uid;
  const between = `context ${open.source.context} (${open.source.server}) to context ${open.target.context} (${open.target.server})`;
  throw new PivotError({
    code: "RUN_ELSEWHERE",
    exitCode: EXIT.usage,
    message: `the run that was interrupted here, ${open.run} of ${open.startedAt}, goes from ${between}, and you gave ${isSwapped ? "these the other way round" : "another pair"}; nothing was changed`,
    hint: `give the kubeconfigs of that pair: --context for ${open.source.context}, --to-kubeconfig or --to-context for ${open.target.context}`,
  });
}

/** The newest closed record of a run between these two that the target keeps. */
export async function findEndedRun(
  target: ClusterReader,
  identities: Both<ClusterIdentity>,
): Promise<RunRecord | undefined> {
  const stored = await readStored(target);
  return stored
    .map(({ record }) => record)
    .filter(({ source, phase }) => source.uid === identities.source.uid && isClosed(phase))
    .at(-1);
}

/** The run that one cluster alone tells of: the other one is gone for good. */
export async function findLoneRun(
  reader: ClusterReader,
  { uid }: ClusterIdentity,
): Promise<OpenRun | undefined> {
  const found = (await readStored(reader))
    .filter(({ record }) => record[reader.name].uid === uid && !isClosed(record.phase))
    .at(-1);
  if (found === undefined) return undefined;
  const { name } = reader;
  return {
    source: name === "source" ? found : undefined,
    target: name === "target" ? found : undefined,
  };
}
