import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { request as send } from "node:https";
import { buffer } from "node:stream/consumers";
import type { OpenCluster } from "../../../src/kube/cluster-client.ts";
import { CONFIG_MAP } from "../../kube/kinds.ts";
import { fakeClock, open } from "../../kube/opened.ts";
import { closeServers, startServer } from "../../kube/servers.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import type { Fault } from "./fault-rules.ts";
import {
  createIdentity,
  type Identity,
  type LocalUpstream,
  type Override,
  startUpstream,
  upstreamAt,
} from "./local-upstream.ts";

let identity: Identity;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  identity = await createIdentity();
});

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  closeServers();
});

interface Scene {
  readonly server: LocalUpstream;
  readonly proxy: FaultProxy;
  readonly client: OpenCluster;
}

async function scene(
  override?: Override,
  options: Parameters<typeof open>[1] = {},
): Promise<Scene> {
  const server = startUpstream(identity, override);
  const proxy = await startFaultProxy({ upstream: server.upstream });
  stops.push(server.stop, () => proxy.stop());
  return { server, proxy, client: await open(proxy.kubeconfig(), options) };
}

const configMap = (name: string): object => ({ metadata: { name, namespace: "ns1" } });
const create = (client: OpenCluster, name: string): Promise<unknown> =>
  client.create(CONFIG_MAP, configMap(name));
const POST = "POST /api/v1/namespaces/ns1/configmaps";

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: unknown) => error,
  );
}

describe("without rules", () => {
  test("headers and bytes pass unaltered, and the server sees the admin, not the token", async () => {
    const zipped = Bun.gzipSync("a".repeat(1000));
    const received: unknown[] = [];
    const { server } = identity;
    const tls = { ...server, ca: identity.authority.cert, requestCert: true };
    const upstream = await startServer((seen) => {
      received.push(seen.headers, seen.url, seen.body);
      return { status: 200, body: "unused" };
    }, tls);
    const proxy = await startFaultProxy({ upstream: upstreamAt(upstream.url, identity) });
    stops.push(() => proxy.stop());
    const answer = await rawRequest(proxy, "/x?a=%2F&b", { Authorization: "Bearer a" }, zipped);
    expect(received).toEqual([
      expect.objectContaining({ "content-length": String(zipped.length) }),
      "/x?a=%2F&b",
      Buffer.from(zipped).toString(),
    ]);
    expect(received[0]).not.toHaveProperty("authorization");
    expect(answer).toMatchObject({ status: 200, body: Buffer.from("unused") });
  });

  test("repeated headers stay apart, names keep their case, gzip stays gzip", async () => {
    const zipped = Buffer.from(Bun.gzipSync("a".repeat(1000)));
    const { proxy } = await scene(
      () => new Response(zipped, { headers: { "Content-Encoding": "gzip", "Audit-Id": "1" } }),
    );
    const answer = await rawRequest(proxy, "/x");
    expect(answer.body.equals(zipped)).toBe(true);
    expect(answer.rawHeaders).toContain("Audit-Id");
  });

  test("64 clients are served at once", async () => {
    const all = Promise.withResolvers<void>();
    let waiting = 0;
    const { client, proxy } = await scene(async () => {
      if (++waiting === 64) all.resolve();
      await all.promise;
      return undefined;
    });
    await Promise.all(Array.from({ length: 64 }, (_, index) => create(client, `c${index}`)));
    expect(proxy.requests.map(({ outcome, status }) => `${outcome} ${status}`)).toEqual(
      Array(64).fill("answered 201"),
    );
  });

  test("a watch passes event by event, and ends at the server when the client goes", async () => {
    const second = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const { proxy } = await scene(
      () =>
        new Response(
          new ReadableStream({
            start: async (controller) => {
              controller.enqueue("one\n");
              await second.promise;
              controller.enqueue("two\n");
            },
            cancel: () => ended.resolve(),
          }),
        ),
    );
    const leave = new AbortController();
    const answer = await fetch(`${proxy.url}/watch`, {
      tls: { ca: proxy.ca },
      signal: leave.signal,
    });
    const reader = answer.body?.getReader();
    const next = async (): Promise<string> =>
      Buffer.from((await reader?.read())?.value ?? []).toString();
    expect(await next()).toBe("one\n");
    second.resolve();
    expect(await next()).toBe("two\n");
    leave.abort();
    await ended.promise;
  });

  test("a server that is gone is a reset", async () => {
    const { client, proxy, server } = await scene();
    await server.stop();
    expect(await failureOf(client.getRaw("/version"))).toMatchObject({
      code: "CLUSTER_UNREACHABLE",
    });
    expect(proxy.requests[0]).toMatchObject({ outcome: "server-failed", status: undefined });
  });
});

interface RawAnswer {
  readonly status: number | undefined;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

function rawRequest(
  proxy: FaultProxy,
  path: string,
  headers: Record<string, string> = {},
  body?: Uint8Array,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const sent = send(`${proxy.url}${path}`, { ca: proxy.ca, headers, method }, async (answer) => {
      const { statusCode: status, rawHeaders } = answer;
      resolve({ status, rawHeaders, body: await buffer(answer) });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

test("two proxies number their writes in one sequence, and leave out what does not count", async () => {
  let count = 0;
  const counter = {
    next: ({ body }: { readonly body: Buffer }) =>
      body.includes("uncounted") ? undefined : ++count,
    reset: () => undefined,
  };
  const clients = await Promise.all(
    [1, 2].map(async () => {
      const server = startUpstream(identity);
      const proxy = await startFaultProxy({ upstream: server.upstream, counter });
      stops.push(server.stop, () => proxy.stop());
      return { proxy, client: await open(proxy.kubeconfig()) };
    }),
  );
  for (const name of ["a", "uncounted", "b"]) {
    for (const { client } of clients) await create(client, name);
  }
  const numbers = clients.map(({ proxy }) => proxy.requests.map(({ writeNumber }) => writeNumber));
  expect(numbers).toEqual([
    [1, undefined, 3],
    [2, undefined, 4],
  ]);
});

describe("an answer in the server's place", () => {
  test("429 is retried after the time it names", async () => {
    const clock = fakeClock();
    const { client, proxy, server } = await scene(undefined, { clock });
    const fault: Fault = { type: "answer", status: 429, retryAfterSeconds: 2 };
    proxy.on({ times: 2, fault });
    await create(client, "a");
    expect(clock.sleeps).toEqual([2000, 2000]);
    expect(server.seen).toEqual([POST]);
    expect(proxy.requests.map(({ outcome, status }) => [outcome, status])).toEqual([
      ["answered-by-rule", 429],
      ["answered-by-rule", 429],
      ["answered", 201],
    ]);
  });

  test("500 of a create fails with a Status", async () => {
    const { client, proxy, server } = await scene();
    proxy.on({ fault: { type: "answer", status: 500 } });
    expect(await failureOf(create(client, "a"))).toMatchObject({
      status: 500,
      reason: "InternalError",
    });
    expect(server.seen).toEqual([]);
  });

  test("503 of the second list is retried", async () => {
    const { client, proxy, server } = await scene();
    proxy.on({
      when: ({ path }) => path.endsWith("/configmaps"),
      nth: 2,
      fault: { type: "answer", status: 503 },
    });
    for (let count = 0; count < 3; count++) await client.list(CONFIG_MAP);
    expect(server.seen).toHaveLength(3);
    expect(proxy.requests.map(({ status }) => status)).toEqual([200, 503, 200, 200]);
  });

  test("a rule that was taken away does nothing", async () => {
    const { client, proxy } = await scene();
    const remove = proxy.on({ fault: { type: "answer", status: 500 } });
    remove();
    await create(client, "a");
    expect(proxy.requests.map(({ status }) => status)).toEqual([201]);
  });
});

describe("a connection that breaks", () => {
  test("before the request reached the server: the retry creates", async () => {
    const { client, proxy, server } = await scene();
    proxy.on({ nth: 1, fault: { type: "reset" } });
    await create(client, "a");
    expect(server.seen).toEqual([POST]);
    expect(proxy.requests.map(({ outcome }) => outcome)).toEqual(["reset", "answered"]);
  });

  test("when the server had acted: the retry finds the object there", async () => {
    const { client, proxy, server } = await scene();
    proxy.on({ nth: 1, fault: { type: "lose-answer" } });
    expect(await failureOf(create(client, "a"))).toMatchObject({
      status: 409,
      reason: "AlreadyExists",
    });
    expect(server.seen).toEqual([POST, POST]);
    expect(proxy.requests[0]).toMatchObject({
      outcome: "answer-lost",
      status: undefined,
      serverStatus: 201,
    });
  });
});

describe("writes", () => {
  test("are counted without reads, dry runs and reviews", async () => {
    const { client, proxy } = await scene();
    const numbers: unknown[] = [];
    proxy.on({ before: ({ writeNumber }) => numbers.push(writeNumber) });
    const where = { namespace: "ns1", name: "a" };
    await client.list(CONFIG_MAP);
    await client.create(CONFIG_MAP, configMap("x"), { dryRun: true });
    await create(client, "a");
    await client.delete(CONFIG_MAP, where, { uid: "u" }, { dryRun: true });
    await rawRequest(
      proxy,
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      {},
      Buffer.from(JSON.stringify(configMap("review"))),
    );
    await client.patch(CONFIG_MAP, where, "merge", {});
    await client.delete(CONFIG_MAP, where, { uid: "u" });
    expect(numbers).toEqual([undefined, undefined, 1, undefined, undefined, 2, 3]);
    expect(proxy.requests.filter(({ isWrite }) => isWrite).map(({ method }) => method)).toEqual([
      "POST",
      "PATCH",
      "DELETE",
    ]);
  });

  test("call before and after the one that is meant", async () => {
    const { client, proxy, server } = await scene();
    const notes: string[] = [];
    const note = (what: string): number =>
      notes.push(`${what}: ${server.seen.length} at the server`);
    proxy.on({
      when: ({ writeNumber }) => writeNumber === 2,
      before: () => note("before"),
      after: () => note("after"),
    });
    await create(client, "a");
    await create(client, "b");
    note("answered");
    await create(client, "c");
    expect(notes).toEqual([
      "before: 1 at the server",
      "after: 2 at the server",
      "answered: 2 at the server",
    ]);
  });

  test("of a client that went reach the server once they are on their way", async () => {
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const leave = new AbortController();
    const { client, proxy, server } = await scene(
      async ({ signal }) => {
        arrived.resolve();
        await answer.promise;
        return new Response(signal.aborted ? "aborted" : "{}", {
          status: signal.aborted ? 500 : 201,
        });
      },
      { signal: leave.signal },
    );
    const failure = failureOf(create(client, "a"));
    await arrived.promise;
    leave.abort(new Error("gone"));
    expect(await failure).toMatchObject({ message: "gone" });
    client.close();
    await proxy.clientsGone();
    answer.resolve();
    await proxy.quiet();
    expect(server.seen).toEqual([POST]);
    expect(proxy.requests[0]).toMatchObject({ outcome: "client-left", serverStatus: 201 });
  });
});

describe("a hold", () => {
  test("keeps a request from the server until it is released", async () => {
    const { client, proxy, server } = await scene();
    const hold = proxy.hold({ when: ({ isWrite }) => isWrite });
    const created = create(client, "a");
    expect((await hold.arrived).path).toBe("/api/v1/namespaces/ns1/configmaps");
    await client.list(CONFIG_MAP);
    expect(server.seen).toEqual(["GET /api/v1/configmaps"]);
    hold.release();
    await created;
    await create(client, "b");
    expect(server.seen).toHaveLength(3);
  });

  test("forgets the request of a client that goes", async () => {
    const leave = new AbortController();
    const { client, proxy, server } = await scene(undefined, { signal: leave.signal });
    const hold = proxy.hold({ when: ({ isWrite }) => isWrite });
    const failure = failureOf(create(client, "a"));
    await hold.arrived;
    leave.abort(new Error("gone"));
    expect(await failure).toMatchObject({ message: "gone" });
    client.close();
    await proxy.clientsGone();
    hold.release();
    await proxy.quiet();
    expect(proxy.requests[0]).toMatchObject({ outcome: "client-left", serverStatus: undefined });
    expect(server.seen).toEqual([]);
  });
});

test("a delay comes before the server", async () => {
  const { client, proxy } = await scene();
  proxy.on({ nth: 1, delayMs: 50 });
  const startedAt = performance.now();
  await create(client, "a");
  expect(performance.now() - startedAt).toBeGreaterThan(49);
});

test("a program that is killed at a write leaves what it wrote before", async () => {
  const { proxy, server } = await scene();
  const program = `for (let n = 1; ; n++) {
    const body = JSON.stringify({ metadata: { name: "c" + n } });
    await fetch(process.argv[1] + "/api/v1/namespaces/ns1/configmaps", { method: "POST", body, tls: { rejectUnauthorized: false } });
  }`;
  const child = Bun.spawn([process.execPath, "-e", program, proxy.url], { stderr: "inherit" });
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await child.exited;
  };
  stops.push(kill);
  proxy.on({
    when: ({ writeNumber }) => writeNumber === 5,
    before: kill,
    fault: { type: "reset" },
  });
  await child.exited;
  await proxy.quiet();
  expect(server.seen).toEqual(Array(4).fill(POST));
  expect(proxy.requests).toHaveLength(5);
});

test("a callback that fails fails stop", async () => {
  const { client, proxy } = await scene();
  stops.pop();
  proxy.on({
    nth: 1,
    before: () => {
      throw new Error("expectation");
    },
  });
  await create(client, "a");
  expect(await failureOf(proxy.stop())).toMatchObject({ errors: [new Error("expectation")] });
});

test("a reset proxy starts counting again", async () => {
  const { client, proxy } = await scene();
  proxy.on({ nth: 2, fault: { type: "answer", status: 500 } });
  await create(client, "a");
  proxy.reset();
  await create(client, "b");
  expect(proxy.requests.map(({ writeNumber, status }) => [writeNumber, status])).toEqual([
    [1, 201],
  ]);
});
