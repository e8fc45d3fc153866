// What API servers have done so far, by their own account: nothing stands in the way of what is measured.
import type { TestCluster } from "../../test/support/testbed/test-cluster.ts";

/** Of everybody: the few requests of the cluster's own controllers are in it. */
export interface ServerLoad {
  readonly requests: number;
  /** Of the API servers alone; says something on a busy machine too. */
  readonly cpuSeconds: number;
}

const REQUESTS = /^apiserver_request_total\{(.*)\} (\S+)$/gm;
const CPU_SECONDS = /^process_cpu_seconds_total (\S+)$/m;
/** Watches are open long before and after; the other is our own question. */
const NOT_COUNTED = /verb="WATCH"|subresource="\/metrics"/;

/** Of all these clusters together, since they started. */
export async function loadOf(clusters: readonly TestCluster[]): Promise<ServerLoad> {
  const loads = await Promise.all(clusters.map(loadOfOne));
  return {
    requests: loads.reduce((sum, { requests }) => sum + requests, 0),
    cpuSeconds: loads.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  };
}

/** What came after `before`. */
export async function loadSince(
  before: ServerLoad,
  clusters: readonly TestCluster[],
): Promise<ServerLoad> {
  const { requests, cpuSeconds } = await loadOf(clusters);
  return {
    requests: requests - before.requests,
    cpuSeconds: cpuSeconds - before.cpuSeconds,
  };
}

async function loadOfOne({ name, api }: TestCluster): Promise<ServerLoad> {
  const { status, text } = await api.request("GET", "/metrics");
  if (status !== 200) throw new Error(`metrics of the ${name}: ${status} ${text}`);
  const requests = [...text.matchAll(REQUESTS)].reduce(
    (sum, [, labels = "", value]) => sum + (NOT_COUNTED.test(labels) ? 0 : Number(value)),
    0,
  );
  return { requests, cpuSeconds: Number(CPU_SECONDS.exec(text)?.[1]) };
}
