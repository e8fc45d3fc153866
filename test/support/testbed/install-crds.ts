// Puts CRDs into a cluster and waits until their kinds are really served, and clusterctl's inventory when asked for.
import { type Json, stringAt } from "../../../src/model/object.ts";
import { ask, type FleetApi } from "../fleet/fleet-api.ts";
import { type Crd, inventoryCrd } from "./capi-crds.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const SERVED_WITHIN_MS = 120_000;

/** Creates what is missing; returns when every served version of every kind answers a list. */
export async function installCrds(api: FleetApi, crds: readonly Crd[]): Promise<void> {
  await Promise.all(crds.map((crd) => createUnlessThere(api, CRDS, crd)));
  await Promise.all(crds.map((crd) => waitUntilServed(api, crd)));
}

/** A provider as `clusterctl init` would have installed it. */
export interface InstalledProvider {
  readonly label: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly version: string;
}

/** The providers whose CRDs the testbed has. */
export const TESTBED_PROVIDERS: readonly InstalledProvider[] = [
  provider("cluster-api", "capi-system", "cluster-api", "CoreProvider"),
  provider("bootstrap-kubeadm", "capi-kubeadm-bootstrap-system", "kubeadm", "BootstrapProvider"),
  provider(
    "control-plane-kubeadm",
    "capi-kubeadm-control-plane-system",
    "kubeadm",
    "ControlPlaneProvider",
  ),
  provider("infrastructure-docker", "capd-system", "docker", "InfrastructureProvider"),
  provider("infrastructure-fleet", "capf-system", "fleet", "InfrastructureProvider", "v0.1.0"),
  provider("ipam-in-cluster", "caip-in-cluster-system", "in-cluster", "IPAMProvider", "v1.0.0"),
];

function provider(
  label: string,
  namespace: string,
  name: string,
  type: string,
  version = "v1.14.2",
): InstalledProvider {
  return { label, namespace, name, type, version };
}

/** What `clusterctl move` asks both clusters for: the Provider CRD and an object per provider. May run twice. */
export async function installInventory(
  api: FleetApi,
  providers: readonly InstalledProvider[] = TESTBED_PROVIDERS,
): Promise<void> {
  await installCrds(api, [await inventoryCrd()]);
  await Promise.all(providers.map((each) => createProvider(api, each)));
}

async function createProvider(api: FleetApi, each: InstalledProvider): Promise<void> {
  const { label, namespace, name, type, version } = each;
  await createUnlessThere(api, "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  const path = `/apis/clusterctl.cluster.x-k8s.io/v1alpha3/namespaces/${namespace}/providers`;
  await createUnlessThere(api, path, {
    apiVersion: "clusterctl.cluster.x-k8s.io/v1alpha3",
    kind: "Provider",
    metadata: {
      namespace,
      name: label,
      labels: {
        "clusterctl.cluster.x-k8s.io": "",
        "clusterctl.cluster.x-k8s.io/core": "inventory",
        "cluster.x-k8s.io/provider": label,
      },
    },
    providerName: name,
    type,
    version,
  });
}

async function createUnlessThere(api: FleetApi, path: string, body: Json): Promise<void> {
  const headers = { "content-type": "application/json" };
  const answer = await api.request("POST", path, JSON.stringify(body), headers);
  if (answer.status < 300 || answer.status === 409) return;
  const name = stringAt(body, "metadata", "name") ?? "";
  throw new Error(`POST ${path} ${name}: ${answer.status} ${answer.text}`);
}

/** Established is not enough: a fresh kind answers 404, then 429 "storage is (re)initializing", and only then 200. */
async function waitUntilServed(api: FleetApi, crd: Crd): Promise<void> {
  const { group, names, versions } = crd.spec;
  const deadline = performance.now() + SERVED_WITHIN_MS;
  for (const { name } of versions.filter(({ served }) => served)) {
    const path = `/apis/${group}/${name}/${names.plural}?limit=1`;
    let answer = await api.request("GET", path);
    while (answer.status !== 200) {
      if (performance.now() > deadline) {
        throw new Error(`${crd.metadata.name} is not served: ${answer.status} ${answer.text}`);
      }
      await Bun.sleep(100);
      answer = await api.request("GET", path);
    }
  }
  await ask(api, "GET", `${CRDS}/${crd.metadata.name}`);
}
