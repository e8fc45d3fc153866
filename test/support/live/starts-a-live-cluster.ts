// Run as a program by live-cluster.test.ts: starts a cluster with one provider, says so, and waits to be killed.
import { installCertManager } from "./cert-manager.ts";
import { startLiveCluster } from "./live-cluster.ts";
import { installProviders } from "./providers.ts";

const cluster = await startLiveCluster({ name: "doomed" });
await installCertManager(cluster.api);
await installProviders(cluster.api, { names: ["core"] });
const { pids, facts, network, kubelet } = cluster;
console.log(
  JSON.stringify({
    pids: [...Object.values(pids), ...kubelet.processes().map(({ pid }) => pid)],
    folder: facts.folder,
    interfaceName: network.interfaceName,
  }),
);
await Bun.sleep(600_000);
