// Webhooks around the stop: what is read without them, and that nothing is unpaused before they answer again.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import { systemClock } from "../../src/kube/system-clock.ts";
import type { ResourceKind } from "../../src/model/kinds.ts";
import { idOf, type KubeObject } from "../../src/model/object.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Controller } from "../../src/model/provider.ts";
import { type Stopped, startControllers } from "../../src/run/start-controllers.ts";
import { stopSource } from "../../src/run/stop-source.ts";
import { samplesOf } from "../../src/run/webhook-probe.ts";
import { open } from "../kube/opened.ts";
import { createAuthority } from "../support/certificates.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import { makeNamespace, makeProgram, replicasNow, until } from "../support/programs-in-cluster.ts";
import { testRun } from "../support/run-context.ts";
import { type OwnCluster, startCluster } from "../support/testbed/management-cluster.ts";

const LONG = 120_000;
let cluster: OwnCluster;
let client: OpenCluster;

beforeAll(async () => {
  cluster = await startCluster({ name: "source" });
  client = await open(cluster.adminKubeconfig(), { clock: systemClock });
}, LONG * 8);

afterAll(() => cluster.stop());

const SCHEMA = {
  openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
};

/** A kind of its own with one object, read at `version`; `conversion` of its CRD. */
async function makeKind(group: string, version: string, conversion?: object): Promise<Plan> {
  const versions = ["v1", "v2"].map((name) => ({
    name,
    served: true,
    storage: name === "v1",
    schema: SCHEMA,
  }));
  await ask(cluster.api, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things" },
      versions,
      ...(conversion === undefined ? {} : { conversion }),
    },
  });
  const path = `/apis/${group}/v1/namespaces/default/things`;
  await until(async () => (await cluster.api.request("GET", path)).status === 200);
  const body = { apiVersion: `${group}/v1`, kind: "Thing", metadata: { name: "a" } };
  const thing = (await ask(cluster.api, "POST", path, body)) as KubeObject;
  const kind: ResourceKind = {
    group,
    kind: "Thing",
    plural: "things",
    namespaced: true,
    versions: ["v1", "v2"],
    version,
    verbs: ["list"],
    hasStatus: false,
    crd: { name: `things.${group}` } as NonNullable<ResourceKind["crd"]>,
  };
  const planned = { id: idOf(thing), uid: thing.metadata.uid, kind };
  return { groups: [{ objects: [planned] }] } as unknown as Plan;
}

interface Webhook {
  readonly ca: string;
  start(): void;
  stop(): Promise<void>;
  readonly url: string;
}

/** Allows everything. Keeps its port while it is stopped, as far as nobody takes it. */
async function playWebhook(): Promise<Webhook> {
  const authority = await createAuthority("webhook");
  const tls = await authority.issue({
    commonName: "webhook",
    ips: ["127.0.0.1"],
    usages: ["server"],
  });
  const serve = (port: number) =>
    Bun.serve({
      port,
      hostname: "127.0.0.1",
      tls: { cert: tls.cert, key: tls.key },
      fetch: async (request) => {
        const {
          apiVersion,
          kind,
          request: asked,
        } = (await request.json()) as {
          readonly apiVersion: string;
          readonly kind: string;
          readonly request: { readonly uid: string };
        };
        return Response.json({ apiVersion, kind, response: { uid: asked.uid, allowed: true } });
      },
    });
  let server = serve(0);
  const { port = 0 } = server;
  return {
    ca: authority.cert,
    url: `https://127.0.0.1:${port}/`,
    start: () => {
      server = serve(port);
    },
    stop: () => server.stop(true),
  };
}

async function guard(group: string, clientConfig: object): Promise<void> {
  const base = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
  await ask(cluster.api, "POST", base, {
    metadata: { name: group },
    webhooks: [
      {
        name: `guard.${group}`,
        clientConfig,
        rules: [{ apiGroups: [group], apiVersions: ["*"], resources: ["*"], operations: ["*"] }],
        sideEffects: "None",
        timeoutSeconds: 2,
        admissionReviewVersions: ["v1"],
      },
    ],
  });
}

async function stopOne(
  plan: Plan,
  controller: Controller,
): Promise<{ readonly recorded: Stopped; readonly error?: unknown }> {
  let recorded: Stopped = { replicas: [], webhooks: [] };
  const onRecord = (stopped: Stopped): Promise<void> => {
    recorded = stopped;
    return Promise.resolve();
  };
  const stop = { parents: [], controllers: [controller] };
  try {
    await stopSource(testRun(client).context, {
      plan,
      stop,
      stoppedBefore: { replicas: [], webhooks: [] },
      onRecord,
    });
    return { recorded };
  } catch (error) {
    return { recorded, error };
  }
}

async function makeController(namespace: string): Promise<Controller> {
  await makeNamespace(cluster.api, namespace);
  return makeProgram(cluster.api, client, { namespace, name: "core" });
}

test(
  "webhooks that answered before are waited for",
  async () => {
    const plan = await makeKind("guarded.test", "v1");
    const webhook = await playWebhook();
    await guard("guarded.test", { url: webhook.url, caBundle: btoa(webhook.ca) });
    // A new configuration is looked at within a second or so.
    await Bun.sleep(2_000);
    const controller = await makeController("guarded");
    const { recorded, error } = await stopOne(plan, controller);
    expect(error).toBeUndefined();
    expect(recorded.webhooks).toEqual(["Thing.guarded.test"]);
    await webhook.stop();
    const run = testRun(client);
    const starting = startControllers(run.context, recorded, samplesOf(plan));
    await until(async () => run.reasons().length > 0);
    webhook.start();
    expect(await starting).toBe(1);
    expect(run.reasons()).toEqual(["the webhooks of Thing.guarded.test to answer"]);
    expect(await replicasNow(client, controller)).toBe(1);

    await stopOne(plan, controller);
    await webhook.stop();
    const { context } = testRun(client, { timeoutMs: 1_000 });
    expect(startControllers(context, recorded, samplesOf(plan))).rejects.toMatchObject({
      code: "CONTROLLER_NOT_STARTED",
      cluster: "source",
    });
    await until(async () => (await replicasNow(client, controller)) === 1);
  },
  LONG,
);

test(
  "webhooks that were dead before are not",
  async () => {
    const plan = await makeKind("dead.test", "v1");
    await guard("dead.test", { service: { namespace: "default", name: "nobody" } });
    await until(async () => {
      const path = "/apis/dead.test/v1/namespaces/default/things/a?dryRun=All";
      const headers = { "content-type": "application/merge-patch+json" };
      return (await cluster.api.request("PATCH", path, "{}", headers)).status === 500;
    });
    const controller = await makeController("dead");
    const { recorded } = await stopOne(plan, controller);
    expect(recorded.webhooks).toEqual([]);
    expect(await startControllers(testRun(client).context, recorded, samplesOf(plan))).toBe(1);
  },
  LONG,
);

test(
  "a kind that cannot be read without its converter stops the run, and everything can be put back",
  async () => {
    const service = { namespace: "default", name: "nobody", path: "/convert" };
    const plan = await makeKind("converted.test", "v2", {
      strategy: "Webhook",
      webhook: { clientConfig: { service }, conversionReviewVersions: ["v1"] },
    });
    const controller = await makeController("converted");
    const { recorded, error } = await stopOne(plan, controller);
    expect(error).toMatchObject({
      code: "SOURCE_UNREADABLE",
      cluster: "source",
      message: expect.stringContaining("the source cluster cannot list Thing.converted.test"),
    });
    expect(await startControllers(testRun(client).context, recorded, samplesOf(plan))).toBe(1);
    expect(await replicasNow(client, controller)).toBe(1);
  },
  LONG,
);
