// API discovery and CustomResourceDefinitions -> the kinds of a cluster. Two requests plus the pages of CRDs.
import type { ClusterReader } from "../model/client.ts";
import { PivotError } from "../model/error.ts";
import type { CrdFacts, ResourceKind, WebhookClient } from "../model/kinds.ts";
import {
  asRecord,
  fieldAt,
  type Json,
  type KubeObject,
  kindKey,
  listAt,
  stringAt,
} from "../model/object.ts";
import { unnamedGroup, untilCaughtUp } from "./catching-up.ts";

const AGGREGATED =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

/** CustomResourceDefinitions themselves, known before discovery. */
export const CRD_KIND: ResourceKind = {
  group: "apiextensions.k8s.io",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
  versions: ["v1"],
  version: "v1",
  verbs: ["list", "get"],
  hasStatus: true,
};

/** Called with the name of a group of the API that does not answer. */
export type OnSilentGroup = (reader: ClusterReader, group: string) => void;

/**
 * Every kind that can be listed and deleted, by `kindKey`; Events are left out, nobody owns them. A server that does not
 * name a kind yet whose CustomResourceDefinition is Established is waited for.
 * @param onSilent default: throws, for what cannot be seen cannot be moved. Without an error that group is left out.
 * @throws PivotError SERVER_ERROR
 */
export async function discoverKinds(
  reader: ClusterReader,
  onSilent: OnSilentGroup = refuseSilent,
): Promise<ReadonlyMap<string, ResourceKind>> {
  const { groups, crds } = await untilCaughtUp(
    () => readServer(reader),
    (read) => unnamedGroup(read) === undefined,
  );
  const unnamed = unnamedGroup({ groups, crds });
  if (unnamed !== undefined) onSilent(reader, unnamed);
  const facts = new Map(crds.map((crd) => [crd.metadata.name, crdFacts(crd)]));
  const kinds = new Map<string, ResourceKind>();
  for (const group of groups) {
    const name = stringAt(group, "metadata", "name") ?? "";
    if (isSilent(group)) onSilent(reader, name);
    else for (const kind of kindsOfGroup(name, group, facts)) kinds.set(kindKey(kind), kind);
  }
  return kinds;
}

/** Groups of the aggregated discovery document, and whole CRDs. */
async function readServer(reader: ClusterReader): Promise<{
  readonly groups: readonly Json[];
  readonly crds: readonly KubeObject[];
}> {
  const [core, groups, crds] = await Promise.all([
    reader.getRaw("/api", AGGREGATED),
    reader.getRaw("/apis", AGGREGATED),
    reader.list(CRD_KIND),
  ]);
  return { groups: [...groupsOf(core), ...groupsOf(groups)], crds };
}

function groupsOf(document: unknown): readonly unknown[] {
  const items = fieldAt(document, "items");
  return Array.isArray(items) ? items : [];
}

function crdFacts(crd: KubeObject): CrdFacts {
  const versions = listAt(crd, "spec", "versions");
  const storage = versions.find((version) => fieldAt(version, "storage") === true);
  const hasConversionWebhook = stringAt(crd, "spec", "conversion", "strategy") === "Webhook";
  const client = fieldAt(crd, "spec", "conversion", "webhook", "clientConfig");
  return {
    name: crd.metadata.name,
    storageVersion: stringAt(storage, "name") ?? "",
    storedVersions: listAt(crd, "status", "storedVersions").map(String),
    labels: crd.metadata.labels ?? {},
    hasConversionWebhook,
    ...(hasConversionWebhook ? { conversion: webhookClient(client) } : {}),
    statusVersions: versions
      .filter((version) => asRecord(fieldAt(version, "subresources", "status")) !== undefined)
      .map((version) => stringAt(version, "name") ?? ""),
  };
}

function webhookClient(client: unknown): WebhookClient {
  const [namespace, name] = ["namespace", "name"].map((key) => stringAt(client, "service", key));
  const url = stringAt(client, "url");
  return {
    ...(name === undefined ? {} : { service: `${namespace}/${name}` }),
    ...(url === undefined ? {} : { url }),
  };
}

interface Found {
  readonly version: string;
  readonly resource: unknown;
}

/** Served by a program of its own that cannot be reached. */
function isSilent(group: unknown): boolean {
  return listAt(group, "versions").some((version) => fieldAt(version, "freshness") === "Stale");
}

function kindsOfGroup(
  name: string,
  group: unknown,
  crds: ReadonlyMap<string, CrdFacts>,
): readonly ResourceKind[] {
  const byKind = new Map<string, Found[]>();
  for (const version of listAt(group, "versions")) {
    for (const resource of listAt(version, "resources")) {
      const kind = stringAt(resource, "responseKind", "kind") ?? "";
      const found = byKind.get(kind) ?? [];
      byKind.set(kind, [...found, { version: stringAt(version, "version") ?? "", resource }]);
    }
  }
  return [...byKind]
    .filter(([kind]) => kind !== "Event" && kind !== "")
    .map(([kind, found]) => resourceKind(name, kind, found, crds))
    .filter((kind) => kind.verbs.includes("list") && kind.verbs.includes("delete"));
}

function resourceKind(
  group: string,
  kind: string,
  found: readonly Found[],
  crds: ReadonlyMap<string, CrdFacts>,
): ResourceKind {
  const resource = found[0]?.resource;
  const plural = stringAt(resource, "resource") ?? "";
  const crd = crds.get(`${plural}.${group}`);
  const versions = found.map((one) => one.version);
  const stored = crd !== undefined && versions.includes(crd.storageVersion);
  const version = stored ? crd.storageVersion : (versions[0] ?? "");
  return {
    group,
    kind,
    plural,
    namespaced: fieldAt(resource, "scope") === "Namespaced",
    versions,
    version,
    verbs: listAt(resource, "verbs").map(String),
    hasStatus: listAt(resource, "subresources").some(
      (sub) => fieldAt(sub, "subresource") === "status",
    ),
    ...(crd === undefined ? {} : { crd }),
  };
}

function refuseSilent(reader: ClusterReader, group: string): never {
  throw new PivotError({
    code: "SERVER_ERROR",
    cluster: reader.name,
    message: `the API group ${group} of the ${reader.name} cluster (${reader.server}) does not answer, so its objects cannot be seen`,
    hint: `kubectl --context ${reader.context} get apiservices   # repair or remove the one that is not Available`,
  });
}
