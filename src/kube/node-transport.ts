// Requests that fetch cannot make, through Node's client: several headers of one name, which impersonation of several
// groups needs, and SOCKS proxies. Nothing is ever sent twice, and connections are kept and reset as Bun's are.
import { type ClientRequest, type IncomingMessage, Agent as PlainAgent, request } from "node:http";
import { request as requestTls, Agent as TlsAgent } from "node:https";
import { isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import {
  endOf,
  type HttpAnswer,
  type HttpHeaders,
  type HttpRequest,
  headerText,
  KEEP_ALIVE,
  type ServerTls,
  type TransportOptions,
  tlsOptions,
} from "./http.ts";
import type { KeyPairPem } from "./tls-material.ts";
import { openTunnel } from "./tunnel.ts";

const POOL = { keepAlive: true, maxSockets: KEEP_ALIVE.maxIdleSockets };

/** Rejects with what Node's client fails with, or the reason of the abort. */
export class NodeTransport {
  readonly #options: TransportOptions;
  #agent: PlainAgent | undefined;
  #client: KeyPairPem | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  send(sent: HttpRequest): Promise<HttpAnswer> {
    const { server } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const start = server.protocol === "https:" ? requestTls : request;
    const base = `${server.origin}${server.pathname.replace(/\/$/, "")}`;
    const outgoing = start(`${base}${sent.path}`, {
      method: sent.method,
      headers: { ...linesOf(sent.headers), ...lengthOf(sent) },
      agent: this.#agentFor(sent.client),
    });
    outgoing.on("response", (response) => {
      readAnswer(response).then(resolve, reject);
    });
    outgoing.on("error", reject);
    resetAtEnd(outgoing, endOf(sent), reject);
    outgoing.end(sent.body);
    return promise;
  }

  close(): void {
    this.#agent?.destroy();
  }

  #agentFor(client: KeyPairPem | undefined): PlainAgent {
    if (this.#agent !== undefined && this.#client === client) return this.#agent;
    const { server, tls, proxyUrl } = this.#options;
    const agent =
      server.protocol === "https:"
        ? tlsAgent(tls, client, proxyUrl)
        : plainAgent(server, tls, proxyUrl);
    this.#agent = agent;
    this.#client = client;
    return agent;
  }
}

/** Where the agent wants to connect to; Node's own types do not name the half of it. */
interface Goal {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
}

type Connected = (error: Error | null, socket: Socket) => void;

function tlsAgent(
  tls: ServerTls,
  client: KeyPairPem | undefined,
  proxyUrl: string | undefined,
): PlainAgent {
  const { serverName } = tls;
  const named = serverName === undefined ? {} : { servername: serverName };
  const options = { ...tlsOptions(tls, client), ...named };
  const agent = new TlsAgent({ ...POOL, ...options });
  if (proxyUrl === undefined) return agent;
  return throughTunnel(agent, async (goal) => {
    const host = goal.host ?? "";
    const socket = await openTunnel(proxyUrl, { host, port: Number(goal.port) }, tls);
    return secured(connectTls({ ...options, ...nameOf(host), ...named, socket }));
  });
}

function plainAgent(server: URL, tls: ServerTls, proxyUrl: string | undefined): PlainAgent {
  const agent = new PlainAgent(POOL);
  if (proxyUrl === undefined) return agent;
  const port = Number(server.port) || 80;
  return throughTunnel(agent, ({ host }) => openTunnel(proxyUrl, { host: host ?? "", port }, tls));
}

function throughTunnel(agent: PlainAgent, open: (goal: Goal) => Promise<Socket>): PlainAgent {
  return Object.assign(agent, {
    createConnection: (goal: Goal, connected: Connected): undefined => {
      open(goal).then(
        (socket) => connected(null, socket),
        (error: Error) => connected(error, undefined as never),
      );
    },
  });
}

/** An address is verified too, but never named in the handshake. */
function nameOf(host: string): object {
  return isIP(host) === 0 ? { servername: host, host } : { host };
}

function secured(socket: TLSSocket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once("secureConnect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** An attempt that is given up resets its connection: what the kernel still held back of it is never sent. */
function resetAtEnd(
  outgoing: ClientRequest,
  end: AbortSignal | undefined,
  reject: (reason: unknown) => void,
): void {
  if (end === undefined) return;
  const onAbort = (): void => {
    reject(end.reason);
    outgoing.socket?.resetAndDestroy();
    outgoing.destroy();
  };
  end.addEventListener("abort", onAbort, { once: true });
  outgoing.once("close", () => end.removeEventListener("abort", onAbort));
}

function linesOf(headers: HttpHeaders): Record<string, string | string[]> {
  const lines = Object.entries(headers).map(([name, value]) => [
    name,
    typeof value === "string" ? headerText(value) : value.map(headerText),
  ]);
  return Object.fromEntries(lines);
}

/** Said beforehand, so that no server sees a body in chunks. */
function lengthOf({ body }: HttpRequest): Record<string, string> {
  return body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(response.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  return { status: response.statusCode ?? 0, headers, text };
}
