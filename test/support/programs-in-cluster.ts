// Deployments and StatefulSets that play controllers on a cluster without nodes: their pods are real objects that never
// run, and vanish when scaled to 0.

import type { ClusterClient } from "../../src/model/client.ts";
import { numberOf } from "../../src/model/json.ts";
import { fieldAt, idOf, type KubeObject, type ManagedFieldsEntry } from "../../src/model/object.ts";
import type { Controller } from "../../src/model/provider.ts";
import { DEPLOYMENT_KIND, STATEFUL_SET_KIND } from "../../src/run/our-kinds.ts";
import { isLive, podsOf, replicasOf } from "../../src/run/workload.ts";
import { ask, type FleetApi } from "./fleet/fleet-api.ts";

export interface ProgramOptions {
  readonly namespace: string;
  readonly name: string;
  readonly kind?: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly replicas?: number;
  readonly args?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Who applies it; with `update` it is created and not applied. */
  readonly manager?: string;
  readonly update?: boolean;
}

export async function makeNamespace(api: FleetApi, name: string): Promise<void> {
  await ask(api, "POST", "/api/v1/namespaces", { metadata: { name } });
}

/** Creates it and waits until it has its pods. */
export async function makeProgram(
  api: FleetApi,
  client: ClusterClient,
  options: ProgramOptions,
): Promise<Controller> {
  const { namespace, kind = "Deployment", replicas = 1, manager = "helm" } = options;
  const path = `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s`;
  const query = `fieldManager=${manager}`;
  const body = programBody(options);
  const object = (
    options.update
      ? await ask(api, "POST", `${path}?${query}`, body)
      : await ask(api, "PATCH", `${path}/${options.name}?${query}`, body, APPLY)
  ) as KubeObject;
  const controller: Controller = {
    id: idOf({ ...object, apiVersion: "apps/v1", kind }),
    uid: object.metadata.uid,
    replicas,
    image: "example.com/manager:v1",
    featureGates: {},
  };
  if (kind !== "DaemonSet") await until(() => hasSettled(client, controller));
  return controller;
}

/** Has its pods, and its controller has written everything that it writes once. */
async function hasSettled(client: ClusterClient, controller: Controller): Promise<boolean> {
  const { metadata, kind, ...rest } = await readController(client, controller);
  const observed = numberOf(fieldAt(rest, "status", "observedGeneration"));
  const isNamed = "deployment.kubernetes.io/revision" in (metadata.annotations ?? {});
  if (observed !== metadata.generation || (kind === "Deployment" && !isNamed)) return false;
  return (await podCount(client, controller)) === controller.replicas;
}

const APPLY = "application/apply-patch+yaml";

function programBody({ namespace, name, kind = "Deployment", ...options }: ProgramOptions): object {
  const { replicas = 1, labels = {}, args = [] } = options;
  const app = { app: name };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { namespace, name, labels: { ...app, ...labels } },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas }),
      selector: { matchLabels: app },
      ...(kind === "StatefulSet" ? { serviceName: name, podManagementPolicy: "Parallel" } : {}),
      template: {
        metadata: { labels: { ...app, ...labels } },
        spec: { containers: [{ name: "manager", image: "example.com/manager:v1", args }] },
      },
    },
  };
}

export async function readController(
  client: ClusterClient,
  { id }: Controller,
): Promise<KubeObject> {
  const kind = id.kind === "StatefulSet" ? STATEFUL_SET_KIND : DEPLOYMENT_KIND;
  return client.get(kind, { name: id.name, namespace: id.namespace ?? "" });
}

export async function podCount(client: ClusterClient, controller: Controller): Promise<number> {
  const pods = await podsOf(client, await readController(client, controller));
  return pods.filter(isLive).length;
}

export async function replicasNow(client: ClusterClient, controller: Controller): Promise<number> {
  return replicasOf(await readController(client, controller));
}

/** docs/safety.md's normal form of a controller: without counters, without its status and who wrote that. */
export async function stateOfController(
  client: ClusterClient,
  controller: Controller,
): Promise<unknown> {
  const { status: _, metadata, ...rest } = await readController(client, controller);
  const { resourceVersion: __, generation: ___, managedFields = [], ...kept } = metadata;
  const owners = managedFields.filter((entry) => !isStatus(entry));
  return { ...rest, metadata: { ...kept, managedFields: owners } };
}

function isStatus({ subresource }: ManagedFieldsEntry): boolean {
  return subresource === "status";
}

export async function until(holds: () => Promise<boolean>, seconds = 20): Promise<void> {
  for (let attempt = 0; attempt < seconds * 10; attempt++) {
    if (await holds()) return;
    await Bun.sleep(100);
  }
  throw new Error("it never came to hold");
}
