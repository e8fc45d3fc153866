// Two management clusters in which pods run: the source with cert-manager and four providers at work, the target bare.
import { installCertManager } from "./cert-manager.ts";
import { type LiveCluster, startLiveCluster } from "./live-cluster.ts";
import { installProviders, type ProviderOptions } from "./providers.ts";

export interface LivePairOptions extends ProviderOptions {
  /** Whether both API servers note every request, for `readAudit`. */
  readonly audit?: boolean;
}

export interface LivePair {
  readonly source: LiveCluster;
  /** An API server, controllers and a kubelet, nothing else. */
  readonly target: LiveCluster;
  stop(): Promise<void>;
}

/** Returns when the source's providers are Available and their webhooks answer. */
export async function startLivePair(options: LivePairOptions = {}): Promise<LivePair> {
  const { audit = false } = options;
  const starts = ["source", "target"].map((name) => startLiveCluster({ name, audit }));
  const results = await Promise.allSettled(starts);
  const started = results.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((cluster) => cluster.stop()));
  };
  try {
    const [source, target] = await Promise.all(starts);
    if (source === undefined || target === undefined) throw new Error("two clusters were started");
    await installCertManager(source.api);
    await installProviders(source.api, options);
    return { source, target, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
