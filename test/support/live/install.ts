// Puts manifests into a cluster one after another, as `clusterctl init` and `kubectl apply` do.
import { groupOf } from "../../../src/model/object.ts";
import { ask, type FleetApi } from "../fleet/fleet-api.ts";
import { hasCondition } from "./conditions.ts";
import type { Manifest } from "./manifests.ts";

/** Whose name the fields get in `managedFields`. */
export type Installer = "clusterctl" | "helm" | "kubectl";

const SERVED_WITHIN_MS = 30_000;
const LOOK_MS = 100;

/** Creates objects in their order; what follows CRDs waits until their kinds exist, as images are pulled meanwhile. */
export async function createAll(
  api: FleetApi,
  manifests: readonly Manifest[],
  installer: Installer,
): Promise<void> {
  let fresh: Manifest[] = [];
  for (const manifest of manifests) {
    if (isCrd(manifest)) fresh.push(manifest);
    else {
      for (const crd of fresh) await waitUntilEstablished(api, crd);
      fresh = [];
    }
    const path = `${collectionOf(manifest)}?fieldManager=${installer}`;
    await createWhenServed(api, path, manifest);
  }
}

function isCrd({ kind }: Manifest): boolean {
  return kind === "CustomResourceDefinition";
}

async function waitUntilEstablished(api: FleetApi, crd: Manifest): Promise<void> {
  const deadline = performance.now() + SERVED_WITHIN_MS;
  while (!hasCondition(await ask(api, "GET", pathOfManifest(crd)), "Established")) {
    if (performance.now() > deadline) throw new Error(`${crd.metadata.name} is not Established`);
    await Bun.sleep(LOOK_MS);
  }
}

/** A kind whose CRD came a moment ago is waited for. */
async function createWhenServed(api: FleetApi, path: string, manifest: Manifest): Promise<void> {
  const deadline = performance.now() + SERVED_WITHIN_MS;
  for (;;) {
    try {
      await ask(api, "POST", path, manifest);
      return;
    } catch (error) {
      const isUnserved = String(error).includes(": 404 ");
      if (!isUnserved || performance.now() > deadline) throw error;
      await Bun.sleep(LOOK_MS);
    }
  }
}

/** URL path of the collection that an object belongs to. */
export function collectionOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = groupOf(apiVersion) === "" ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  const scope = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${root}${scope}/${pluralOf(kind)}`;
}

/** URL path of an object. */
export function pathOfManifest(manifest: Manifest): string {
  return `${collectionOf(manifest)}/${manifest.metadata.name}`;
}

function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  return singular.endsWith("s") ? `${singular}es` : `${singular}s`;
}
