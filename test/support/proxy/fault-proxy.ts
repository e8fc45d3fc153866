// Stands between the program and a real API server and does to requests what a test asks for; all else passes as it
// came. A request is read whole before anything is decided, an answer is streamed unless a rule waits for its end.
// Not on a proxy library such as httpxy, which ends a request to the server when the client goes: writes must get there.
import { EventEmitter, once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority } from "../certificates.ts";
import { arrivedRequest, bodyOf } from "./arrived-request.ts";
import { Exchange, type Outcome } from "./exchange.ts";
import {
  type ArrivedRequest,
  EveryWrite,
  type Rule,
  RuleSet,
  type Selector,
  type WriteCounter,
} from "./fault-rules.ts";
import { kubeconfigFor } from "./proxy-kubeconfig.ts";
import { type Cut, startRelay, type TcpRelay } from "./tcp-relay.ts";
import { Upstream, type UpstreamServer } from "./upstream.ts";

export interface FaultProxyOptions {
  readonly upstream: UpstreamServer;
  /** Who numbers the writes; default: every write of this proxy, from 1. Another one may number those of several. */
  readonly counter?: WriteCounter;
}

export interface RecordedRequest
  extends Pick<ArrivedRequest, "method" | "path" | "query" | "isWrite" | "writeNumber"> {
  readonly requestBytes: number;
  /** As `performance.now()`. */
  readonly startedAt: number;
  /** Undefined while it is on its way, like `outcome`. */
  readonly finishedAt: number | undefined;
  readonly outcome: Outcome | undefined;
  /** What the client got, undefined without an answer. */
  readonly status: number | undefined;
  /** What the server answered, undefined when it was not asked. */
  readonly serverStatus: number | undefined;
}

/** Requests that wait in front of the server. */
export interface Hold {
  /** Resolves with the first request that waits. */
  readonly arrived: Promise<ArrivedRequest>;
  /** Lets them go, and holds no more. */
  release(): void;
}

export interface FaultProxy {
  /** `https://127.0.0.1:port`. */
  readonly url: string;
  /** PEM of the authority behind the proxy's certificate. */
  readonly ca: string;
  /** With a token that nobody checks: the server sees the credentials of `upstream`. */
  kubeconfig(): string;
  /** In the order of their arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Until the function it returns is called. */
  on(rule: Rule): () => void;
  hold(selector: Selector): Hold;
  /** The network between clients and proxy, until the function it returns is called. */
  cut(way: Cut): () => Promise<void>;
  /** Resolves when no client is connected: the proxy has seen a killed program go. */
  clientsGone(): Promise<void>;
  /** Resolves when, besides, no write is on its way: what a killed program sent has been answered. */
  quiet(): Promise<void>;
  /** Forgets requests, numbers of writes and rules. */
  reset(): void;
  /** Resets all connections; fails when a callback of a rule failed. */
  stop(): Promise<void>;
}

/** Listens as soon as it resolves. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const authority = await createAuthority("fault-proxy");
  const { cert, key } = await authority.issue({
    commonName: "fault-proxy",
    ips: ["127.0.0.1"],
    dns: ["localhost"],
    usages: ["server"],
  });
  const server = createServer({ cert, key });
  // A request may be held for as long as a test likes, and a closed idle connection would look like a fault.
  Object.assign(server, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, timeout: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const changes = new EventEmitter<{ readonly change: [] }>();
  const relay = await startRelay({
    host: "127.0.0.1",
    port,
    delayMs: { up: 0, down: 0 },
    onClosed: () => changes.emit("change"),
  });
  const upstream = new Upstream(options.upstream);
  const counter = options.counter ?? new EveryWrite();
  return new RunningProxy({ server, relay, upstream, changes, counter, ca: authority.cert });
}

interface Parts {
  readonly server: Server;
  readonly relay: TcpRelay;
  readonly upstream: Upstream;
  /** A client went, or a request ended. */
  readonly changes: EventEmitter<{ readonly change: [] }>;
  readonly counter: WriteCounter;
  readonly ca: string;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

class RunningProxy implements FaultProxy {
  readonly url: string;
  readonly ca: string;
  readonly #parts: Parts;
  readonly #rules = new RuleSet();
  readonly #callbackErrors: unknown[] = [];
  #requests: RecordedRequest[] = [];
  #connections = 0;
  #writesOnTheirWay = 0;

  constructor(parts: Parts) {
    const { server, relay, changes, ca } = parts;
    this.url = `https://127.0.0.1:${relay.port}`;
    this.ca = ca;
    this.#parts = parts;
    server.on("secureConnection", (socket) => {
      this.#connections++;
      socket.once("close", () => {
        this.#connections--;
        changes.emit("change");
      });
    });
    server.on("request", (request, response) => void this.#serve(request, response));
  }

  get requests(): readonly RecordedRequest[] {
    return this.#requests;
  }

  kubeconfig(): string {
    return kubeconfigFor(this.url, this.ca);
  }

  on(rule: Rule): () => void {
    return this.#rules.add(rule);
  }

  hold(selector: Selector): Hold {
    const arrived = Promise.withResolvers<ArrivedRequest>();
    const released = Promise.withResolvers<void>();
    const remove = this.on({
      ...selector,
      before: (request) => {
        arrived.resolve(request);
        return released.promise;
      },
    });
    return {
      arrived: arrived.promise,
      release: () => {
        remove();
        released.resolve();
      },
    };
  }

  cut(way: Cut): () => Promise<void> {
    return this.#parts.relay.cut(way);
  }

  clientsGone(): Promise<void> {
    return this.#until(() => !this.#hasClients());
  }

  quiet(): Promise<void> {
    return this.#until(() => !this.#hasClients() && this.#writesOnTheirWay === 0);
  }

  reset(): void {
    this.#requests = [];
    this.#parts.counter.reset();
    this.#rules.clear();
  }

  async stop(): Promise<void> {
    const { server, relay, upstream } = this.#parts;
    server.close();
    await relay.stop();
    server.closeAllConnections();
    upstream.close();
    if (this.#callbackErrors.length > 0) {
      throw new AggregateError(this.#callbackErrors, "callbacks of rules failed");
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const body = await bodyOf(request);
    if (body === undefined) return;
    const described = arrivedRequest(request, body);
    const writeNumber = described.isWrite ? this.#parts.counter.next(described) : undefined;
    const arrived = { ...described, writeNumber };
    const record = newRecord(arrived, startedAt);
    this.#requests.push(record);
    const isWrite = arrived.isWrite;
    if (isWrite) this.#writesOnTheirWay++;
    const exchange = new Exchange(request, response, arrived, {
      upstream: this.#parts.upstream,
      reset: () => {
        this.#parts.relay.reset(request.socket.remotePort ?? 0);
      },
      callbackFailed: (error) => {
        this.#callbackErrors.push(error);
      },
    });
    Object.assign(record, await exchange.run(this.#rulesFor(arrived)));
    record.finishedAt = performance.now();
    if (isWrite) this.#writesOnTheirWay--;
    this.#parts.changes.emit("change");
  }

  #rulesFor(arrived: ArrivedRequest): readonly Rule[] {
    try {
      return this.#rules.applyingTo(arrived);
    } catch (error) {
      this.#callbackErrors.push(error);
      return [];
    }
  }

  #hasClients(): boolean {
    return this.#connections > 0 || this.#parts.relay.connections > 0;
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await once(this.#parts.changes, "change");
  }
}

function newRecord(arrived: ArrivedRequest, startedAt: number): Writable<RecordedRequest> {
  const { method, path, query, isWrite, writeNumber, body } = arrived;
  return {
    ...{ method, path, query, isWrite, writeNumber, requestBytes: body.length, startedAt },
    ...{ finishedAt: undefined, outcome: undefined, status: undefined, serverStatus: undefined },
  };
}
