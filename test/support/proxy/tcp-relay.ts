// Passes TCP connections on to another port, byte for byte, after a fixed delay in each direction. Both proxies stand
// on it: one for its delay, one because only the holder of the bare socket can reset a connection that speaks TLS.
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export interface RelayOptions {
  readonly host: string;
  readonly port: number;
  /** Whole milliseconds: timers are exact to a tenth of one then, and early otherwise. */
  readonly delayMs: { readonly up: number; readonly down: number };
  /** After each connection that closed. */
  readonly onClosed?: () => void;
}

/** A listener on 127.0.0.1. */
export interface TcpRelay {
  readonly port: number;
  /** Open now. */
  readonly connections: number;
  /** Resets the connection that reaches the other side from this port; false when there is none. */
  reset(portSeenByServer: number): boolean;
  /** Until the function it returns is called. */
  cut(way: Cut): () => Promise<void>;
  /** Resets what is open and listens no more. */
  stop(): Promise<void>;
}

/**
 * `refuse`: open connections are reset, new ones refused, as by a host whose server is gone.
 * `silence`: nothing passes in either direction, and what was said meanwhile arrives when it is over, as through a network
 * that is dead for a while and has somebody in it who keeps what he was given.
 */
export type Cut = "refuse" | "silence";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

type Act = () => void;

/** Listens as soon as it resolves. */
export async function startRelay(options: RelayOptions): Promise<TcpRelay> {
  const pairs = new Set<Pair>();
  const byServerPort = new Map<number, Pair>();
  // Half open, because "no more to say" must reach the other side as exactly that.
  let isSilent = false;
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const { host, port, delayMs } = options;
    const server = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const pair = { client, server };
    pairs.add(pair);
    server.once("connect", () => {
      const { localPort } = server;
      if (localPort === undefined) return;
      byServerPort.set(localPort, pair);
      server.once("close", () => byServerPort.delete(localPort));
    });
    client.once("close", () => {
      pairs.delete(pair);
      options.onClosed?.();
    });
    forward(client, server, delayMs.up);
    forward(server, client, delayMs.down);
    if (isSilent) pause(pair);
  });
  await listening(listener);
  const { port } = listener.address() as AddressInfo;
  const resetAll = (): void => {
    for (const { client, server } of pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  };
  const cuts: Readonly<Record<Cut, () => () => Promise<void>>> = {
    silence: () => {
      isSilent = true;
      for (const pair of pairs) pause(pair);
      return async () => {
        isSilent = false;
        for (const { client, server } of pairs) {
          client.resume();
          server.resume();
        }
      };
    },
    refuse: () => {
      listener.close();
      resetAll();
      return () => listening(listener, port);
    },
  };
  return {
    port,
    get connections() {
      return pairs.size;
    },
    reset: (portSeenByServer) => {
      const pair = byServerPort.get(portSeenByServer);
      pair?.client.resetAndDestroy();
      return pair !== undefined;
    },
    cut: (way) => cuts[way](),
    stop: async () => {
      const closed = new Promise<void>((resolve) => {
        listener.close(() => resolve());
      });
      resetAll();
      await closed;
    },
  };
}

function listening(listener: Server, port = 0): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(port, "127.0.0.1", resolve);
  });
}

function pause({ client, server }: Pair): void {
  client.pause();
  server.pause();
}

function forward(from: Socket, to: Socket, delayMs: number): void {
  const later = delayLine(delayMs);
  from.on("data", (chunk) => later(() => to.write(chunk)));
  from.on("end", () => later(() => to.end()));
  // Whoever broke a connection off is seen to have done so on the other side too.
  from.on("close", (hadError) => later(() => (hadError ? to.resetAndDestroy() : to.end())));
  // "close" follows and does the work.
  from.on("error", () => undefined);
}

/** One timer per act, each does the oldest one left: many are on their way at once, and none overtakes another. */
function delayLine(delayMs: number): (act: Act) => void {
  if (delayMs === 0) return (act) => act();
  const queue: Act[] = [];
  return (act) => {
    queue.push(act);
    setTimeout(() => queue.shift()?.(), delayMs);
  };
}
