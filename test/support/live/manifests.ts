// The manifests that Cluster API and cert-manager publish, out of the Go module cache: whole providers as kustomize
// renders them, a ClusterClass for CAPD's in-memory machines, and cert-manager's CRDs. Kept beside the programs as JSON.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import type { Json } from "../../../src/model/object.ts";
import type { Labels } from "../fleet/fleet-object.ts";
import { moduleFolders } from "../testbed/module-folders.ts";
import {
  CERT_MANAGER,
  cacheFolder,
  certManagerModule,
  managersModule,
  type ProgramModule,
} from "../testbed/program-modules.ts";
import { findPrograms } from "../testbed/programs.ts";
import { runTool } from "./tools.ts";

/** An object before it exists. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Labels;
    readonly annotations?: Labels;
  };
  readonly [field: string]: Json;
}

/** What the module `sigs.k8s.io/cluster-api` and its test module hold, placeholders not filled in. */
export interface CapiManifests {
  readonly core: readonly Manifest[];
  readonly kubeadmBootstrap: readonly Manifest[];
  readonly kubeadmControlPlane: readonly Manifest[];
  readonly docker: readonly Manifest[];
  readonly inMemoryClass: readonly Manifest[];
}

const CORE_MODULE = "sigs.k8s.io/cluster-api";
const TEST_MODULE = "sigs.k8s.io/cluster-api/test";

export function capiManifests(): Promise<CapiManifests> {
  capi ??= keptIn(managersModule(), "manifests.json", renderCapi);
  return capi;
}

export function certManagerCrds(): Promise<readonly Manifest[]> {
  certManager ??= keptIn(certManagerModule(), "crds.json", readCertManagerCrds);
  return certManager;
}

let capi: Promise<CapiManifests> | undefined;
let certManager: Promise<readonly Manifest[]> | undefined;

async function renderCapi(): Promise<CapiManifests> {
  const folders = await moduleFolders(managersModule(), [CORE_MODULE, TEST_MODULE]);
  const [core = "", test = ""] = [folders.get(CORE_MODULE), folders.get(TEST_MODULE)];
  const docker = join(test, "infrastructure", "docker");
  const [coreObjects, bootstrap, controlPlane, dockerObjects, classText] = await Promise.all([
    kustomize(join(core, "core", "config", "default")),
    kustomize(join(core, "bootstrap", "kubeadm", "config", "default")),
    kustomize(join(core, "controlplane", "kubeadm", "config", "default")),
    kustomize(join(docker, "config", "default")),
    readFile(join(docker, "templates", "clusterclass-in-memory.yaml"), "utf8"),
  ]);
  return {
    core: coreObjects,
    kubeadmBootstrap: bootstrap,
    kubeadmControlPlane: controlPlane,
    docker: dockerObjects,
    inMemoryClass: parseObjects(classText),
  };
}

async function kustomize(folder: string): Promise<readonly Manifest[]> {
  const { kubectl } = await findPrograms();
  const { code, stdout, stderr } = await runTool([kubectl, "kustomize", folder]);
  if (code !== 0) throw new Error(`kubectl kustomize ${folder}: ${stderr}`);
  return parseObjects(stdout);
}

async function readCertManagerCrds(): Promise<readonly Manifest[]> {
  const folders = await moduleFolders(certManagerModule(), [CERT_MANAGER]);
  const folder = join(folders.get(CERT_MANAGER) ?? "", "deploy", "crds");
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml")).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return texts.flatMap(parseObjects);
}

function parseObjects(text: string): readonly Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJSON() as Manifest | null)
    .filter((object) => object !== null);
}

async function keptIn<T>(module: ProgramModule, file: string, make: () => Promise<T>): Promise<T> {
  const path = join(cacheFolder(module), file);
  if (existsSync(path)) return JSON.parse(await readFile(path, "utf8")) as T;
  const made = await make();
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.unfinished`;
  await writeFile(unfinished, JSON.stringify(made));
  await rename(unfinished, path);
  return made;
}

export type Variables = Readonly<Record<string, string>>;

const PLACEHOLDER = /\$\{(\w+)(?::?=([^}]*))?\}/g;

/** Fills in `${NAME}` and `${NAME:=default}` as clusterctl does; throws for a name without value and default. */
export function substitute<T extends Json>(value: T, variables: Variables): T {
  if (typeof value === "string") return substituteText(value, variables) as T;
  if (Array.isArray(value)) return value.map((item: Json) => substitute(item, variables)) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, field]) => [key, substitute(field, variables)]);
  return Object.fromEntries(entries) as T;
}

function substituteText(text: string, variables: Variables): Json {
  let isWhole = false;
  const filled = text.replaceAll(PLACEHOLDER, (found, name: string, fallback?: string) => {
    isWhole ||= found === text;
    const value = Object.hasOwn(variables, name) ? variables[name] : fallback;
    if (value === undefined) throw new Error(`nobody gives a value for ${name}`);
    return value;
  });
  // Clusterctl works on the text of a manifest: `""` in place of a whole value is a quoted, empty string there.
  return isWhole ? (parse(filled) as Json) : filled;
}
