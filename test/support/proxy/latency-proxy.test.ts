import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { startLatencyProcess } from "./latency-process.ts";
import { startLatencyProxy } from "./latency-proxy.ts";
import { createIdentity, type LocalUpstream, startUpstream } from "./local-upstream.ts";

const ROUND_TRIP_MS = 20;
/** What two timers, two loops and a busy machine may add. */
const SLACK_MS = 15;

let server: LocalUpstream;
let port: number;
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  const identity = await createIdentity();
  server = startUpstream(identity);
  port = Number(new URL(server.upstream.url).port);
  stops.push(server.stop);
});

afterAll(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** TLS is end to end: the certificates are those of the server and its client. */
function askThrough(proxyPort: number): { ask(): Promise<number>; close(): void } {
  const { ca, credentials } = server.upstream;
  const session = new Bun.FetchSession({
    tls: { ca, ...credentials, rejectUnauthorized: true },
    proxy: false,
    keepAlive: { maxIdleSockets: 64 },
  });
  const ask = async (): Promise<number> => {
    const startedAt = performance.now();
    const answer = await session.fetch(`https://127.0.0.1:${proxyPort}/version`);
    await answer.text();
    return performance.now() - startedAt;
  };
  return { ask, close: () => session.close() };
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

test("a request takes the round trip longer, and 64 at once hardly more than one", async () => {
  const proxy = await startLatencyProxy({ host: "127.0.0.1", port, roundTripMs: ROUND_TRIP_MS });
  const { ask, close } = askThrough(proxy.port);
  const wave = (): Promise<unknown> => Promise.all(Array.from({ length: 64 }, ask));
  // Connections are made first: handshakes take round trips of their own.
  await wave();
  expect(proxy.connections).toBe(64);
  const one = await ask();
  expect(one).toBeGreaterThanOrEqual(ROUND_TRIP_MS);
  expect(one).toBeLessThan(ROUND_TRIP_MS + SLACK_MS);
  const all = await timeOf(wave);
  expect(all).toBeGreaterThanOrEqual(ROUND_TRIP_MS);
  expect(all).toBeLessThan(2 * ROUND_TRIP_MS + SLACK_MS);
  close();
  await proxy.stop();
});

test("it runs in a process of its own and ends", async () => {
  const line = await startLatencyProcess({ host: "127.0.0.1", port, roundTripMs: ROUND_TRIP_MS });
  const { ask, close } = askThrough(line.port);
  await ask();
  expect(await ask()).toBeGreaterThanOrEqual(ROUND_TRIP_MS);
  close();
  await line.stop();
  const gone = new Promise((resolve) => {
    connect(line.port, "127.0.0.1").once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code);
    });
  });
  expect(await gone).toBe("ECONNREFUSED");
});
