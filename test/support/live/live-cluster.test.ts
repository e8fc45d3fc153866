// A live cluster alone: pods that are only played, certificates that need cert-manager, and nothing that outlives it.
import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fieldAt, type Json, stringAt } from "../../../src/model/object.ts";
import { ask } from "../fleet/fleet-api.ts";
import { isAlive } from "../testbed/child-processes.ts";
import { findManagers, findPrograms } from "../testbed/programs.ts";
import { certManagerManifests, installCertManager } from "./cert-manager.ts";
import { isAvailable, podsOf, scale, waitUntilAvailable } from "./deployments.ts";
import { MISSING_IMAGE } from "./images.ts";
import { createAll } from "./install.ts";
import { type LiveCluster, startLiveCluster } from "./live-cluster.ts";
import type { Manifest } from "./manifests.ts";

const LONG = 120_000;
const GONE_WITHIN_MS = 20_000;

const SECRET = "/api/v1/namespaces/default/secrets/serving";
const WANTED: readonly Manifest[] = [
  {
    apiVersion: "cert-manager.io/v1",
    kind: "Issuer",
    metadata: { name: "self", namespace: "default" },
    spec: { selfSigned: {} },
  },
  {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name: "serving", namespace: "default" },
    spec: { secretName: "serving", dnsNames: ["a.default.svc"], issuerRef: { name: "self" } },
  },
];

let started: LiveCluster[] = [];

beforeAll(async () => {
  // Perhaps they must be built first.
  await findPrograms();
  await findManagers();
}, 15 * LONG);

afterEach(async () => {
  for (const cluster of started) await cluster.stop();
  started = [];
});

async function start(): Promise<LiveCluster> {
  const cluster = await startLiveCluster({ name: "alone" });
  started.push(cluster);
  return cluster;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(50);
}

function aDeployment(name: string, image: string): Manifest {
  const matchLabels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: {
      replicas: 2,
      selector: { matchLabels },
      template: {
        metadata: { labels: matchLabels },
        spec: { containers: [{ name: "main", image }] },
      },
    },
  };
}

describe("pods that are only played", () => {
  test(
    "are Available at once, have addresses, and go when they are not wanted",
    async () => {
      const { api } = await start();
      await createAll(api, [aDeployment("played", "example/played:v1")], "kubectl");
      const name = { namespace: "default", name: "played" };
      await waitUntilAvailable(api, [name], 10_000);
      const pods = await podsOf(api, name);
      const addresses = pods.map(async (pod) =>
        stringAt(
          await ask(api, "GET", `/api/v1/namespaces/default/pods/${pod}`),
          "status",
          "podIP",
        ),
      );
      expect(new Set(await Promise.all(addresses)).size).toBe(2);
      await scale(api, name, 0);
      await until(async () => (await podsOf(api, name)).length === 0);
    },
    LONG,
  );

  test(
    "never start when their image is missing",
    async () => {
      const { api } = await start();
      await createAll(api, [aDeployment("stuck", MISSING_IMAGE)], "kubectl");
      const name = { namespace: "default", name: "stuck" };
      const reasons = async (): Promise<readonly Json[]> => {
        const paths = (await podsOf(api, name)).map(
          (pod) => `/api/v1/namespaces/default/pods/${pod}`,
        );
        const pods = await Promise.all(paths.map((path) => ask(api, "GET", path)));
        return pods.map((pod) => {
          const [status] = (fieldAt(pod, "status", "containerStatuses") ?? []) as readonly Json[];
          return fieldAt(status, "state", "waiting", "reason");
        });
      };
      await until(async () => (await reasons()).join() === "ImagePullBackOff,ImagePullBackOff");
      const path = "/apis/apps/v1/namespaces/default/deployments/stuck";
      expect(isAvailable(await ask(api, "GET", path))).toBe(false);
      await scale(api, name, 0);
      await until(async () => (await podsOf(api, name)).length === 0);
    },
    LONG,
  );
});

describe("an API server that dies and comes back", () => {
  test(
    "finds kubelet and cert-manager at work again",
    async () => {
      const cluster = await start();
      const { api } = cluster;
      await installCertManager(api);
      await cluster.killApiServer();
      await cluster.restartApiServer();
      await createAll(api, [aDeployment("later", "example/played:v1"), ...WANTED], "kubectl");
      await waitUntilAvailable(api, [{ namespace: "default", name: "later" }], 60_000);
      await until(async () => (await api.request("GET", SECRET)).status === 200);
    },
    LONG,
  );
});

describe("certificates", () => {
  test(
    "are issued only while cert-manager runs",
    async () => {
      const { api } = await start();
      await installCertManager(api);
      const name = { namespace: "cert-manager", name: "cert-manager" };
      await scale(api, name, 0);
      await until(async () => (await podsOf(api, name)).length === 0);
      await createAll(api, WANTED, "kubectl");
      // Whatever the issuer does for a new object it does within a pause of 50 ms.
      await Bun.sleep(500);
      expect((await api.request("GET", SECRET)).status).toBe(404);
      await scale(api, name, 1);
      await until(async () => (await api.request("GET", SECRET)).status === 200);
      const secret = await ask(api, "GET", SECRET);
      const keys = Object.keys(fieldAt(secret, "data") as object);
      expect(new Set(keys)).toEqual(new Set(["ca.crt", "tls.crt", "tls.key"]));
      await ask(api, "DELETE", SECRET);
      await until(async () => (await api.request("GET", SECRET)).status === 200);
      expect(await ask(api, "GET", SECRET)).not.toEqual(secret);
    },
    LONG,
  );

  test("of an installation that clusterctl did not make carry none of its labels", async () => {
    const manifests = await certManagerManifests("plain");
    const labels = manifests.flatMap(({ metadata }) => Object.keys(metadata.labels ?? {}));
    expect(labels.filter((label) => label.startsWith("clusterctl"))).toEqual([]);
  });
});

interface Doomed {
  readonly pids: readonly number[];
  readonly folder: string;
  readonly interfaceName: string;
}

async function startDoomed(): Promise<{ readonly process: ChildProcess; readonly doomed: Doomed }> {
  const program = join(import.meta.dir, "starts-a-live-cluster.ts");
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    child.on("exit", (code) => reject(new Error(`exited with ${code}`)));
  });
  return { process: child, doomed: JSON.parse(line) as Doomed };
}

function leftOf({ pids, folder, interfaceName }: Doomed): readonly string[] {
  return [
    ...pids.filter(isAlive).map(String),
    ...[folder, join("/sys/class/net", interfaceName)].filter((path) => existsSync(path)),
  ];
}

describe("a live cluster", () => {
  test(
    "leaves no process, network or folder behind when its process is killed",
    async () => {
      const { process: parent, doomed } = await startDoomed();
      expect(doomed.pids).toHaveLength(4);
      expect(leftOf(doomed)).toHaveLength(6);
      parent.kill("SIGKILL");
      const deadline = performance.now() + GONE_WITHIN_MS;
      await until(() => leftOf(doomed).length === 0 || performance.now() > deadline);
      expect(leftOf(doomed)).toEqual([]);
    },
    LONG,
  );

  test(
    "leaves nothing behind when it is stopped",
    async () => {
      const { pids, facts, network, stop } = await startLiveCluster({ name: "stopped" });
      await stop();
      const { interfaceName } = network;
      expect(leftOf({ pids: Object.values(pids), folder: facts.folder, interfaceName })).toEqual(
        [],
      );
    },
    LONG,
  );
});
