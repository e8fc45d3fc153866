// Local servers for tests of the transport: HTTPS with a private authority, on 127.0.0.1 only.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { type KeyPair, selfSignedCertificate } from "../support/certificates.ts";

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface LocalServer {
  readonly url: string;
  /** Every request that was read whole, in order. */
  readonly seen: Seen[];
  close(): void;
}

/** What a test answers; without a status the connection is reset. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Breaks off after these characters of the body. */
  readonly cutAt?: number;
  /** Never answers. */
  readonly hang?: boolean;
  /** Answers after so long. */
  readonly delayMs?: number;
}

export type Handler = (seen: Seen, count: number) => Reply;

const running: LocalServer[] = [];

/** Starts a server; without options it speaks plain http. */
export async function startServer(handler: Handler, options?: ServerOptions): Promise<LocalServer> {
  const seen: Seen[] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
    seen.push(one);
    reply(response, handler(one, seen.length));
  };
  const server =
    options === undefined
      ? createServer((request, response) => void listener(request, response))
      : createTlsServer(options, (request, response) => void listener(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const local = {
    url: `${options === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    seen,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  running.push(local);
  return local;
}

let own: Promise<KeyPair> | undefined;

/** Starts a server that credentials are sent to: it speaks TLS, and `unverified` leads to it. */
export async function startTlsServer(handler: Handler): Promise<LocalServer> {
  own ??= selfSignedCertificate({ commonName: "127.0.0.1", ips: ["127.0.0.1"] });
  return startServer(handler, { ...(await own) });
}

/** Cluster of a kubeconfig for a server whose certificate does not matter. */
export function unverified(server: LocalServer): object {
  return { server: server.url, "insecure-skip-tls-verify": true };
}

/** For afterAll. */
export function closeServers(): void {
  for (const server of running.splice(0)) server.close();
}

function reply(response: ServerResponse, { delayMs, ...answer }: Reply): void {
  if (delayMs === undefined) replyNow(response, answer);
  else setTimeout(() => replyNow(response, answer), delayMs);
}

function replyNow(response: ServerResponse, { status, headers, body, cutAt, hang }: Reply): void {
  if (hang) return;
  if (status === undefined) {
    response.socket?.destroy();
    return;
  }
  const text = typeof body === "string" ? body : JSON.stringify(body ?? {});
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(text)),
    ...headers,
  });
  if (cutAt === undefined) {
    response.end(text);
    return;
  }
  response.write(text.slice(0, cutAt), () => response.socket?.destroy());
}

/** A Status object as an API server sends it. */
export function status(code: number, reason: string, message: string): Reply {
  return {
    status: code,
    body: { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message },
  };
}

/** A kubeconfig with one context `there`. */
export function kubeconfigText(cluster: object, user: object = {}): string {
  return JSON.stringify({
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
    contexts: [{ name: "there", context: { cluster: "c", user: "u" } }],
    "current-context": "there",
  });
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
