// The live pair itself: real managers behind real webhooks, a fleet whose machines run, and a target where nobody is.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { fieldAt, type Json, stringAt } from "../../../src/model/object.ts";
import { ask, type FleetApi } from "../fleet/fleet-api.ts";
import { isWrite, readAudit } from "../testbed/audit.ts";
import { isAlive } from "../testbed/child-processes.ts";
import { applyLiveFleet, LIVE_MACHINES, LIVE_NAMESPACES } from "./apply-live-fleet.ts";
import { conditionOf } from "./conditions.ts";
import { isAvailable, podsOf, scale, waitUntilAvailable } from "./deployments.ts";
import { classCluster } from "./live-fleet.ts";
import { type LivePair, startLivePair } from "./live-pair.ts";
import { type LiveState, readLiveState, waitUntilRunning } from "./live-state.ts";
import type { PodProcess } from "./pod-worker.ts";
import { ALL_PROVIDERS, deploymentOf, type ProviderName } from "./providers.ts";
import { MERGE_PATCH, STAND_IN_PREFIX } from "./stand-in.ts";
import { waitUntilWebhooksAnswer } from "./webhooks.ts";

const LONG = 300_000;
const [CLASS_NAMESPACE, PLAIN_NAMESPACE] = LIVE_NAMESPACES;
const CLUSTERS = `/apis/cluster.x-k8s.io/v1beta2/namespaces/${CLASS_NAMESPACE}/clusters`;

let pair: LivePair;
let api: FleetApi;
let running: LiveState;

beforeAll(async () => {
  pair = await startLivePair({ audit: true });
  api = pair.source.api;
  await applyLiveFleet(api);
  running = await waitUntilRunning(api, LIVE_MACHINES);
}, 20 * LONG);

afterAll(() => pair.stop());

function processOf(name: ProviderName): PodProcess | undefined {
  const { namespace } = deploymentOf(name);
  return pair.source.kubelet.processes().find((each) => each.namespace === namespace);
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(50);
}

/** Sends without repeating; a refusal is an answer. */
async function dryRun(path: string, body: Json): Promise<{ status: number; answer: Json }> {
  const { status, text } = await api.request("POST", `${path}?dryRun=All`, JSON.stringify(body), {
    "content-type": "application/json",
  });
  return { status, answer: JSON.parse(text) as Json };
}

describe("the source", () => {
  test("has four providers whose Deployments are Available", async () => {
    for (const name of ALL_PROVIDERS) {
      const deployment = deploymentOf(name);
      const path = `/apis/apps/v1/namespaces/${deployment.namespace}/deployments/${deployment.name}`;
      expect(isAvailable(await ask(api, "GET", path))).toBe(true);
      expect(processOf(name)).toBeDefined();
    }
  });

  test("has an inventory of them", async () => {
    const path = "/apis/clusterctl.cluster.x-k8s.io/v1alpha3/providers";
    const items = fieldAt(await ask(api, "GET", path), "items") as readonly Json[];
    expect(items.map((item) => stringAt(item, "metadata", "name"))).toEqual([
      "infrastructure-docker",
      "bootstrap-kubeadm",
      "control-plane-kubeadm",
      "cluster-api",
    ]);
  });

  test("runs machines of a class and of a cluster without", () => {
    expect(running.clusters.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      "live-class/classy",
      "live-plain/plain",
    ]);
    expect(running.clusters.every(({ isAvailable: is }) => is)).toBe(true);
    for (const { name, phase, providerId, node } of running.machines) {
      expect({ phase, providerId, node }).toEqual({
        phase: "Running",
        providerId: `in-memory://${name}`,
        node: name,
      });
    }
  });

  test("is written to by the ServiceAccounts of its managers", async () => {
    const events = await readAudit(pair.source);
    const writers = new Set(
      events
        .filter((event) => isWrite(event) && event.objectRef?.resource === "machines")
        .map(({ user }) => user.username),
    );
    expect(writers).toContain(
      "system:serviceaccount:capi-kubeadm-control-plane-system:capi-kubeadm-control-plane-manager",
    );
    expect(writers).toContain("system:serviceaccount:capi-system:capi-manager");
    for (const writer of writers) expect(writer).toStartWith("system:serviceaccount:");
    const bindings = events.filter(({ objectRef }) => objectRef?.subresource === "binding");
    expect(new Set(bindings.map(({ user }) => user.username))).toEqual(
      new Set([`${STAND_IN_PREFIX}kubelet`]),
    );
  });

  test("has managers that lead under the name of their pod", async () => {
    const { namespace } = deploymentOf("core");
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/controller-leader-election-capi`;
    const holder = stringAt(await ask(api, "GET", path), "spec", "holderIdentity");
    expect(holder).toStartWith(`${processOf("core")?.pod}_`);
  });
});

describe("webhooks", () => {
  const [cluster] = classCluster({ namespace: CLASS_NAMESPACE, name: "asked" });

  test("refuse what is wrong", async () => {
    const spec = {
      ...(cluster?.["spec"] as object),
      clusterNetwork: { pods: { cidrBlocks: ["a"] } },
    };
    const { status, answer } = await dryRun(CLUSTERS, { ...cluster, spec });
    expect(status).toBe(422);
    expect(stringAt(answer, "message")).toContain("invalid CIDR");
  });

  test("fill in what is left out", async () => {
    const topology = { ...(fieldAt(cluster, "spec", "topology") as object), version: "1.34.0" };
    const { status, answer } = await dryRun(CLUSTERS, { ...cluster, spec: { topology } });
    expect(status).toBe(201);
    expect(stringAt(answer, "spec", "topology", "version")).toBe("v1.34.0");
  });

  test("convert between versions", async () => {
    const path = `${CLUSTERS}/classy`.replace("v1beta2", "v1beta1");
    const old = await ask(api, "GET", path);
    expect(fieldAt(old, "spec", "topology", "class")).toBe("in-memory");
    expect(fieldAt(old, "status", "infrastructureReady")).toBe(true);
  });

  test("are trusted by the CA of their own Secret", async () => {
    const configuration = await ask(
      api,
      "GET",
      "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/capi-validating-webhook-configuration",
    );
    const secret = await ask(
      api,
      "GET",
      "/api/v1/namespaces/capi-system/secrets/capi-webhook-service-cert",
    );
    const webhooks = fieldAt(configuration, "webhooks") as readonly Json[];
    const bundles = webhooks.map((each) => fieldAt(each, "clientConfig", "caBundle"));
    expect(new Set(bundles)).toEqual(new Set([fieldAt(secret, "data", "ca.crt")]));
    expect(fieldAt(secret, "metadata", "annotations", "cert-manager.io/certificate-name")).toBe(
      "capi-serving-cert",
    );
  });
});

describe("pausing", () => {
  const KINDS = [
    "cluster.x-k8s.io/v1beta2/clusters",
    "cluster.x-k8s.io/v1beta2/machines",
    "cluster.x-k8s.io/v1beta2/machinesets",
    "cluster.x-k8s.io/v1beta2/machinedeployments",
    "controlplane.cluster.x-k8s.io/v1beta2/kubeadmcontrolplanes",
    "bootstrap.cluster.x-k8s.io/v1beta2/kubeadmconfigs",
    "infrastructure.cluster.x-k8s.io/v1beta2/devclusters",
    "infrastructure.cluster.x-k8s.io/v1beta2/devmachines",
  ];

  async function pausedConditions(): Promise<ReadonlySet<string | undefined>> {
    const lists = KINDS.map(async (kind) => {
      const [group, version, plural] = kind.split("/");
      const path = `/apis/${group}/${version}/namespaces/${PLAIN_NAMESPACE}/${plural}`;
      return fieldAt(await ask(api, "GET", path), "items") as readonly Json[];
    });
    const objects = (await Promise.all(lists)).flat();
    expect(objects.length).toBeGreaterThanOrEqual(KINDS.length);
    return new Set(objects.map((object) => conditionOf(object, "Paused")));
  }

  test(
    "a Cluster is acknowledged by all managers, and so is the end of it",
    async () => {
      const path = `/apis/cluster.x-k8s.io/v1beta2/namespaces/${PLAIN_NAMESPACE}/clusters/plain`;
      await ask(api, "PATCH", path, { spec: { paused: true } }, MERGE_PATCH);
      await until(async () => Bun.deepEquals(await pausedConditions(), new Set(["True"])));
      const [state] = (await readLiveState(api, [PLAIN_NAMESPACE])).clusters;
      expect(state?.isPaused).toBe(true);
      await ask(api, "PATCH", path, { spec: { paused: null } }, MERGE_PATCH);
      await until(async () => Bun.deepEquals(await pausedConditions(), new Set(["False"])));
    },
    LONG,
  );
});

describe("a manager", () => {
  test(
    "that dies is started again in its pod",
    async () => {
      const name = deploymentOf("kubeadmBootstrap");
      const before = processOf("kubeadmBootstrap");
      if (before === undefined) throw new Error("the bootstrap manager does not run");
      const path = `/api/v1/namespaces/${name.namespace}/pods/${before.pod}`;
      const restarts = async (): Promise<Json> => {
        const statuses = fieldAt(await ask(api, "GET", path), "status", "containerStatuses");
        return fieldAt((statuses as readonly Json[])[0], "restartCount");
      };
      const count = await restarts();
      process.kill(before.pid, "SIGKILL");
      await until(async () => (await restarts()) === Number(count) + 1);
      await waitUntilAvailable(api, [name]);
      const after = processOf("kubeadmBootstrap");
      expect(after?.pod).toBe(before.pod);
      expect(after?.pid).not.toBe(before.pid);
    },
    LONG,
  );

  test(
    "stops when its Deployment is scaled to 0, and comes back",
    async () => {
      const deployment = deploymentOf("core");
      const before = processOf("core");
      if (before === undefined) throw new Error("the core manager does not run");
      await scale(api, deployment, 0);
      await until(async () => (await podsOf(api, deployment)).length === 0);
      expect(isAlive(before.pid)).toBe(false);
      expect(processOf("core")).toBeUndefined();
      const [cluster] = classCluster({ namespace: CLASS_NAMESPACE, name: "unheard" });
      expect((await dryRun(CLUSTERS, cluster)).status).toBe(500);
      await scale(api, deployment, 1);
      await waitUntilAvailable(api, [deployment]);
      await waitUntilWebhooksAnswer(api, ["core"]);
      expect(processOf("core")?.pod).not.toBe(before.pod);
      expect((await dryRun(CLUSTERS, cluster)).status).toBe(201);
      const after = await waitUntilRunning(api, LIVE_MACHINES);
      expect(after.machines.map(({ uid }) => uid)).toEqual(running.machines.map(({ uid }) => uid));
    },
    LONG,
  );
});

describe("the target", () => {
  test("is bare: no providers, no cert-manager, no pods", async () => {
    const target = pair.target.api;
    const list = async (path: string): Promise<Json> =>
      fieldAt(await ask(target, "GET", path), "items");
    expect(await list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")).toEqual([]);
    expect(await list("/apis/apps/v1/deployments")).toEqual([]);
    expect(await list("/api/v1/pods")).toEqual([]);
    expect(await list("/api/v1/nodes")).toHaveLength(1);
  });

  test("is another cluster than the source", () => {
    expect(pair.target.url).not.toBe(pair.source.url);
    expect(pair.target.network.interfaceName).not.toBe(pair.source.network.interfaceName);
  });
});
