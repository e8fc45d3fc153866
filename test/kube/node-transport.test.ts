// The other way to send requests, which impersonation of several groups takes: its contract is that of fetch's.
import { afterAll, expect, test } from "bun:test";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { PivotError } from "../../src/model/error.ts";
import { CONFIG_MAP } from "./kinds.ts";
import { open } from "./opened.ts";
import { closeServers, kubeconfigText, startTlsServer, unverified } from "./servers.ts";

afterAll(closeServers);

const ONCE = { maxAttempts: 1, budgetMs: 0 };
const GROUPS = { token: "hunter2", as: "jane", "as-groups": ["a", "b"] };
const WHERE = { namespace: "ns1", name: "m1" };
const VERSION = { status: 200, body: { gitVersion: "v1.36.3" } };

interface Relay {
  readonly url: string;
  /** How many connections there were. */
  count: number;
  /** How the client ended each: `reset` or `closed`. */
  readonly ends: Promise<string>[];
  stop(): void;
}

/** Between client and server, so that connections can be counted and their ends be seen. */
async function relayTo(url: string): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(url).port), "127.0.0.1");
    relay.count += 1;
    for (const socket of [client, upstream]) sockets.add(socket);
    upstream.on("error", () => client.destroy());
    relay.ends.push(
      Promise.race([
        once(client, "error").then(() => "reset"),
        new Promise<string>((resolve) => client.on("end", () => resolve("closed"))),
      ]),
    );
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const relay: Relay = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: 0,
    ends: [],
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return relay;
}

test("requests one after the other share a connection, bodies arrive whole", async () => {
  const server = await startTlsServer(() => VERSION);
  const relay = await relayTo(server.url);
  const client = await open(kubeconfigText(unverified({ ...server, url: relay.url }), GROUPS));
  expect(await client.getRaw("/version")).toEqual(VERSION.body);
  const body = { metadata: { namespace: "ns1", name: "ünï" } };
  await client.create(CONFIG_MAP, body);
  expect(JSON.parse(server.seen[1]?.body ?? "")).toEqual(body);
  expect(server.seen[1]?.headers["transfer-encoding"]).toBeUndefined();
  expect(relay.count).toBe(1);
  client.close();
  relay.stop();
});

test("an attempt that takes too long is given up with a reset, and named as such", async () => {
  const server = await startTlsServer(() => ({ hang: true }));
  const relay = await relayTo(server.url);
  const client = await open(kubeconfigText(unverified({ ...server, url: relay.url }), GROUPS), {
    requestTimeoutMs: 300,
    retryLimits: ONCE,
  });
  const error = await client.getRaw("/version").catch((thrown: PivotError) => thrown);
  expect(error).toMatchObject({
    code: "CLUSTER_UNREACHABLE",
    message: expect.stringContaining("did not answer in time"),
  });
  expect(await relay.ends[0]).toBe("reset");
  relay.stop();
});

test("an abort rejects with its reason", async () => {
  const controller = new AbortController();
  const server = await startTlsServer(() => {
    queueMicrotask(() => controller.abort(new Error("enough")));
    return { hang: true };
  });
  const client = await open(kubeconfigText(unverified(server), GROUPS), {
    signal: controller.signal,
  });
  await expect(client.getRaw("/version")).rejects.toThrow("enough");
});

test.each([["GET"], ["DELETE"]])("a %s whose connection breaks is sent once", async (method) => {
  const server = await startTlsServer((_, count) => (count === 1 ? VERSION : {}));
  const client = await open(kubeconfigText(unverified(server), GROUPS), { retryLimits: ONCE });
  await client.getRaw("/version");
  const second =
    method === "GET" ? client.getRaw("/version") : client.delete(CONFIG_MAP, WHERE, { uid: "u" });
  expect(await second.catch((error: PivotError) => error.code)).toBe("CLUSTER_UNREACHABLE");
  expect(server.seen).toHaveLength(2);
});

test("a server that is not trusted is named as such", async () => {
  const server = await startTlsServer(() => VERSION);
  const client = await open(kubeconfigText({ server: server.url }, GROUPS), { retryLimits: ONCE });
  const error = await client.getRaw("/version").catch((thrown: PivotError) => thrown);
  expect(error).toMatchObject({ code: "CERTIFICATE_UNTRUSTED" });
});
