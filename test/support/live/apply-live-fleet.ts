// Puts live clusters into a management cluster whose providers are at work.
import type { FleetApi } from "../fleet/fleet-api.ts";
import { createAll } from "./install.ts";
import { classCluster, inMemoryClass, plainCluster } from "./live-fleet.ts";
import type { Manifest } from "./manifests.ts";

/** Namespaces of the two clusters of `applyLiveFleet`. */
export const LIVE_NAMESPACES = ["live-class", "live-plain"] as const;

/** Machines that `applyLiveFleet` leads to. */
export const LIVE_MACHINES = 4;

/** A cluster of a class, and one without, each with a control plane and a worker; `waitUntilRunning` waits for them. */
export async function applyLiveFleet(api: FleetApi): Promise<void> {
  const [ofClass, plain] = LIVE_NAMESPACES;
  await applyManifests(api, [
    namespace(ofClass),
    ...(await inMemoryClass(ofClass)),
    ...classCluster({ namespace: ofClass, name: "classy" }),
    namespace(plain),
    ...(await plainCluster({ namespace: plain, name: "plain" })),
  ]);
}

/** As a user with `kubectl apply`. */
export async function applyManifests(api: FleetApi, manifests: readonly Manifest[]): Promise<void> {
  await createAll(api, manifests, "kubectl");
}

function namespace(name: string): Manifest {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}
