import { afterAll, describe, expect, test } from "bun:test";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import { KubeApiError, PivotError } from "../../src/model/error.ts";
import { CONFIG_MAP, kindOf } from "./kinds.ts";
import { fakeClock, open, removeDirectories } from "./opened.ts";
import {
  closeServers,
  type Handler,
  kubeconfigText,
  type LocalServer,
  startServer,
  startTlsServer,
  status,
  unverified,
} from "./servers.ts";

const MACHINE = kindOf("cluster.x-k8s.io", "v1beta1", "Machine", "machines");
const WHERE = { namespace: "ns1", name: "m1" };
const FIRST_LIST = "/api/v1/configmaps?limit=500";

afterAll(async () => {
  closeServers();
  await removeDirectories();
});

/** A client with a plain server behind it. */
async function serve(
  handler: Handler,
  options: Parameters<typeof open>[1] = {},
): Promise<{ client: OpenCluster; server: LocalServer }> {
  const server = await startServer(handler);
  const client = await open(kubeconfigText({ server: server.url }), options);
  return { client, server };
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: unknown) => error,
  );
}

const machine = (name: string): object => ({ metadata: { name, namespace: "ns1", uid: name } });

describe("what was deleted", () => {
  test.each<[string, string, string | undefined]>([
    ["is the last line of a watch", "DELETED", "m1"],
    ["is nothing while it is there", "MODIFIED", undefined],
  ])("%s", async (_, type, want) => {
    const events = [
      { type: "MODIFIED", object: { metadata: { name: "m0" } } },
      { type, object: machine("m1") },
    ];
    const body = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    const { client, server } = await serve(() => ({ status: 200, body }));
    expect((await client.deletedState(MACHINE, WHERE, "7"))?.metadata.name).toBe(want);
    expect(server.seen[0]?.url).toBe(
      "/apis/cluster.x-k8s.io/v1beta1/namespaces/ns1/machines?watch=true&fieldSelector=metadata.name%3Dm1&resourceVersion=7&timeoutSeconds=1",
    );
  });
});

describe("lists", () => {
  test("are read page by page and stamped with kind and version", async () => {
    const { client, server } = await serve((_seen, count) => ({
      status: 200,
      body: {
        metadata: count < 3 ? { continue: `page ${count}` } : {},
        items: [machine(`m${count}`)],
      },
    }));
    const machines = await client.list(MACHINE, { namespace: "ns1", labelSelector: "a=b" });
    expect(machines.map((one) => [one.apiVersion, one.kind, one.metadata.name])).toEqual([
      ["cluster.x-k8s.io/v1beta1", "Machine", "m1"],
      ["cluster.x-k8s.io/v1beta1", "Machine", "m2"],
      ["cluster.x-k8s.io/v1beta1", "Machine", "m3"],
    ]);
    expect(server.seen.map((seen) => seen.url)).toEqual([
      "/apis/cluster.x-k8s.io/v1beta1/namespaces/ns1/machines?labelSelector=a%3Db&limit=500",
      "/apis/cluster.x-k8s.io/v1beta1/namespaces/ns1/machines?labelSelector=a%3Db&limit=500&continue=page%201",
      "/apis/cluster.x-k8s.io/v1beta1/namespaces/ns1/machines?labelSelector=a%3Db&limit=500&continue=page%202",
    ]);
  });

  test("of metadata name their kind, not PartialObjectMetadata", async () => {
    const item = { ...machine("m1"), kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" };
    const { client, server } = await serve(() => ({ status: 200, body: { items: [item] } }));
    const [found] = await client.list(MACHINE, { metadataOnly: true });
    expect([found?.apiVersion, found?.kind]).toEqual(["cluster.x-k8s.io/v1beta1", "Machine"]);
    expect(server.seen[0]?.headers.accept).toBe(
      "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    );
  });

  test("without items are empty", async () => {
    const { client } = await serve(() => ({ status: 200, body: { items: null } }));
    expect(await client.list(CONFIG_MAP)).toEqual([]);
  });

  test("that expire in the middle are read again in one piece", async () => {
    const { client, server } = await serve((seen) => {
      if (seen.url.includes("continue=")) return status(410, "Expired", "too old");
      const isWhole = !seen.url.includes("limit=");
      const items = isWhole ? [machine("m1"), machine("m2")] : [machine("m1")];
      return { status: 200, body: { items, metadata: isWhole ? {} : { continue: "next" } } };
    });
    const found = await client.list(CONFIG_MAP);
    expect(found.map((one) => one.metadata.name)).toEqual(["m1", "m2"]);
    expect(server.seen.map((seen) => seen.url)).toEqual([
      FIRST_LIST,
      `${FIRST_LIST}&continue=next`,
      "/api/v1/configmaps",
    ]);
  });
});

test("an object read and written back keeps its numbers", async () => {
  const body =
    '{"kind":"ConfigMap","metadata":{"name":"a"},"spec":{"a":9223372036854775807,"b":1.0}}';
  const { client, server } = await serve(() => ({ status: 200, body }));
  await client.create(CONFIG_MAP, await client.get(CONFIG_MAP, WHERE));
  expect(server.seen[1]?.body).toBe(body);
});

describe("writes", () => {
  test("whose answer nobody reads ask for its metadata, and take all of it from a server that knows no better", async () => {
    const { client, server } = await serve(() => ({ status: 200, body: machine("m1") }));
    await client.create(CONFIG_MAP, machine("m1"), { metadataOnly: true });
    await client.create(CONFIG_MAP, machine("m1"));
    expect(server.seen.map(({ headers }) => headers.accept)).toEqual([
      "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json",
      "application/json",
    ]);
  });

  const ok = (): { status: number; body: unknown } => ({ status: 200, body: machine("m1") });
  const rows: readonly [
    string,
    (client: OpenCluster) => Promise<unknown>,
    { method: string; url: string; type: string; body: unknown },
  ][] = [
    [
      "create posts to the collection of its namespace",
      (client) => client.create(MACHINE, machine("m1")),
      {
        method: "POST",
        url: "/apis/cluster.x-k8s.io/v1beta1/namespaces/ns1/machines?fieldManager=kubectl-capi-pivot&fieldValidation=Ignore",
        type: "application/json",
        body: machine("m1"),
      },
    ],
    [
      "a merge patch of the status, dry",
      (client) =>
        client.patch(
          MACHINE,
          WHERE,
          "merge",
          { status: {} },
          { subresource: "status", dryRun: true },
        ),
      {
        method: "PATCH",
        url: "/apis/cluster.x-k8s.io/v1beta1/namespaces/ns1/machines/m1/status?fieldManager=kubectl-capi-pivot&fieldValidation=Ignore&dryRun=All",
        type: "application/merge-patch+json",
        body: { status: {} },
      },
    ],
    [
      "a JSON patch",
      (client) => client.patch(CONFIG_MAP, WHERE, "json", [{ op: "remove", path: "/data" }]),
      {
        method: "PATCH",
        url: "/api/v1/namespaces/ns1/configmaps/m1?fieldManager=kubectl-capi-pivot&fieldValidation=Ignore",
        type: "application/json-patch+json",
        body: [{ op: "remove", path: "/data" }],
      },
    ],
    [
      "replace puts",
      (client) => client.replace(CONFIG_MAP, WHERE, machine("m1")),
      {
        method: "PUT",
        url: "/api/v1/namespaces/ns1/configmaps/m1?fieldManager=kubectl-capi-pivot&fieldValidation=Ignore",
        type: "application/json",
        body: machine("m1"),
      },
    ],
    [
      "delete names uid and version, in the background",
      (client) => client.delete(CONFIG_MAP, WHERE, { uid: "u1", resourceVersion: "7" }),
      {
        method: "DELETE",
        url: "/api/v1/namespaces/ns1/configmaps/m1",
        type: "application/json",
        body: {
          kind: "DeleteOptions",
          apiVersion: "v1",
          propagationPolicy: "Background",
          preconditions: { uid: "u1", resourceVersion: "7" },
        },
      },
    ],
  ];
  test.each(rows)("%s", async (_name, write, want) => {
    const { client, server } = await serve(ok);
    await write(client);
    const [seen] = server.seen;
    expect({
      method: seen?.method ?? "",
      url: seen?.url ?? "",
      type: seen?.headers["content-type"] ?? "",
      body: JSON.parse(seen?.body ?? ""),
    }).toEqual(want);
  });

  test("delete gives the object while it is in deletion, undefined when it is gone", async () => {
    const deleting = { metadata: { name: "m1", deletionTimestamp: "2026-01-01T00:00:00Z" } };
    const { client } = await serve((_seen, count) =>
      count === 1
        ? { status: 200, body: deleting }
        : { status: 200, body: { kind: "Status", status: "Success" } },
    );
    expect(await client.delete(CONFIG_MAP, WHERE, { uid: "u" })).toMatchObject(deleting);
    expect(await client.delete(CONFIG_MAP, WHERE, { uid: "u" })).toBeUndefined();
  });
});

describe("refusals", () => {
  test("carry what the Status says, and no credential", async () => {
    const { client } = await serve(() =>
      status(409, "AlreadyExists", 'configmaps "m1" already exists'),
    );
    const error = await failureOf(client.create(CONFIG_MAP, machine("m1")));
    expect(error).toBeInstanceOf(KubeApiError);
    expect(error).toMatchObject({
      status: 409,
      reason: "AlreadyExists",
      message: 'configmaps "m1" already exists',
      cluster: "source",
      request: "POST /api/v1/namespaces/ns1/configmaps",
    });
  });

  test("do not repeat a page of a load balancer", async () => {
    const { client } = await serve(() => ({ status: 400, body: "<html>hunter2</html>" }));
    const error = await failureOf(client.get(CONFIG_MAP, WHERE));
    expect(String(error)).toContain("status 400");
    expect(String(error)).not.toContain("hunter2");
  });

  test("a redirect is not followed", async () => {
    const { client, server } = await serve(() => ({
      status: 302,
      headers: { Location: "http://127.0.0.1:1/login?token=x" },
    }));
    const error = await failureOf(client.getRaw("/version"));
    expect(error).toMatchObject({ code: "SERVER_ERROR" });
    expect(String(error)).toContain("a redirect (302)");
    expect(server.seen).toHaveLength(1);
  });

  test("a login page is no answer", async () => {
    const { client } = await serve(() => ({ status: 200, body: "<html>hunter2</html>" }));
    const error = await failureOf(client.getRaw("/version"));
    expect(error).toMatchObject({ code: "SERVER_ERROR" });
    expect(String(error)).not.toContain("hunter2");
  });

  test("a token that stays refused is named by its user", async () => {
    const { client, server } = await serve(() => status(401, "Unauthorized", "Unauthorized"));
    const error = await failureOf(client.getRaw("/version"));
    expect(error).toMatchObject({ code: "UNAUTHORIZED", cluster: "source" });
    expect(String(error)).toContain("user u was refused");
    expect(server.seen).toHaveLength(1);
  });
});

describe("retries", () => {
  const fine = { status: 200, body: machine("m1") };

  test("429 waits as long as the server asks", async () => {
    const clock = fakeClock();
    const { client, server } = await serve(
      (_seen, count) =>
        count < 3
          ? {
              ...status(429, "TooManyRequests", "storage is (re)initializing"),
              headers: { "Retry-After": "1" },
            }
          : fine,
      { clock },
    );
    await client.create(CONFIG_MAP, machine("m1"));
    expect(server.seen).toHaveLength(3);
    expect(clock.sleeps).toEqual([1000, 1000]);
  });

  test("503 of a create is sent again", async () => {
    const { client, server } = await serve((_seen, count) =>
      count === 1 ? { status: 503 } : fine,
    );
    await client.create(CONFIG_MAP, machine("m1"));
    expect(server.seen.map((seen) => seen.body)).toEqual(
      Array(2).fill(JSON.stringify(machine("m1"))),
    );
  });

  test("500 of a create is not", async () => {
    const { client, server } = await serve(() => status(500, "InternalError", "webhook failed"));
    const error = await failureOf(client.create(CONFIG_MAP, machine("m1")));
    expect(error).toMatchObject({ status: 500, message: "webhook failed" });
    expect(server.seen).toHaveLength(1);
  });

  test("a create whose connection broke is sent again", async () => {
    const { client, server } = await serve((_seen, count) => (count === 1 ? {} : fine));
    await client.create(CONFIG_MAP, machine("m1"));
    expect(server.seen).toHaveLength(2);
  });

  test("an answer that broke off in the middle is asked for again", async () => {
    const { client } = await serve((_seen, count) => (count === 1 ? { ...fine, cutAt: 5 } : fine));
    expect(await client.get(CONFIG_MAP, WHERE)).toMatchObject(machine("m1"));
  });

  test("a server that never answers ends the attempt", async () => {
    const { client } = await serve((_seen, count) => (count === 1 ? { hang: true } : fine), {
      requestTimeoutMs: 50,
    });
    expect(await client.get(CONFIG_MAP, WHERE)).toMatchObject(machine("m1"));
  });

  test("end, with the last refusal", async () => {
    const { client, server } = await serve(() => status(503, "ServiceUnavailable", "later"));
    const error = await failureOf(client.get(CONFIG_MAP, WHERE));
    expect(error).toMatchObject({ status: 503, message: "later" });
    expect(server.seen).toHaveLength(10);
  });

  test("409 is retried only when asked", async () => {
    const { client, server } = await serve((_seen, count) =>
      count % 2 === 1 ? status(409, "Conflict", "changed") : fine,
    );
    const patch = (options: object): Promise<unknown> =>
      client.patch(CONFIG_MAP, WHERE, "merge", {}, options);
    await patch({ retryConflict: true });
    expect(server.seen).toHaveLength(2);
    expect(await failureOf(patch({}))).toMatchObject({ status: 409 });
    expect(server.seen).toHaveLength(3);
  });

  test("nobody there at first fails at once, nobody there any more is waited for", async () => {
    const clock = fakeClock();
    const { client, server } = await serve(() => ({ ...fine, headers: { Connection: "close" } }), {
      clock,
    });
    await client.get(CONFIG_MAP, WHERE);
    server.close();
    const gone = await failureOf(client.get(CONFIG_MAP, WHERE));
    expect(gone).toMatchObject({ code: "CLUSTER_UNREACHABLE" });
    expect(clock.sleeps.length).toBeGreaterThan(3);
    const never = fakeClock();
    const text = kubeconfigText({ server: server.url });
    const fresh = await open(text, { clock: never });
    expect(await failureOf(fresh.get(CONFIG_MAP, WHERE))).toMatchObject({
      code: "CLUSTER_UNREACHABLE",
    });
    expect(never.sleeps).toEqual([]);
  });
});

describe("a merge patch that conflicts with itself", () => {
  const patch = {
    metadata: { uid: "u", resourceVersion: "7", annotations: { a: "1", b: null } },
    spec: { paused: true },
  };
  const stored = (change: object): object => ({
    metadata: { uid: "u", resourceVersion: "8", annotations: { a: "1" }, finalizers: ["f"] },
    spec: { paused: true, other: [1] },
    ...change,
  });
  const conflict = status(409, "Conflict", "the object has been modified");

  /** The answer to the first attempt is lost, the second is refused. */
  const served = (found: object): Promise<{ client: OpenCluster; server: LocalServer }> =>
    serve(({ method }, count) => {
      if (method === "GET") return { status: 200, body: found };
      return count === 1 ? {} : conflict;
    });

  test("because its answer was lost has been stored, and is answered with what is there", async () => {
    const { client, server } = await served(stored({}));
    expect(await client.patch(MACHINE, WHERE, "merge", patch)).toMatchObject(stored({}));
    expect(server.seen.map(({ method }) => method)).toEqual(["PATCH", "PATCH", "GET"]);
  });

  const rows: readonly (readonly [string, object])[] = [
    ["a value is another", { spec: { paused: false } }],
    ["a value is missing", { spec: {} }],
    ["what it removes is there", { metadata: { uid: "u", annotations: { a: "1", b: "2" } } }],
    ["it is another object by now", { metadata: { uid: "v", annotations: { a: "1" } } }],
  ];
  test.each(rows)("is a conflict all the same when %s", async (_, change) => {
    const { client } = await served(stored(change));
    const error = await failureOf(client.patch(MACHINE, WHERE, "merge", patch));
    expect(error).toMatchObject({ status: 409, isRepeat: true });
  });

  test("is not looked for when the first answer is the conflict", async () => {
    const { client, server } = await serve(() => conflict);
    const error = await failureOf(client.patch(MACHINE, WHERE, "merge", patch));
    expect(error).toMatchObject({ status: 409, isRepeat: false });
    expect(server.seen).toHaveLength(1);
  });
});

describe("an abort", () => {
  const reason = new PivotError({ code: "INTERRUPTED", message: "interrupted" });

  test("ends a request with its reason", async () => {
    const controller = new AbortController();
    const { client, server } = await serve(
      () => {
        queueMicrotask(() => controller.abort(reason));
        return { hang: true };
      },
      { signal: controller.signal, retryLimits: { maxAttempts: 1, budgetMs: 0 } },
    );
    expect(await failureOf(client.get(CONFIG_MAP, WHERE))).toBe(reason);
    expect(server.seen).toHaveLength(1);
  });

  test("lets nothing start, except in a view with another signal", async () => {
    const { client, server } = await serve(() => ({ status: 200 }), {
      signal: AbortSignal.abort(reason),
    });
    expect(await failureOf(client.get(CONFIG_MAP, WHERE))).toBe(reason);
    expect(server.seen).toHaveLength(0);
    await client.withSignal(undefined).get(CONFIG_MAP, WHERE);
    expect(server.seen).toHaveLength(1);
  });
});

describe("the write gate", () => {
  const OK = { status: 200, body: machine("m1") };

  test("is asked before every attempt of every write that stores, never for reads", async () => {
    let asked = 0;
    const { client, server } = await serve((_seen, count) => ({ status: count === 1 ? 503 : 200 }));
    const gated = client.withWriteGate(async () => {
      asked++;
      return 1000;
    });
    await gated.create(CONFIG_MAP, machine("m1"));
    expect(asked).toBe(2);
    await gated.create(CONFIG_MAP, machine("m1"), { dryRun: true });
    await gated.list(CONFIG_MAP);
    await client.create(CONFIG_MAP, machine("m1"));
    expect(asked).toBe(2);
    await gated.patch(CONFIG_MAP, WHERE, "merge", {});
    await gated.replace(CONFIG_MAP, WHERE, {});
    await gated.delete(CONFIG_MAP, WHERE, { uid: "u" });
    expect(asked).toBe(5);
    expect(server.seen).toHaveLength(8);
  });

  test("is asked again when a kept connection breaks in the middle of a write", async () => {
    let asked = 0;
    const { client, server } = await serve((_seen, count) => (count % 2 === 0 ? {} : OK));
    const gated = client.withWriteGate(async () => {
      asked++;
      return 1000;
    });
    const writes = [
      () => gated.create(CONFIG_MAP, machine("m1")),
      () => gated.patch(CONFIG_MAP, WHERE, "merge", {}),
      () => gated.replace(CONFIG_MAP, WHERE, {}),
      () => gated.delete(CONFIG_MAP, WHERE, { uid: "u" }),
    ];
    for (const write of writes) {
      await client.get(CONFIG_MAP, WHERE);
      await write();
      await client.get(CONFIG_MAP, WHERE);
    }
    const arrived = server.seen.filter(({ method }) => method !== "GET");
    expect(arrived.length).toBeGreaterThan(writes.length);
    expect(asked).toBe(arrived.length);
  });

  test("that throws stops the write, with what it threw", async () => {
    const lost = new PivotError({ code: "LEASE_LOST", message: "lost" });
    const { client, server } = await serve(() => ({ status: 200 }));
    const gated = client.withWriteGate(() => Promise.reject(lost));
    expect(await failureOf(gated.create(CONFIG_MAP, machine("m1")))).toBe(lost);
    expect(server.seen).toHaveLength(0);
  });

  test("shortens the time-out of a write", async () => {
    const { client } = await serve(() => ({ hang: true }), {
      retryLimits: { maxAttempts: 1, budgetMs: 0 },
    });
    const gated = client.withWriteGate(async () => 40);
    const error = await failureOf(gated.create(CONFIG_MAP, machine("m1")));
    expect(error).toMatchObject({ code: "CLUSTER_UNREACHABLE" });
    expect(String(error)).toContain("did not answer in time");
  });
});

test("the log has a line per request and no secret", async () => {
  const lines: [number, string][] = [];
  const server = await startTlsServer(() => ({ status: 200, body: { data: "body-secret" } }));
  const client = await open(kubeconfigText(unverified(server), { token: "hunter2" }), {
    log: (level, line) => lines.push([level, line]),
  });
  await client.get(CONFIG_MAP, WHERE);
  const first = lines.filter(([level]) => level === 6).map(([, line]) => line);
  expect(first).toHaveLength(1);
  expect(first[0]).toMatch(
    /^source: GET \/api\/v1\/namespaces\/ns1\/configmaps\/m1 200 in \d+ ms$/,
  );
  const all = JSON.stringify(lines);
  expect(all).toContain("Authorization: <masked>");
  expect(all).not.toContain("hunter2");
  expect(all).not.toContain("body-secret");
});

test("at most 64 requests are in flight", async () => {
  let inFlight = 0;
  let most = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async () => {
      most = Math.max(most, ++inFlight);
      await Bun.sleep(5);
      inFlight--;
      return Response.json({});
    },
  });
  const client = await open(kubeconfigText({ server: server.url.href }));
  await Promise.all(Array.from({ length: 200 }, () => client.get(CONFIG_MAP, WHERE)));
  await server.stop(true);
  expect(most).toBeGreaterThan(16);
  expect(most).toBeLessThanOrEqual(64);
});

test("a proxy gets the request, with CONNECT only for https", async () => {
  const proxy = await startServer(() => ({ status: 200, body: { via: "proxy" } }));
  const client = await open(
    kubeconfigText({ server: "http://api.invalid:8080", "proxy-url": proxy.url }),
  );
  expect(await client.getRaw("/version")).toEqual({ via: "proxy" });
  expect(proxy.seen[0]?.url).toBe("http://api.invalid:8080/version");
});
