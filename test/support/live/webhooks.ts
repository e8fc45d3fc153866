// Whether a provider's webhooks answer, through their Services: an API server needs a moment to see the pods behind one.
import type { FleetApi } from "../fleet/fleet-api.ts";
import { collectionOf } from "./install.ts";
import type { Manifest } from "./manifests.ts";
import type { ProviderName } from "./providers.ts";

const ANSWER_WITHIN_MS = 60_000;
const LOOK_MS = 200;

/** Asks with dry runs until no webhook of these providers fails to answer; a refusal is an answer. */
export async function waitUntilWebhooksAnswer(
  api: FleetApi,
  names: readonly ProviderName[],
): Promise<void> {
  const deadline = performance.now() + ANSWER_WITHIN_MS;
  for (const name of names) {
    const manifest = QUESTIONS[name];
    const path = `${collectionOf(manifest)}?dryRun=All`;
    for (;;) {
      const headers = { "content-type": "application/json" };
      const { status, text } = await api.request("POST", path, JSON.stringify(manifest), headers);
      if (status < 500 && status !== 404 && status !== 429) break;
      if (performance.now() > deadline) throw new Error(`webhooks of ${name}: ${status} ${text}`);
      await Bun.sleep(LOOK_MS);
    }
  }
}

const QUESTIONS: Readonly<Record<ProviderName, Manifest>> = {
  core: question("cluster.x-k8s.io", "Cluster", { paused: true }),
  kubeadmBootstrap: question("bootstrap.cluster.x-k8s.io", "KubeadmConfigTemplate", {
    template: { spec: { files: [{ path: "/a", content: "a" }] } },
  }),
  kubeadmControlPlane: question("controlplane.cluster.x-k8s.io", "KubeadmControlPlaneTemplate", {
    template: { spec: { kubeadmConfigSpec: { files: [{ path: "/a", content: "a" }] } } },
  }),
  docker: question("infrastructure.cluster.x-k8s.io", "DevMachineTemplate", {
    template: { spec: { backend: { inMemory: { vm: {} } } } },
  }),
};

function question(group: string, kind: string, spec: unknown): Manifest {
  const apiVersion = `${group}/v1beta2`;
  const metadata = { namespace: "default", name: "does-anybody-answer" };
  return { apiVersion, kind, metadata, spec };
}
