// Whole providers as a user has them: rendered from upstream's `config/default` and installed by `clusterctl init`, by
// Helm or by `kubectl apply`. Their managers run as soon as a kubelet sees their pods.
import { groupOf } from "../../../src/model/object.ts";
import type { FleetApi } from "../fleet/fleet-api.ts";
import type { Labels } from "../fleet/fleet-object.ts";
import { componentLabels } from "../testbed/capi-crds.ts";
import { installInventory, TESTBED_PROVIDERS } from "../testbed/install-crds.ts";
import { type DeploymentName, waitUntilAvailable } from "./deployments.ts";
import { createAll, type Installer } from "./install.ts";
import {
  type CapiManifests,
  capiManifests,
  type Manifest,
  substitute,
  type Variables,
} from "./manifests.ts";
import { waitUntilWebhooksAnswer } from "./webhooks.ts";

export type ProviderName = Exclude<keyof CapiManifests, "inMemoryClass">;

/**
 * Who installed the providers: clusterctl labels every object and keeps an inventory; Helm writes labels and annotations
 * of its own; `kubectl apply --server-side` leaves the manifest as it is.
 */
export type ProviderShape = "clusterctl" | "helm" | "kubectl";

export interface ProviderOptions {
  /** Default: all four. */
  readonly names?: readonly ProviderName[];
  /** Default: clusterctl. */
  readonly shape?: ProviderShape;
  /** Added to those that the testbed needs. */
  readonly variables?: Variables;
}

interface Provider {
  readonly label: string;
  readonly namespace: string;
  readonly deployment: string;
}

const PROVIDERS: Readonly<Record<ProviderName, Provider>> = {
  core: {
    label: "cluster-api",
    namespace: "capi-system",
    deployment: "capi-controller-manager",
  },
  kubeadmBootstrap: {
    label: "bootstrap-kubeadm",
    namespace: "capi-kubeadm-bootstrap-system",
    deployment: "capi-kubeadm-bootstrap-controller-manager",
  },
  kubeadmControlPlane: {
    label: "control-plane-kubeadm",
    namespace: "capi-kubeadm-control-plane-system",
    deployment: "capi-kubeadm-control-plane-controller-manager",
  },
  docker: {
    label: "infrastructure-docker",
    namespace: "capd-system",
    deployment: "capd-controller-manager",
  },
};

export const ALL_PROVIDERS: readonly ProviderName[] = [
  "core",
  "kubeadmBootstrap",
  "kubeadmControlPlane",
  "docker",
];

const VARIABLES: Variables = { CLUSTER_TOPOLOGY: "true" };

const INSTALLERS: Readonly<Record<ProviderShape, Installer>> = {
  clusterctl: "clusterctl",
  helm: "helm",
  kubectl: "kubectl",
};

/** The Deployment of a provider's manager. */
export function deploymentOf(name: ProviderName): DeploymentName {
  const { namespace, deployment } = PROVIDERS[name];
  return { namespace, name: deployment };
}

/** Installs providers one after another and waits until their webhooks answer. cert-manager must be there. */
export async function installProviders(
  api: FleetApi,
  options: ProviderOptions = {},
): Promise<void> {
  const { names = ALL_PROVIDERS, shape = "clusterctl" } = options;
  for (const name of names) {
    const manifests = await providerManifests(name, options);
    await createAll(api, manifests, INSTALLERS[shape]);
  }
  await waitUntilAvailable(api, names.map(deploymentOf));
  await waitUntilWebhooksAnswer(api, names);
  if (shape !== "clusterctl") return;
  const labels = new Set(names.map((name) => PROVIDERS[name].label));
  await installInventory(
    api,
    TESTBED_PROVIDERS.filter(({ label }) => labels.has(label)),
  );
}

/** A provider's objects in the order in which they are created. */
export async function providerManifests(
  name: ProviderName,
  { shape = "clusterctl", variables = {} }: ProviderOptions = {},
): Promise<readonly Manifest[]> {
  const rendered = (await capiManifests())[name];
  const objects = substitute<readonly Manifest[]>(rendered, { ...VARIABLES, ...variables });
  return inCreationOrder(objects).map((object) => SHAPES[shape](object, PROVIDERS[name]));
}

/** The CA injector must know a Certificate before it sees what wants its CA. */
function inCreationOrder(objects: readonly Manifest[]): readonly Manifest[] {
  const rank = ({ kind, apiVersion }: Manifest): number => {
    if (kind === "Namespace") return 0;
    return groupOf(apiVersion) === "cert-manager.io" ? 1 : 2;
  };
  return objects.toSorted((a, b) => rank(a) - rank(b));
}

type Shape = (object: Manifest, provider: Provider) => Manifest;

const SHAPES: Readonly<Record<ProviderShape, Shape>> = {
  clusterctl: (object, { label }) => withMetadata(object, componentLabels(label), {}),
  helm: (object, { label, namespace }) =>
    withMetadata(
      object,
      { "app.kubernetes.io/managed-by": "Helm" },
      { "meta.helm.sh/release-name": label, "meta.helm.sh/release-namespace": namespace },
    ),
  kubectl: (object) => object,
};

function withMetadata(object: Manifest, labels: Labels, annotations: Labels): Manifest {
  const { metadata } = object;
  const merged = {
    ...metadata,
    labels: { ...metadata.labels, ...labels },
    annotations: { ...metadata.annotations, ...annotations },
  };
  return { ...object, metadata: merged };
}
