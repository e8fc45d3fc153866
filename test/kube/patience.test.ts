// A cluster that stops answering, as patient clients bear with it: for how long, and what is said meanwhile.
import { afterAll, describe, expect, test } from "bun:test";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import type { ConnectionOptions } from "../../src/kube/connect.ts";
import { systemClock } from "../../src/kube/system-clock.ts";
import type { Clock } from "../../src/model/client.ts";
import { PivotError } from "../../src/model/error.ts";
import { CONFIG_MAP } from "./kinds.ts";
import { fakeClock, open } from "./opened.ts";
import {
  closeServers,
  kubeconfigText,
  type LocalServer,
  type Reply,
  startServer,
} from "./servers.ts";

afterAll(closeServers);

const WHERE = { namespace: "ns1", name: "m1" };
const FINE: Reply = { status: 200, body: { metadata: { name: "m1" } } };
const RESET: Reply = {};

/** Time goes by twenty times as fast. */
const SPEED = 20;
const fastClock: Clock = {
  now: () => Date.now() * SPEED,
  monotonic: () => performance.now() * SPEED,
  sleep: (ms, signal) => systemClock.sleep(ms / SPEED, signal),
};

interface Patient {
  readonly client: OpenCluster;
  readonly impatient: OpenCluster;
  readonly server: LocalServer;
  /** `[seconds, left]`, and a lone number for an answer. */
  readonly told: (readonly number[])[];
}

/** The first request is answered, for the cluster must have been there. */
async function patient(
  reply: (count: number) => Reply,
  waitMs: number,
  options: Partial<ConnectionOptions> = {},
): Promise<Patient> {
  const told: (readonly number[])[] = [];
  const server = await startServer((_, count) => (count === 1 ? FINE : reply(count - 1)));
  const impatient = await open(kubeconfigText({ server: server.url }), {
    clock: fastClock,
    network: {
      waitMs,
      onWaiting: (seconds, left) => void told.push([seconds, left]),
      onAnswer: (seconds) => void told.push([seconds]),
    },
    ...options,
  });
  const client = impatient.withPatience();
  await client.get(CONFIG_MAP, WHERE);
  return { client, impatient, server, told };
}

async function failureOf(work: Promise<unknown>): Promise<PivotError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PivotError) return error;
  throw error ?? new Error("it did not fail");
}

describe("a cluster that stops answering", () => {
  test("is waited for as long as asked, second by second, and then it is an error that says so", async () => {
    const { client, told } = await patient(() => RESET, 30_000);
    const start = fastClock.monotonic();
    const { code, message } = await failureOf(client.get(CONFIG_MAP, WHERE));
    expect(code).toBe("CLUSTER_UNREACHABLE");
    expect(message).toContain("; it was waited for 30s");
    expect(fastClock.monotonic() - start).toBeGreaterThanOrEqual(30_000);
    expect(told.length).toBeGreaterThan(5);
    for (const [seconds = 0, left = 0] of told) expect(seconds + left).toBe(30);
  });

  test("is not waited for a second time by the request after that", async () => {
    const { client, server, told } = await patient(() => RESET, 10_000);
    await failureOf(client.get(CONFIG_MAP, WHERE));
    const [asked, said] = [server.seen.length, told.length];
    await failureOf(client.create(CONFIG_MAP, { metadata: WHERE }));
    expect(server.seen.length).toBe(asked + 1);
    expect(told.length).toBe(said);
  });

  test("is asked on when it answers again, and that is said", async () => {
    const { client, server, told } = await patient((count) => (count < 12 ? RESET : FINE), 60_000);
    expect(await client.create(CONFIG_MAP, { metadata: WHERE })).toMatchObject({
      metadata: { name: "m1" },
    });
    expect(server.seen).toHaveLength(13);
    expect(told.at(-1)).toHaveLength(1);
  });

  test("is listened to for longer the longer it is silent: it may only be slow", async () => {
    const slow: Reply = { ...FINE, delayMs: 5_500 };
    const reply = (count: number) => (count <= 3 ? RESET : slow);
    const { client, server } = await patient(reply, 300_000, { requestTimeoutMs: 20_000 });
    await client.get(CONFIG_MAP, WHERE);
    // The first one, those that broke, one that was given up after 5 s, and one that was not.
    expect(server.seen).toHaveLength(6);
  }, 30_000);

  test("is ridden out for 3 s without a word when nothing is to be waited for", async () => {
    const { client, server, told } = await patient(() => RESET, 0);
    const { message } = await failureOf(client.get(CONFIG_MAP, WHERE));
    expect(message).toContain("; it was waited for 3s");
    expect(server.seen.length).toBeGreaterThan(3);
    expect(told).toEqual([]);
  });

  test("that never was there is an error at once", async () => {
    const clock = fakeClock();
    const network = { waitMs: 60_000, onWaiting: () => undefined, onAnswer: () => undefined };
    const text = kubeconfigText({ server: "http://127.0.0.1:1" });
    const client = (await open(text, { clock, network })).withPatience();
    expect((await failureOf(client.get(CONFIG_MAP, WHERE))).code).toBe("CLUSTER_UNREACHABLE");
    expect(clock.sleeps).toEqual([]);
  });

  test("is not waited for by clients that were not told to", async () => {
    const { impatient, told } = await patient(() => RESET, 600_000);
    const { message } = await failureOf(impatient.get(CONFIG_MAP, WHERE));
    expect(message).not.toContain("waited for");
    expect(told).toEqual([]);
  });
});

describe("a request that hangs", () => {
  const HANG: Reply = { hang: true };
  const endless = { requestTimeoutMs: 3_600_000 };

  test("is given up when the cluster has been silent for long enough", async () => {
    const { client } = await patient((count) => (count === 1 ? HANG : RESET), 20_000, endless);
    const hanging = failureOf(client.create(CONFIG_MAP, { metadata: WHERE }));
    await failureOf(client.create(CONFIG_MAP, { metadata: WHERE }));
    expect((await hanging).message).toContain("; it was waited for 20s");
  });

  test("is sent again when others get through after a silence", async () => {
    const reply = (count: number) => (count === 1 ? HANG : count < 9 ? RESET : FINE);
    const { client, told } = await patient(reply, 600_000, endless);
    const hanging = client.create(CONFIG_MAP, { metadata: WHERE });
    await client.create(CONFIG_MAP, { metadata: WHERE });
    expect(await hanging).toMatchObject({ metadata: { name: "m1" } });
    expect(told.at(-1)).toHaveLength(1);
  });
});

test("an answer wakes all who wait", async () => {
  const asleep = Promise.withResolvers<void>();
  const forever: Clock = {
    ...fastClock,
    sleep: (_, signal) => {
      asleep.resolve();
      return new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    },
  };
  const { client, server } = await patient((count) => (count === 1 ? RESET : FINE), 600_000, {
    clock: forever,
  });
  // No read: the runtime itself repeats one on a kept connection that breaks.
  const sleeper = client.create(CONFIG_MAP, { metadata: WHERE });
  await asleep.promise;
  await client.get(CONFIG_MAP, WHERE);
  await sleeper;
  expect(server.seen).toHaveLength(4);
});

test("a server that says no is no silent one", async () => {
  const { client, told } = await patient(() => ({ status: 403 }), 60_000);
  expect(await client.get(CONFIG_MAP, WHERE).catch((error: unknown) => error)).toMatchObject({
    status: 403,
  });
  expect(told).toEqual([]);
});

test("a renewal does not queue behind writes that wait for it", async () => {
  const { client } = await patient(() => FINE, 60_000);
  const renewed = Promise.withResolvers<number>();
  const gated = client.withWriteGate(() => renewed.promise);
  const writes = Array.from({ length: 64 }, () => gated.create(CONFIG_MAP, { metadata: WHERE }));
  const urgent = client.withWriteGate(async () => 1_000, { isUrgent: true });
  await urgent.patch(CONFIG_MAP, WHERE, "merge", {});
  renewed.resolve(1_000);
  await Promise.all(writes);
});
