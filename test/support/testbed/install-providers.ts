// Whole providers on a cluster without nodes: their Deployments want pods that never come, so no controller acts and no
// webhook answers. Webhook configurations refuse every write then: put fleets in before.
import type { Json } from "../../../src/model/object.ts";
import { ask, type FleetApi } from "../fleet/fleet-api.ts";
import type { Manifest } from "../live/manifests.ts";
import type { Crd } from "./capi-crds.ts";
import { installCrds } from "./install-crds.ts";

/** Group, version and plural of what is installed; what needs cert-manager's kinds is left out. */
const PATHS: Readonly<Record<string, string>> = {
  Namespace: "/api/v1/namespaces",
  ServiceAccount: "/api/v1/serviceaccounts",
  Service: "/api/v1/services",
  ClusterRole: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  ClusterRoleBinding: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  Deployment: "/apis/apps/v1/deployments",
  MutatingWebhookConfiguration:
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
  ValidatingWebhookConfiguration:
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
};

/** Namespaces first, webhook configurations last. CRDs only where `crds` says so. */
export async function installProviders(
  api: FleetApi,
  manifests: readonly Manifest[],
  options: { readonly crds: boolean },
): Promise<void> {
  if (options.crds) await installCrds(api, manifests.filter(isCrd) as unknown as readonly Crd[]);
  for (const [kind, path] of Object.entries(PATHS)) {
    for (const manifest of manifests.filter((one) => one.kind === kind)) {
      await ask(api, "POST", pathIn(path, manifest), manifest as Json);
    }
  }
}

function isCrd({ kind }: Manifest): boolean {
  return kind === "CustomResourceDefinition";
}

function pathIn(path: string, { metadata }: Manifest): string {
  const { namespace } = metadata;
  if (namespace === undefined) return path;
  const slash = path.lastIndexOf("/");
  return `${path.slice(0, slash)}/namespaces/${namespace}${path.slice(slash)}`;
}
