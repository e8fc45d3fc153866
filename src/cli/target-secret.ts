// `--to-cluster`: the kubeconfig that Cluster API keeps for a workload cluster, out of its Secret on the source.
import type { ClusterReader } from "../model/client.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { type KubeObject, stringAt } from "../model/object.ts";

const SECRET: ResourceKind = {
  group: "",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
  versions: ["v1"],
  version: "v1",
  verbs: ["get"],
  hasStatus: false,
};

/** The text of a kubeconfig. @throws PivotError when there is no such Secret or nothing usable in it. */
export async function readTargetKubeconfig(
  source: ClusterReader,
  cluster: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const address = { namespace: cluster.namespace, name: `${cluster.name}-kubeconfig` };
  const secret = await getSecret(source, address);
  const encoded = stringAt(secret, "data", "value");
  if (encoded !== undefined) return Buffer.from(encoded, "base64").toString("utf8");
  throw new PivotError({
    code: "KUBECONFIG_INVALID",
    message: `Secret ${address.namespace}/${address.name} in the source has no data.value, where Cluster API keeps the kubeconfig of Cluster ${cluster.namespace}/${cluster.name}`,
    hint: "write the kubeconfig of the target to a file and give it with --to-kubeconfig",
    cluster: "source",
  });
}

async function getSecret(
  source: ClusterReader,
  address: { readonly namespace: string; readonly name: string },
): Promise<KubeObject> {
  try {
    return await source.get(SECRET, address);
  } catch (error) {
    throw (error instanceof KubeApiError && refusalOf(error, address)) || error;
  }
}

/** In terms of the flag, where the answer has a meaning for it. */
function refusalOf(
  error: KubeApiError,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): PivotError | undefined {
  const facts = { cluster: "source", cause: error } as const;
  const what = `Secret ${namespace}/${name}, which --to-cluster reads the kubeconfig from`;
  if (error.status === 404) {
    return new PivotError({
      ...facts,
      code: "KUBECONFIG_NOT_FOUND",
      message: `the source has no ${what}`,
      hint: "kubectl get clusters.cluster.x-k8s.io -A shows the names; the Secret is made with the control plane",
    });
  }
  if (error.status !== 403) return undefined;
  return new PivotError({
    ...facts,
    code: "FORBIDDEN",
    message: `this user of the source may not read ${what}`,
    hint: "write the kubeconfig of the target to a file and give it with --to-kubeconfig",
  });
}
