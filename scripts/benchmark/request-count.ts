// How many requests an API server has answered, by its own count: nothing stands in the way of what is measured.
import type { TestCluster } from "../../test/support/testbed/test-cluster.ts";

const SAMPLE = /^apiserver_request_total\{(.*)\} (\S+)$/gm;
/** Open long before and after, and our own question. */
const NOT_COUNTED = /verb="WATCH"|subresource="\/metrics"/;

/** Of everybody: the few of the cluster's own controllers are in it. */
export async function requestsAnswered(clusters: readonly TestCluster[]): Promise<number> {
  const counts = await Promise.all(clusters.map(requestsOf));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function requestsOf({ name, api }: TestCluster): Promise<number> {
  const { status, text } = await api.request("GET", "/metrics");
  if (status !== 200) throw new Error(`metrics of the ${name}: ${status} ${text}`);
  return [...text.matchAll(SAMPLE)].reduce(
    (sum, [, labels = "", value]) => sum + (NOT_COUNTED.test(labels) ? 0 : Number(value)),
    0,
  );
}
