// Deployments of a live cluster: whether they are Available, and the scale subresource.
import { fieldAt, type Json, stringAt } from "../../../src/model/object.ts";
import { ask, type FleetApi } from "../fleet/fleet-api.ts";
import { hasCondition } from "./conditions.ts";
import { MERGE_PATCH } from "./stand-in.ts";

export interface DeploymentName {
  readonly namespace: string;
  readonly name: string;
}

const AVAILABLE_WITHIN_MS = 120_000;
const LOOK_MS = 200;

/** Waits until all replicas that are wanted are there and Available. */
export async function waitUntilAvailable(
  api: FleetApi,
  deployments: readonly DeploymentName[],
  timeoutMs = AVAILABLE_WITHIN_MS,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (const each of deployments) {
    for (;;) {
      const found = await ask(api, "GET", pathOf(each));
      if (isAvailable(found)) break;
      if (performance.now() > deadline) {
        const status = JSON.stringify(fieldAt(found, "status"));
        throw new Error(`Deployment ${each.namespace}/${each.name} is not Available: ${status}`);
      }
      await Bun.sleep(LOOK_MS);
    }
  }
}

/** As `kubectl scale` does; waits for nothing. */
export async function scale(
  api: FleetApi,
  deployment: DeploymentName,
  replicas: number,
): Promise<void> {
  await ask(api, "PATCH", `${pathOf(deployment)}/scale`, { spec: { replicas } }, MERGE_PATCH);
}

/** Names of the pods that a Deployment has now, those that are ending too. */
export async function podsOf(
  api: FleetApi,
  deployment: DeploymentName,
): Promise<readonly string[]> {
  const found = await ask(api, "GET", pathOf(deployment));
  const labels = Object.entries(fieldAt(found, "spec", "selector", "matchLabels") ?? {});
  const selector = encodeURIComponent(labels.map(([key, value]) => `${key}=${value}`).join(","));
  const path = `/api/v1/namespaces/${deployment.namespace}/pods?labelSelector=${selector}`;
  const { items } = (await ask(api, "GET", path)) as { readonly items: readonly Json[] };
  return items.map((pod) => stringAt(pod, "metadata", "name") ?? "");
}

/** Whether all wanted replicas of the latest generation are Available; true of one that wants none. */
export function isAvailable(deployment: Json): boolean {
  return (
    fieldAt(deployment, "status", "observedGeneration") ===
      fieldAt(deployment, "metadata", "generation") &&
    (fieldAt(deployment, "status", "availableReplicas") ?? 0) ===
      fieldAt(deployment, "spec", "replicas") &&
    hasCondition(deployment, "Available")
  );
}

function pathOf({ namespace, name }: DeploymentName): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
}
