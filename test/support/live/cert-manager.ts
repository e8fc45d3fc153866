// cert-manager as an installation leaves it in a cluster: its CRDs and three Deployments. Their pods are only played;
// `issuer.ts` does their work while they are there.

import type { FleetApi } from "../fleet/fleet-api.ts";
import type { Labels } from "../fleet/fleet-object.ts";
import { certManagerModule } from "../testbed/program-modules.ts";
import { waitUntilAvailable } from "./deployments.ts";
import { createAll } from "./install.ts";
import { certManagerCrds, type Manifest } from "./manifests.ts";

export const CERT_MANAGER_NAMESPACE = "cert-manager";

/** Name of the Deployment, and of its component in labels. */
const DEPLOYMENTS = [
  ["cert-manager", "controller"],
  ["cert-manager-cainjector", "cainjector"],
  ["cert-manager-webhook", "webhook"],
] as const;

/** By `clusterctl init`, which labels every object of it, or by its own manifest. */
export type CertManagerShape = "clusterctl" | "plain";

const CLUSTERCTL_LABELS: Labels = {
  "clusterctl.cluster.x-k8s.io": "",
  "clusterctl.cluster.x-k8s.io/core": "cert-manager",
};

/** Installs it and waits until its Deployments are Available. */
export async function installCertManager(
  api: FleetApi,
  shape: CertManagerShape = "clusterctl",
): Promise<void> {
  const manifests = await certManagerManifests(shape);
  const installer = shape === "clusterctl" ? "clusterctl" : "kubectl";
  await createAll(api, manifests, installer);
  const names = DEPLOYMENTS.map(([name]) => ({ namespace: CERT_MANAGER_NAMESPACE, name }));
  await waitUntilAvailable(api, names);
}

export async function certManagerManifests(shape: CertManagerShape): Promise<readonly Manifest[]> {
  const { version } = certManagerModule();
  const objects = [
    namespace(),
    ...(await certManagerCrds()),
    ...DEPLOYMENTS.flatMap(([name, component]) => [
      serviceAccount(name),
      deployment(name, component, version),
    ]),
  ];
  const own = shape === "clusterctl" ? CLUSTERCTL_LABELS : {};
  return objects.map((object) => {
    const labels = { app: "cert-manager", ...object.metadata.labels, ...own };
    return { ...object, metadata: { ...object.metadata, labels } };
  });
}

function namespace(): Manifest {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: CERT_MANAGER_NAMESPACE } };
}

function serviceAccount(name: string): Manifest {
  const metadata = { name, namespace: CERT_MANAGER_NAMESPACE };
  return { apiVersion: "v1", kind: "ServiceAccount", metadata };
}

function deployment(name: string, component: string, version: string): Manifest {
  const matchLabels = {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/instance": "cert-manager",
    "app.kubernetes.io/component": component,
  };
  const labels = { ...matchLabels, "app.kubernetes.io/version": version };
  const container = {
    name: `${name}-${component}`,
    image: `testbed/cert-manager-${component}:${version}`,
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: CERT_MANAGER_NAMESPACE, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels },
      template: {
        metadata: { labels },
        spec: { serviceAccountName: name, containers: [container] },
      },
    },
  };
}
