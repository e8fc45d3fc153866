// The programs of the testbed: found in KUBEBUILDER_ASSETS or in the cache, and otherwise built from Go modules.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { builtFolder, namesOf, say } from "./built-programs.ts";
import {
  clusterApiModule,
  kubernetesModule,
  managersModule,
  type ProgramModule,
} from "./program-modules.ts";

/** Paths of the programs that make a cluster, and of kubectl. */
export interface Programs {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly kubectl: string;
}

let found: Promise<Programs> | undefined;

/** Builds what is missing: 6 to 10 minutes on two cores the first time, nothing later. */
export function findPrograms(): Promise<Programs> {
  // Once per process: two clusters that start together must not build the same program twice.
  found ??= findOrBuild();
  return found;
}

async function findOrBuild(): Promise<Programs> {
  const module = kubernetesModule();
  const folder = assetsFolder(module) ?? (await builtFolder(module));
  return {
    etcd: join(folder, "etcd"),
    apiServer: join(folder, "kube-apiserver"),
    controllerManager: join(folder, "kube-controller-manager"),
    kubectl: join(folder, "kubectl"),
  };
}

/** The path of clusterctl; builds it when it is missing (about two minutes after the others). */
export async function findClusterctl(): Promise<string> {
  return join(await builtFolder(clusterApiModule()), "clusterctl");
}

/** The providers' managers. */
export interface Managers {
  readonly core: string;
  readonly kubeadmBootstrap: string;
  readonly kubeadmControlPlane: string;
  readonly docker: string;
}

let foundManagers: Promise<Managers> | undefined;

/** Builds them when they are missing: about two minutes after the others. */
export function findManagers(): Promise<Managers> {
  foundManagers ??= findOrBuildManagers();
  return foundManagers;
}

async function findOrBuildManagers(): Promise<Managers> {
  const folder = await builtFolder(managersModule());
  return {
    core: join(folder, "core-manager"),
    kubeadmBootstrap: join(folder, "kubeadm-bootstrap-manager"),
    kubeadmControlPlane: join(folder, "kubeadm-control-plane-manager"),
    docker: join(folder, "docker-manager"),
  };
}

/** Uses the folder as a whole or not at all: programs of different versions may not fit together. */
function assetsFolder(module: ProgramModule): string | undefined {
  const folder = process.env["KUBEBUILDER_ASSETS"];
  if (folder === undefined || folder === "") return undefined;
  const missing = module.programs.filter(({ name }) => !existsSync(join(folder, name)));
  if (missing.length === 0) return folder;
  say(`KUBEBUILDER_ASSETS=${folder} is not used: it lacks ${namesOf(missing)}`);
  return undefined;
}
