// Everything that a cluster holds, through its API: the kinds by discovery, and whole objects at the version in which
// they are stored.
import { discoverKinds } from "../../../src/discover/resource-kinds.ts";
import type { ClusterReader } from "../../../src/model/client.ts";
import type { ResourceKind } from "../../../src/model/kinds.ts";
import {
  apiVersionOf,
  type Json,
  type KubeObject,
  listAt,
  stringAt,
} from "../../../src/model/object.ts";
import type { FleetApi } from "../fleet/fleet-api.ts";
import { parseLossless } from "../fleet/lossless-json.ts";

/** Every kind that can be listed and deleted, Events left out. */
export async function kindsOf(api: FleetApi): Promise<readonly ResourceKind[]> {
  const reader: Pick<ClusterReader, "getRaw" | "list"> = {
    getRaw: async (path, accept = "application/json") => {
      const { text } = await api.request("GET", path, undefined, { accept });
      return parseLossless(text);
    },
    list: (kind) => listKind(api, kind),
  };
  return [...(await discoverKinds(reader as ClusterReader)).values()];
}

/** Whole objects; none of a kind that is not served. */
async function listKind(api: FleetApi, kind: ResourceKind): Promise<readonly KubeObject[]> {
  const items = listAt(await readUnlessUnknown(api, collectionPath(kind)), "items");
  const apiVersion = apiVersionOf(kind.group, kind.version);
  // Items of core kinds come without apiVersion and kind.
  return items.map((item: Json) => ({ ...(item as KubeObject), apiVersion, kind: kind.kind }));
}

/** Of all namespaces without one. */
export function collectionPath(
  { group, version, plural }: ResourceKind,
  namespace?: string,
): string {
  const place = namespace === undefined ? "" : `/namespaces/${namespace}`;
  return `${group === "" ? "/api" : "/apis"}/${apiVersionOf(group, version)}${place}/${plural}`;
}

const ATTEMPTS = 100;

/** Undefined for 404; asks again while a kind is being set up. */
async function readUnlessUnknown(api: FleetApi, path: string): Promise<Json> {
  for (let attempt = 1; ; attempt++) {
    const { status, text } = await api.request("GET", path);
    if (status === 200) return parseLossless(text);
    if (status === 404) return undefined;
    if (![429, 503].includes(status) || attempt === ATTEMPTS) {
      throw new Error(`GET ${path}: ${status} ${text.slice(0, 500)}`);
    }
    await Bun.sleep(100);
  }
}

/** All objects of these kinds. */
export async function readKinds(
  api: FleetApi,
  kinds: readonly ResourceKind[],
): Promise<readonly KubeObject[]> {
  return (await Promise.all(kinds.map((kind) => listKind(api, kind)))).flat();
}

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const SERVED_WITHIN_MS = 120_000;

/** `machines.cluster.x-k8s.io` of every resource outside of the core group that discovery names. */
async function servedNames(api: FleetApi): Promise<ReadonlySet<string>> {
  const { text } = await api.request("GET", "/apis", undefined, { accept: AGGREGATED });
  const names = listAt(parseLossless(text), "items").flatMap((group) =>
    listAt(group, "versions")
      .flatMap((version) => listAt(version, "resources"))
      .map((one) => `${stringAt(one, "resource")}.${stringAt(group, "metadata", "name")}`),
  );
  return new Set(names);
}

/** Kinds come and go a moment after their definitions. */
export async function untilServed(
  name: string,
  api: FleetApi,
  isSo: (served: ReadonlySet<string>) => boolean,
): Promise<void> {
  const deadline = performance.now() + SERVED_WITHIN_MS;
  while (!isSo(await servedNames(api))) {
    if (performance.now() > deadline) throw new Error(`the ${name} does not serve what it did`);
    await Bun.sleep(20);
  }
}
