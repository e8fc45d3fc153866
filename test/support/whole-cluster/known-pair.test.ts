// Clusters are put back while their servers run, and nobody notices but by watching.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type KubeObject, stringAt } from "../../../src/model/object.ts";
import { ask } from "../fleet/fleet-api.ts";
import { installCrds } from "../testbed/install-crds.ts";
import { type OwnCluster, startCluster } from "../testbed/management-cluster.ts";
import { differencesOf } from "./differences.ts";
import { KnownPair } from "./known-pair.ts";

const LONG = 120_000;
const MERGE = "application/merge-patch+json";
const MAPS = "/api/v1/namespaces/default/configmaps";
const SITES = "/apis/sites.example.dev/v1/namespaces/default/sites";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

let source: OwnCluster;
let target: OwnCluster;
let known: KnownPair;

const SITE_CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "sites.sites.example.dev" },
  spec: {
    group: "sites.example.dev",
    names: { kind: "Site", listKind: "SiteList", plural: "sites", singular: "site" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
} as const;

beforeAll(async () => {
  [source, target] = await Promise.all([
    startCluster({ name: "source", prepare: (api) => installCrds(api, [SITE_CRD]) }),
    startCluster({ name: "target" }),
  ]);
  const owner = await make(MAPS, { metadata: { name: "owner" } });
  const { uid } = owner.metadata;
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid }];
  await make(MAPS, { metadata: { name: "owned", ownerReferences } });
  await make(SITES, { ...SITE, metadata: { name: "here", ownerReferences } });
  // Whatever the servers make for themselves.
  await Bun.sleep(2_000);
  known = await KnownPair.learn({ source, target });
}, LONG * 8);

afterAll(() => Promise.all([source.stop(), target.stop()]));

const SITE = { apiVersion: "sites.example.dev/v1", kind: "Site" };

async function make(path: string, body: object): Promise<KubeObject> {
  return (await ask(source.api, "POST", path, body)) as KubeObject;
}

async function exists(path: string): Promise<boolean> {
  return (await source.api.request("GET", path)).status === 200;
}

async function differences(): Promise<readonly string[]> {
  return differencesOf(known.start, await known.now());
}

async function untilGone(path: string): Promise<void> {
  while (await exists(path)) await Bun.sleep(100);
}

test("nothing differs from the start at the start", async () => {
  expect(await known.hasChanged()).toBe(false);
  expect(await differences()).toEqual([]);
});

function isOwnership(line: string): boolean {
  return line.startsWith("target: Namespace default: metadata.managedFields");
}

test(
  "what was changed, made and deleted is told and put back, and the garbage collector takes nothing",
  async () => {
    await ask(source.api, "DELETE", `${MAPS}/owner`);
    // Its owner is gone: the collector takes both.
    await untilGone(`${MAPS}/owned`);
    await untilGone(`${SITES}/here`);
    await make(MAPS, { metadata: { name: "new" } });
    const labels = { changed: "yes" };
    await ask(target.api, "PATCH", "/api/v1/namespaces/default", { metadata: { labels } }, MERGE);
    const told = await differences();
    expect(told.filter((line) => !isOwnership(line))).toEqual([
      "source: ConfigMap default/new: should not be there",
      "source: ConfigMap default/owned: is missing",
      "source: ConfigMap default/owner: is missing",
      "source: Site.sites.example.dev default/here: is missing",
      'target: Namespace default: metadata.labels.changed is new: "yes"',
    ]);
    // Of one second, entries are sorted by name: how many differ depends on the clock.
    expect(told.some(isOwnership)).toBe(true);

    await known.restore();
    expect(await differences()).toEqual([]);
    expect(await exists(`${MAPS}/new`)).toBe(false);
    const owner = await ask(source.api, "GET", `${MAPS}/owner`);
    const site = (await ask(source.api, "GET", `${SITES}/here`)) as KubeObject;
    expect(site.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([
      stringAt(owner, "metadata", "uid") ?? "",
    ]);
    await Bun.sleep(3_000);
    expect(await differences()).toEqual([]);
  },
  LONG,
);

test(
  "a kind that was removed with its objects is served again",
  async () => {
    await ask(source.api, "DELETE", `${CRDS}/sites.sites.example.dev`);
    await untilGone(SITES);
    expect(await differences()).toEqual([
      "source: CustomResourceDefinition.apiextensions.k8s.io sites.sites.example.dev: is missing",
      "source: Site.sites.example.dev default/here: is missing",
    ]);
    await known.restore();
    expect(await differences()).toEqual([]);
    await make(SITES, { ...SITE, metadata: { name: "there" } });
    await known.restore();
    expect(await exists(`${SITES}/here`)).toBe(true);
    expect(await exists(`${SITES}/there`)).toBe(false);
  },
  LONG,
);

test("an object that was deleted and made again is told from the old one", async () => {
  await ask(source.api, "DELETE", `${SITES}/here`);
  await make(SITES, { ...SITE, metadata: { name: "here" } });
  expect(await differences()).toContain(
    'source: Site.sites.example.dev default/here: metadata.uid is "of a new object", not "as at the start"',
  );
  await known.restore();
  expect(await differences()).toEqual([]);
});
