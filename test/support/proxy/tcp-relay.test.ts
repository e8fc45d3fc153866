import { afterEach, expect, test } from "bun:test";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { startRelay, type TcpRelay } from "./tcp-relay.ts";

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function relayTo(onConnection: (socket: Socket) => void, delayMs = 0): Promise<TcpRelay> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  const port = await listen(server);
  const relay = await startRelay({
    host: "127.0.0.1",
    port,
    delayMs: { up: delayMs, down: delayMs },
  });
  stops.push(async () => server.close(), relay.stop);
  return relay;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function dial(relay: TcpRelay): Socket {
  return connect({ host: "127.0.0.1", port: relay.port, allowHalfOpen: true, noDelay: true });
}

const echo = (socket: Socket): unknown => socket.pipe(socket);

async function errorCodeOf(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.once("end", () => resolve("end"));
  });
}

test.each([0, 3])("eight megabytes pass in order with a delay of %i ms", async (delayMs) => {
  const relay = await relayTo(echo, delayMs);
  const bytes = Buffer.alloc(8 << 20, "0123456789abcdef!");
  const socket = dial(relay);
  socket.end(bytes);
  expect((await buffer(socket)).equals(bytes)).toBe(true);
});

test("chunks that follow each other do not wait for each other", async () => {
  const relay = await relayTo(echo, 50);
  const socket = dial(relay);
  const startedAt = performance.now();
  for (let count = 0; count < 10; count++) {
    socket.write(`${count}`);
    await setImmediate();
  }
  socket.end();
  expect(await text(socket)).toBe("0123456789");
  const took = performance.now() - startedAt;
  expect(took).toBeGreaterThanOrEqual(100);
  expect(took).toBeLessThan(200);
});

test("a client that has no more to say still gets its answer", async () => {
  const relay = await relayTo((socket) => {
    socket.resume().once("end", () => socket.end("answer"));
  });
  const socket = dial(relay);
  socket.end("question");
  expect(await text(socket)).toBe("answer");
});

test("a connection is reset by the port that the server sees", async () => {
  const ports: (number | undefined)[] = [];
  const relay = await relayTo((socket) => {
    ports.push(socket.remotePort);
    echo(socket);
  });
  const [one, other] = [dial(relay), dial(relay)];
  one.write("1");
  await once(one, "data");
  other.write("2");
  await once(other, "data");
  expect(relay.connections).toBe(2);
  const code = errorCodeOf(one);
  expect(relay.reset(ports[0] ?? 0)).toBe(true);
  expect(await code).toBe("ECONNRESET");
  other.write("3");
  expect(String((await once(other, "data"))[0])).toBe("3");
  expect(relay.reset(ports[0] ?? 0)).toBe(false);
  other.destroy();
});

test("a reset of the server reaches the client", async () => {
  const relay = await relayTo((socket) => {
    socket.once("data", () => socket.resetAndDestroy());
  });
  const socket = dial(relay);
  socket.write("1");
  expect(await errorCodeOf(socket)).toBe("ECONNRESET");
});

test("nobody behind it is a reset", async () => {
  const server = createServer();
  const port = await listen(server);
  server.close();
  const relay = await startRelay({ host: "127.0.0.1", port, delayMs: { up: 0, down: 0 } });
  stops.push(relay.stop);
  expect(await errorCodeOf(dial(relay))).toBe("ECONNRESET");
});

test("stop ends what is open", async () => {
  const relay = await relayTo(echo);
  const socket = dial(relay);
  socket.write("1");
  await once(socket, "data");
  const code = errorCodeOf(socket);
  await relay.stop();
  expect(await code).toBe("ECONNRESET");
  expect(relay.connections).toBe(0);
});

test("a silent network passes nothing, and everything when it is over", async () => {
  const heard: string[] = [];
  const relay = await relayTo((socket) =>
    socket.on("data", (chunk) => {
      heard.push(String(chunk));
      socket.write(chunk);
    }),
  );
  const open = dial(relay);
  open.write("before");
  await once(open, "data");
  const restore = relay.cut("silence");
  const fresh = dial(relay);
  open.write("kept");
  fresh.write("fresh");
  await Bun.sleep(100);
  expect(heard).toEqual(["before"]);
  const answers = Promise.all([once(open, "data"), once(fresh, "data")]);
  await restore();
  expect((await answers).map(String)).toEqual(["kept", "fresh"]);
  open.destroy();
  fresh.destroy();
});

test("a network that refuses resets what is open, and listens again when it is over", async () => {
  const relay = await relayTo(echo);
  const open = dial(relay);
  open.write("before");
  await once(open, "data");
  const broken = errorCodeOf(open);
  const restore = relay.cut("refuse");
  expect(await broken).toBe("ECONNRESET");
  expect(await errorCodeOf(dial(relay))).toBe("ECONNREFUSED");
  await restore();
  const again = dial(relay);
  again.end("after");
  expect(await text(again)).toBe("after");
});
