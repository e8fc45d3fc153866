// Short questions to kubeconfigs and servers: versions, and what Tab offers. Loaded when they are asked.
import { homedir } from "node:os";
import { NAMESPACE_KIND } from "../discover/identity.ts";
import type { OpenCluster } from "../kube/cluster-client.ts";
import { type LoadedKubeconfig, loadKubeconfig } from "../kube/kubeconfig-file.ts";
import { preferredKind } from "../kube/preferred-kind.ts";
import { CAPI_GROUP } from "../model/capi.ts";
import type { ClusterReader } from "../model/client.ts";
import type { ClusterName } from "../model/error.ts";
import { stringAt } from "../model/object.ts";
import { readSource } from "./cluster-flags.ts";
import type { OffersRequest, ServerAnswer, ServerVersion, VersionsRequest } from "./io.ts";
import { openSource, openTarget } from "./open-clusters.ts";

/** A person waits with a finger on Tab. */
const OFFERS_WITHIN_MS = 900;

/** Both at once; what is wrong with one cluster says nothing about the other. */
export async function versions(request: VersionsRequest): Promise<readonly ServerAnswer[]> {
  const { target } = request;
  const source = openSource(request.source, request);
  const opening: readonly (readonly [ClusterName, Promise<OpenCluster>])[] = [
    ["source", source],
    ...(target === undefined
      ? []
      : [["target", source.then((reader) => openTarget(target, reader, request))] as const]),
  ];
  const answers = opening.map(async ([cluster, opened]) => {
    return { cluster, answer: await versionOf(opened) };
  });
  return Promise.all(answers);
}

async function versionOf(opening: Promise<OpenCluster>): Promise<ServerAnswer["answer"]> {
  try {
    const reader = await opening;
    const answer = await reader.getRaw("/version").finally(() => reader.close());
    const { context, server } = reader;
    const gitVersion = stringAt(answer, "gitVersion") ?? "unknown";
    const platform = stringAt(answer, "platform") ?? "unknown";
    return { context, server, gitVersion, platform } satisfies ServerVersion;
  } catch (error) {
    return { error };
  }
}

/** Empty for whatever goes wrong: Tab is no place for errors. */
export async function offers(request: OffersRequest): Promise<readonly string[]> {
  const deadline = AbortSignal.timeout(OFFERS_WITHIN_MS);
  const never = new Promise<readonly string[]>((resolve) => {
    deadline.addEventListener("abort", () => resolve([]));
  });
  return Promise.race([offered(request, deadline).catch(() => []), never]);
}

async function offered(
  { offer, flags, env }: OffersRequest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  switch (offer.what) {
    case "files":
      return [];
    case "contexts":
      return [...(await kubeconfigOf({ offer, flags, env })).contexts.keys()];
    case "entries":
      return [...(await kubeconfigOf({ offer, flags, env })).clusters.keys()];
    case "users":
      return [...(await kubeconfigOf({ offer, flags, env })).users.keys()];
    case "namespaces":
    case "clusters": {
      const request = { requestTimeoutMs: OFFERS_WITHIN_MS, env, signal, isHasty: true };
      const reader = await openSource(readSource(flags), request);
      const list = offer.what === "clusters" ? clustersOf : namespacesOf;
      return list(reader).finally(() => reader.close());
    }
  }
}

/** The target's contexts are those of its own file, or of the source's. */
function kubeconfigOf({ offer, flags, env }: OffersRequest): Promise<LoadedKubeconfig> {
  const own = offer.of === "target" ? flags.toKubeconfig : undefined;
  return loadKubeconfig({ path: own ?? flags.kubeconfig, env, homeDir: homedir() });
}

async function namespacesOf(reader: ClusterReader): Promise<readonly string[]> {
  const found = await reader.list(NAMESPACE_KIND, { metadataOnly: true });
  return found.map(({ metadata }) => metadata.name);
}

async function clustersOf(reader: ClusterReader): Promise<readonly string[]> {
  const named = { group: CAPI_GROUP, kind: "Cluster", plural: "clusters" } as const;
  const kind = await preferredKind(reader, named);
  if (kind === undefined) return [];
  const found = await reader.list(kind, { metadataOnly: true });
  return found.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}
