// A management cluster in which pods run: a real control plane in a network of its own, a kubelet and, for whoever installs
// cert-manager, its work. Without any provider at first. Gone when this process is gone.
import { type OwnCluster, startCluster } from "../testbed/management-cluster.ts";
import { findManagers } from "../testbed/programs.ts";
import { managerImages } from "./images.ts";
import { startIssuer } from "./issuer.ts";
import { type Kubelet, startKubelet } from "./kubelet.ts";
import { openNetworkNamespace, type PodNetwork } from "./network-namespace.ts";
import { requireNetworks } from "./network-tools.ts";

export interface LiveClusterOptions {
  readonly name: string;
  /** Whether the API server notes every request, for `readAudit`. */
  readonly audit?: boolean;
}

export interface LiveCluster extends OwnCluster {
  readonly network: PodNetwork;
  readonly kubelet: Kubelet;
}

export async function startLiveCluster(options: LiveClusterOptions): Promise<LiveCluster> {
  // First: nobody should wait for programs that cannot be used.
  requireNetworks();
  const programs = managerImages(await findManagers());
  let network: PodNetwork | undefined;
  const cluster = await startCluster({
    ...options,
    openNetwork: async (folder) => {
      network = await openNetworkNamespace(folder);
      return network;
    },
  });
  try {
    if (network === undefined) throw new Error(`${options.name} has no network`);
    const kubelet = await startKubelet({ cluster, network, programs });
    const issuer = await startIssuer(cluster);
    const stop = async (): Promise<void> => {
      await Promise.all([kubelet.stop(), issuer.stop()]);
      await cluster.stop();
    };
    return {
      ...cluster,
      // The API server has another pid after a restart.
      get pids() {
        return cluster.pids;
      },
      network,
      kubelet,
      stop,
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
