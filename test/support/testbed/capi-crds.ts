// The real Cluster API CRDs, out of the Go module cache, with the labels that clusterctl and kustomize give them. No
// webhook runs in the testbed: the bases name none, so the API server converts between versions by renaming them.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import type { Fields, Labels } from "../fleet/fleet-object.ts";
import { moduleFolders } from "./module-folders.ts";
import { cacheFolder, clusterApiModule } from "./program-modules.ts";

/** A CustomResourceDefinition, as far as the testbed looks into it. */
export interface Crd {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Labels;
    readonly annotations?: Labels;
  };
  readonly spec: Fields & {
    readonly group: string;
    readonly names: Fields & { readonly kind: string; readonly plural: string };
    readonly scope: "Namespaced" | "Cluster";
    readonly versions: readonly (Fields & { readonly name: string; readonly served: boolean })[];
  };
}

/** CRDs as upstream keeps them, by the folder they come from. */
type Bases = Readonly<Record<string, readonly Crd[]>>;

const MODULE = "sigs.k8s.io/cluster-api";
const TEST_MODULE = "sigs.k8s.io/cluster-api/test";
const CONTRACTS: Labels = {
  "cluster.x-k8s.io/v1beta1": "v1beta1",
  "cluster.x-k8s.io/v1beta2": "v1beta2",
};

/** Folder below the module, and the labels that the provider's kustomization puts on its CRDs. */
const PROVIDERS: readonly (readonly [module: string, folder: string, labels: Labels])[] = [
  [MODULE, "core", componentLabels("cluster-api")],
  [MODULE, "bootstrap/kubeadm", componentLabels("bootstrap-kubeadm", CONTRACTS)],
  [MODULE, "controlplane/kubeadm", componentLabels("control-plane-kubeadm", CONTRACTS)],
  [TEST_MODULE, "infrastructure/docker", componentLabels("infrastructure-docker", CONTRACTS)],
];
const INVENTORY_FOLDER = "cmd/clusterctl";

/** What makes clusterctl see a component of a provider. */
export function componentLabels(provider: string, more: Labels = {}): Labels {
  return { "clusterctl.cluster.x-k8s.io": "", "cluster.x-k8s.io/provider": provider, ...more };
}

/** The CRDs of core, the kubeadm providers and the Docker provider. */
export async function capiCrds(): Promise<readonly Crd[]> {
  const bases = await readBases();
  return PROVIDERS.flatMap(([, folder, labels]) =>
    (bases[folder] ?? []).map((crd) => ({ ...crd, metadata: { ...crd.metadata, labels } })),
  );
}

/** The CRD of clusterctl's inventory, labelled as `clusterctl init` does. */
export async function inventoryCrd(): Promise<Crd> {
  const found = (await readBases())[INVENTORY_FOLDER]?.find(
    ({ spec }) => spec.names.kind === "Provider",
  );
  if (found === undefined) throw new Error(`${INVENTORY_FOLDER} of ${MODULE} has no Provider CRD`);
  const labels = { "clusterctl.cluster.x-k8s.io/core": "inventory" };
  return { ...found, metadata: { ...found.metadata, labels } };
}

let read: Promise<Bases> | undefined;

function readBases(): Promise<Bases> {
  read ??= readOrParseBases();
  return read;
}

/** Parsing takes half a second, and finding the modules needs Go: the result is kept beside the programs. */
async function readOrParseBases(): Promise<Bases> {
  const path = join(cacheFolder(clusterApiModule()), "crds.json");
  if (existsSync(path)) return JSON.parse(await readFile(path, "utf8")) as Bases;
  const bases = await parseBases();
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.unfinished`;
  await writeFile(unfinished, JSON.stringify(bases));
  await rename(unfinished, path);
  return bases;
}

async function parseBases(): Promise<Bases> {
  const folders = await moduleFolders(clusterApiModule(), [MODULE, TEST_MODULE]);
  const sources = [
    ...PROVIDERS.map(([module, folder]) => [module, folder] as const),
    [MODULE, INVENTORY_FOLDER] as const,
  ];
  const entries = sources.map(async ([module, folder]) => {
    const bases = join(folders.get(module) ?? "", folder, "config", "crd", "bases");
    const files = (await readdir(bases)).filter((file) => file.endsWith(".yaml")).sort();
    const crds = files.map(async (file) => parse(await readFile(join(bases, file), "utf8")) as Crd);
    return [folder, await Promise.all(crds)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
