// Clusters that a test starts for itself: its API server dies and comes back, and nothing outlives whoever started it.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ask } from "../fleet/fleet-api.ts";
import { isAlive, startServer, waitUntilReady } from "./child-processes.ts";
import { openLoopback } from "./cluster-network.ts";
import { freePorts } from "./free-ports.ts";
import { type OwnCluster, startCluster } from "./management-cluster.ts";
import { findPrograms } from "./programs.ts";

const LONG = 120_000;
const GONE_WITHIN_MS = 5_000;

interface Doomed {
  readonly etcd: number;
  readonly apiServer: number;
  readonly controllerManager: number;
  /** Started by the doomed process itself; ours to end. */
  readonly child: number;
  readonly folder: string;
}

let started: OwnCluster[] = [];
let bystanders: number[] = [];

afterEach(async () => {
  for (const cluster of started) await cluster.stop();
  for (const pid of bystanders) process.kill(pid, "SIGKILL");
  started = [];
  bystanders = [];
});

// Perhaps they must be built first.
beforeAll(findPrograms, 15 * LONG);

async function goneOf(doomed: Doomed): Promise<readonly string[]> {
  const { etcd, apiServer, controllerManager, folder } = doomed;
  const pids = Object.entries({ etcd, apiServer, controllerManager });
  const deadline = performance.now() + GONE_WITHIN_MS;
  const left = (): string[] => [
    ...pids.flatMap(([name, pid]) => (isAlive(pid) ? [name] : [])),
    ...(existsSync(folder) ? [folder] : []),
  ];
  while (left().length > 0 && performance.now() < deadline) await Bun.sleep(50);
  return left();
}

async function startDoomed(): Promise<{ readonly process: ChildProcess; readonly doomed: Doomed }> {
  const program = join(import.meta.dir, "starts-a-cluster.ts");
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    child.on("exit", (code) => reject(new Error(`exited with ${code}`)));
  });
  const doomed = JSON.parse(line) as Doomed;
  bystanders.push(doomed.child);
  return { process: child, doomed };
}

describe("a cluster of one's own", () => {
  test(
    "loses its API server and gets it back with its data",
    async () => {
      const cluster = await startCluster({ name: "own" });
      started.push(cluster);
      const before = cluster.pids;
      const path = "/api/v1/namespaces/default/configmaps";
      await ask(cluster.api, "POST", path, { metadata: { name: "kept" } });
      await cluster.killApiServer();
      expect(isAlive(before.apiServer)).toBe(false);
      await expect(cluster.api.request("GET", `${path}/kept`)).rejects.toThrow();
      await cluster.restartApiServer();
      expect(cluster.pids).toEqual({ ...before, apiServer: cluster.pids.apiServer });
      expect(cluster.pids.apiServer).not.toBe(before.apiServer);
      await ask(cluster.api, "GET", `${path}/kept`);
    },
    LONG,
  );

  test(
    "is gone after stop",
    async () => {
      const cluster = await startCluster({ name: "own" });
      await cluster.stop();
      expect(await goneOf({ ...cluster.pids, child: 0, folder: cluster.facts.folder })).toEqual([]);
    },
    LONG,
  );

  test.each([
    ["etcd", 0],
    ["kube-apiserver", 2],
  ])(
    "takes other ports when somebody has the one of %s",
    async (_server, index) => {
      const taken = createServer();
      await new Promise<void>((resolve) => {
        taken.listen(0, "127.0.0.1", resolve);
      });
      const { port } = taken.address() as AddressInfo;
      let looks = 0;
      const findPorts = async (count: number): Promise<readonly number[]> => {
        const ports = await freePorts(count);
        return looks++ === 0 ? ports.with(index, port) : ports;
      };
      try {
        started.push(await startCluster({ name: "own", openNetwork: openLoopback(findPorts) }));
      } finally {
        taken.close();
      }
      expect(looks).toBe(2);
    },
    LONG,
  );

  const signals: readonly NodeJS.Signals[] = ["SIGKILL", "SIGINT", "SIGTERM", "SIGHUP"];
  test.each(signals)(
    "does not outlive its process: %s",
    async (signal) => {
      const { process: parent, doomed } = await startDoomed();
      expect(isAlive(doomed.etcd)).toBe(true);
      parent.kill(signal);
      expect(await goneOf(doomed)).toEqual([]);
      expect(isAlive(doomed.child)).toBe(true);
    },
    LONG,
  );

  test(
    "outlives the time-out of a test",
    async () => {
      const run = spawn(process.execPath, ["test", join(import.meta.dir, "times-out.ts")], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      const report = await text(run.stderr);
      expect(report).toContain("(fail) takes too long");
      expect(report).toContain("(pass) finds its cluster nevertheless");
    },
    LONG,
  );
});

describe("a server that does not work", () => {
  const folder = mkdtempSync(join(tmpdir(), "capi-pivot-broken-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const specOf = (script: string) => ({
    name: "broken",
    command: ["sh", "-c", script],
    folder,
  });
  const never = (): Promise<boolean> => Promise.resolve(false);

  test("that ends is reported with its last words", async () => {
    const server = await startServer(specOf("echo no such flag; exit 3"));
    await expect(waitUntilReady(server, never)).rejects.toThrow(
      "broken has ended; the end of its log:\nno such flag",
    );
  });

  test("that never answers is reported too", async () => {
    const server = await startServer(specOf("echo waiting for etcd; exec sleep 600"));
    try {
      await expect(waitUntilReady(server, never, { timeoutMs: 300 })).rejects.toThrow(
        "broken does not answer; the end of its log:\nwaiting for etcd",
      );
    } finally {
      await server.stop();
    }
    expect(isAlive(server.pid)).toBe(false);
  });
});
