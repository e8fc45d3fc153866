// A management cluster in which a pivot takes every step and meets every shape of object, as small as that can be.
import { fieldAt, type Json, type KubeObject, stringAt } from "../../../src/model/object.ts";
import { applyFleet } from "../fleet/apply-fleet.ts";
import { aCluster } from "../fleet/cluster.ts";
import { aClusterClass } from "../fleet/cluster-class.ts";
import { aClusterResourceSet } from "../fleet/cluster-resource-set.ts";
import { aMachineDrainRule, anExtensionConfig, anIdentity } from "../fleet/companions.ts";
import { ask, type FleetApi } from "../fleet/fleet-api.ts";
import { fleetKind, pathOf } from "../fleet/fleet-kinds.ts";
import { type Fleet, fleetOf, ofKind } from "../fleet/fleets.ts";
import { anIpPool } from "../fleet/ip-pool.ts";
import { applyProvider, type SmallProvider, smallProvider } from "../small-provider.ts";

const NAMESPACE = "fleet";
const IDENTITIES = "identities";
export const FLEET_NAMESPACES: readonly string[] = [NAMESPACE, IDENTITIES];
const MERGE = "application/merge-patch+json";

/** What `--leave` is told: a ConfigMap that Cluster `prod` owns. */
export const LEFT = `ConfigMap/${NAMESPACE}/notes`;

/** Clusters without and with a class, with pools, one that is paused; and everything around them. */
export function crashFleet(): Fleet {
  const prod = aCluster(NAMESPACE, "prod")
    .withLabels(CALICO)
    .withControlPlane({ replicas: 1 })
    .withMachineDeployment("md-0", { machines: 1 })
    .withMachineHealthCheck()
    .withUserSecret("ca")
    .withUserSecret("apiserver-etcd-client")
    .objects();
  const blue = aCluster(NAMESPACE, "blue").ofClass("quick").withControlPlane({ replicas: 1 });
  const edge = aCluster(NAMESPACE, "edge")
    .withControlPlane({ replicas: 1, secrets: ["ca", "kubeconfig"] })
    .withMachinePool("mp-0", { replicas: 1 })
    .objects();
  const asleep = aCluster(NAMESPACE, "asleep");
  const machines = ofKind(edge, "DockerMachine");
  const addons = {
    secrets: ["calico-secret"],
    configMaps: ["calico-manifest"],
    clusters: ["prod"],
  };
  return fleetOf([
    ...prod,
    ...aClusterResourceSet(NAMESPACE, "calico", addons),
    ...aClusterClass(NAMESPACE, "quick").objects(),
    ...blue.objects(),
    ...edge,
    ...anIpPool({ namespace: NAMESPACE, name: "rack-7", network: "10.20.30", machines }),
    ...anIpPool({ name: "everywhere", network: "10.20.31", machines }),
    ...asleep.paused().objects(),
    ...anIdentity("shared", { secretNamespace: IDENTITIES, allowedNamespaces: [NAMESPACE] }),
    ...aMachineDrainRule(NAMESPACE, "monitoring-last"),
    ...anExtensionConfig("audit", { namespaces: [NAMESPACE] }),
  ]);
}

/** Deployment, webhooks, rights, configuration and a kind of its own; nobody needs to issue certificates for it. */
export function crashProvider(webhook: {
  readonly port: number;
  readonly ca: string;
}): SmallProvider {
  const options = { name: "small", port: webhook.port, caBundle: btoa(webhook.ca) };
  const provider = smallProvider(options);
  const objects = (provider.objects as readonly KubeObject[])
    .filter(({ kind }) => kind !== "Issuer" && kind !== "Certificate")
    .map(({ metadata: { annotations: _, ...metadata }, ...rest }) => ({ ...rest, metadata }));
  return { ...provider, objects };
}

/** Puts provider and fleet into a cluster. */
export async function applyCrashFleet(api: FleetApi, provider: SmallProvider): Promise<void> {
  await applyProvider(api, provider);
  await applyFleet(api, crashFleet());
  await putByHand(api, provider);
}

/** What the target has before: a set that would apply itself to `prod` as soon as that arrives. */
export async function applyTargetSet(api: FleetApi): Promise<void> {
  const options = { configMaps: ["everywhere"], selector: CALICO };
  await applyFleet(api, fleetOf(aClusterResourceSet(NAMESPACE, "everywhere", options)));
}

const CALICO = { cni: "calico" };

/** What the builders do not make: objects of the provider, a written-out pause, owners in a circle, what stays. */
async function putByHand(api: FleetApi, { group }: SmallProvider): Promise<void> {
  const prod = await writeOutPause(api, "prod");
  const owner = ownerOf(prod);
  const smalls = `/apis/${group}/v2/namespaces/${NAMESPACE}/smalls`;
  const small = (name: string, ownerReferences: readonly Json[]): Promise<Json> =>
    ask(api, "POST", smalls, {
      apiVersion: `${group}/v2`,
      kind: "Small",
      metadata: { name, ownerReferences },
      spec: { size: 1 },
    });
  await small("owned", [owner]);
  await small("free", []);
  await closeCircle(api, owner);
  await ask(api, "POST", `/api/v1/namespaces/${NAMESPACE}/configmaps`, {
    metadata: { name: "notes", ownerReferences: [owner] },
    data: { note: "stays here" },
  });
}

async function writeOutPause(api: FleetApi, name: string): Promise<KubeObject> {
  const path = pathOf(fleetKind("Cluster"), NAMESPACE, name);
  const written = await ask(api, "PATCH", path, { spec: { paused: false } }, MERGE);
  // Its controller has seen the change.
  const observedGeneration = fieldAt(written, "metadata", "generation");
  await ask(api, "PATCH", `${path}/status`, { status: { observedGeneration } }, MERGE);
  return written as KubeObject;
}

function ownerOf({ apiVersion, kind, metadata: { name, uid } }: KubeObject): Json {
  return { apiVersion, kind, name, uid };
}

/** Two Secrets that own each other: one edge has to be cut. */
async function closeCircle(api: FleetApi, cluster: Json): Promise<void> {
  const path = `/api/v1/namespaces/${NAMESPACE}/secrets`;
  const secret = { apiVersion: "v1", kind: "Secret" };
  const put = async (name: string, ownerReferences: readonly Json[]): Promise<Json> => {
    const made = await ask(api, "POST", path, { metadata: { name, ownerReferences } });
    return { ...secret, name, uid: stringAt(made, "metadata", "uid") };
  };
  const first = await put("circle-a", [cluster]);
  const second = await put("circle-b", [first]);
  const ownerReferences = [cluster, second];
  await ask(api, "PATCH", `${path}/circle-a`, { metadata: { ownerReferences } }, MERGE);
}
