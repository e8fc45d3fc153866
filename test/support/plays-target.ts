// What a bare target has and the testbed has not: a kubelet that starts pods, cert-manager that issues and injects, and
// a program that answers webhooks. Each may be left out.
import { fieldAt, type Json, type KubeObject, listAt, stringAt } from "../../src/model/object.ts";
import type { Authority } from "./certificates.ts";
import { createAuthority } from "./certificates.ts";
import { ask, type FleetApi } from "./fleet/fleet-api.ts";
import type { SmallProvider } from "./small-provider.ts";

const MERGE = "application/merge-patch+json";

export interface WebhookServer {
  readonly port: number;
  readonly authority: Authority;
  /** Paths that were asked for. */
  readonly calls: string[];
  stop(): Promise<void>;
}

/** Serves admission and conversion for the Service of that provider. */
export async function startWebhookServer(name: string): Promise<WebhookServer> {
  const authority = await createAuthority(`webhooks of ${name}`);
  const pair = await authority.issue({
    commonName: name,
    dns: [`${name}-webhook.${name}-system.svc`],
    usages: ["server"],
  });
  const calls: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { cert: pair.cert, key: pair.key },
    fetch: async (request) => {
      const path = new URL(request.url).pathname;
      calls.push(path);
      const review = (await request.json()) as Json;
      return Response.json(path === "/convert" ? converted(review) : allowed(review));
    },
  });
  return { port: server.port ?? 0, authority, calls, stop: () => server.stop(true) };
}

function allowed(review: Json): Json {
  const uid = stringAt(review, "request", "uid");
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid, allowed: true },
  };
}

function converted(review: Json): Json {
  const apiVersion = stringAt(review, "request", "desiredAPIVersion");
  const objects = listAt(review, "request", "objects").map((object) => ({
    ...(object as object),
    apiVersion,
  }));
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "ConversionReview",
    response: {
      uid: stringAt(review, "request", "uid"),
      result: { status: "Success" },
      convertedObjects: objects,
    },
  };
}

export interface Player {
  stop(): Promise<void>;
}

export interface Parts {
  /** What becomes of a pod; by default it is ready. */
  readonly pod?: object;
  readonly issues?: boolean;
  /** PEM of the authority that is issued and injected. */
  readonly injects?: string;
}

const READY = {
  phase: "Running",
  conditions: [
    { type: "Ready", status: "True" },
    { type: "ContainersReady", status: "True" },
  ],
};

/** Plays in the namespace of one provider until it is stopped. */
export function play(api: FleetApi, provider: SmallProvider, parts: Parts = {}): Player {
  let stopped = false;
  const look = async (): Promise<void> => {
    await startPods(api, provider, parts.pod ?? READY);
    if (parts.issues !== false) await issue(api, provider, parts.injects ?? "");
    if (parts.injects !== undefined) await inject(api, provider, btoa(parts.injects));
  };
  const work = async (): Promise<void> => {
    while (!stopped) {
      // Half of the provider is not there yet, or on its way out.
      await look().catch(() => undefined);
      await Bun.sleep(100);
    }
  };
  const done = work();
  return {
    stop: async () => {
      stopped = true;
      await done;
    },
  };
}

/** Plays the kubelet alone, in one namespace. */
export function startsPods(api: FleetApi, namespace: string): Player {
  const parts = { issues: false };
  return play(api, { name: "", namespace, label: "", group: "", objects: [] }, parts);
}

async function startPods(api: FleetApi, provider: SmallProvider, status: object): Promise<void> {
  const path = `/api/v1/namespaces/${provider.namespace}/pods`;
  for (const pod of listAt(await ask(api, "GET", path), "items") as readonly KubeObject[]) {
    if (fieldAt(pod, "status", "containerStatuses") !== undefined) continue;
    if (stringAt(pod, "status", "phase") === "Running") continue;
    await ask(api, "PATCH", `${path}/${pod.metadata.name}/status`, { status }, MERGE);
  }
}

async function issue(api: FleetApi, provider: SmallProvider, authority: string): Promise<void> {
  const { namespace, name } = provider;
  const list = await ask(
    api,
    "GET",
    `/apis/cert-manager.io/v1/namespaces/${namespace}/certificates`,
  );
  if (listAt(list, "items").length === 0) return;
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const annotations = { "cert-manager.io/certificate-name": `${name}-serving` };
  await api.request(
    "POST",
    path,
    JSON.stringify({
      metadata: { name: `${name}-cert`, annotations },
      data: { "ca.crt": btoa(authority), "tls.key": btoa("the target's key") },
    }),
    { "content-type": "application/json" },
  );
}

async function inject(
  api: FleetApi,
  { group, name }: SmallProvider,
  bundle: string,
): Promise<void> {
  const conversion = { webhook: { clientConfig: { caBundle: bundle } } };
  await ask(
    api,
    "PATCH",
    `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/smalls.${group}`,
    { spec: { conversion } },
    MERGE,
  );
  await ask(
    api,
    "PATCH",
    `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${name}-webhooks`,
    [{ op: "add", path: "/webhooks/0/clientConfig/caBundle", value: bundle }],
    "application/json-patch+json",
  );
}
