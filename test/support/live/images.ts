// What a container image stands for. Registries differ between manifests: the last part of the name decides.
import type { Managers } from "../testbed/programs.ts";

/** Programs by the name of their image. */
export type ImagePrograms = Readonly<Record<string, string>>;

/** The images of the rendered manifests. */
export function managerImages(managers: Managers): ImagePrograms {
  return {
    "cluster-api-controller": managers.core,
    "kubeadm-bootstrap-controller": managers.kubeadmBootstrap,
    "kubeadm-control-plane-controller": managers.kubeadmControlPlane,
    "capd-manager": managers.docker,
  };
}

/** An image that no registry has: its pods never start. */
export const MISSING_IMAGE = "testbed/missing-image:v1";

export function isMissingImage(image: string): boolean {
  return nameOf(image) === nameOf(MISSING_IMAGE);
}

/** The program in an image; undefined for one that is only played. */
export function programOf(image: string, programs: ImagePrograms): string | undefined {
  const name = nameOf(image);
  return Object.hasOwn(programs, name) ? programs[name] : undefined;
}

/** `host:5000/project/name:tag@digest` -> `name`. */
function nameOf(image: string): string {
  const last = image.split("@")[0]?.split("/").at(-1) ?? "";
  return last.split(":")[0] ?? "";
}
