// What a container image's name tells: the program, and often its version.
import { asVersion } from "./provider-version.ts";

/** `registry:5000/capi/cluster-api-controller:v1.14.2@sha256:…` -> `cluster-api-controller`. */
export function imageName(image: string): string {
  const [path = ""] = image.split("@");
  const last = path.slice(path.lastIndexOf("/") + 1);
  return last.split(":")[0] ?? "";
}

/** The tag as a version; undefined for `latest`, a branch or a bare digest. */
export function imageVersion(image: string): string | undefined {
  const [path = ""] = image.split("@");
  const last = path.slice(path.lastIndexOf("/") + 1);
  return asVersion(last.split(":")[1]);
}
