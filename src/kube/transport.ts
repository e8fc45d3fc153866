// The only fetch. One Bun.FetchSession per connection and client certificate, TLS and proxy always explicit,
// because the runtime's environment variables (NODE_TLS_REJECT_UNAUTHORIZED, ALL_PROXY) must not decide.
import type { ServerTls } from "./kubeconfig.ts";
import type { KeyPairPem } from "./tls-material.ts";

export interface TransportOptions {
  readonly server: URL;
  readonly tls: ServerTls;
  readonly proxyUrl: string | undefined;
}

export interface HttpRequest {
  readonly method: string;
  /** Path and query below the server's URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly client?: KeyPairPem | undefined;
  /** Headers and body together; 0: none. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Seconds a socket stays open unused, and how many; Bun pools 64 at most. */
const KEEP_ALIVE = { idleTimeout: 90, maxIdleSockets: 64 };

/** Sends requests as they are and throws what fetch throws; who calls it gives errors their words. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #base: string;
  #session: Bun.FetchSession | undefined;
  #client: KeyPairPem | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#base = `${options.server.origin}${options.server.pathname.replace(/\/$/, "")}`;
  }

  /**
   * An abort of `request.signal` rejects with its reason. An attempt that is given up resets its connection: what the
   * kernel still held back of it is never sent.
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    request.signal?.throwIfAborted();
    const response = await this.#sessionFor(request.client).fetch(`${this.#base}${request.path}`, {
      method: request.method,
      headers: request.headers,
      redirect: "manual",
      // Bun's own idle timeout of five minutes would overrule a longer time-out of ours.
      timeout: false,
      ...bodyOf(request),
      ...deadline(request),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  close(): void {
    this.#session?.close();
  }

  /** A renewed client certificate needs new connections; requests in flight finish on the old ones. */
  #sessionFor(client: KeyPairPem | undefined): Bun.FetchSession {
    if (this.#session !== undefined && this.#client === client) return this.#session;
    this.#session?.close();
    const { tls, proxyUrl } = this.#options;
    const session = new Bun.FetchSession({
      tls: {
        rejectUnauthorized: tls.rejectUnauthorized,
        ...(tls.ca === undefined ? {} : { ca: tls.ca }),
        ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
        ...(client === undefined ? {} : { cert: client.cert, key: client.key }),
      },
      proxy: proxyUrl === undefined ? false : { url: proxyUrl, respectNoProxy: false },
      keepAlive: KEEP_ALIVE,
    });
    this.#session = session;
    this.#client = client;
    return session;
  }
}

/**
 * Bun sends GET, DELETE and PUT a second time on its own when a kept connection breaks before the answer; not when the
 * body is a stream. A write must never go out unasked: its sender may have lost the right to it meanwhile.
 */
function bodyOf({ method, body }: HttpRequest): { body?: string | ReadableStream<Uint8Array> } {
  if (body === undefined) return {};
  return ["DELETE", "PUT"].includes(method) ? { body: streamOf(body) } : { body };
}

function streamOf(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
}

function deadline({ timeoutMs, signal }: HttpRequest): { signal?: AbortSignal } {
  const signals = [
    ...(signal === undefined ? [] : [signal]),
    ...(timeoutMs > 0 ? [AbortSignal.timeout(timeoutMs)] : []),
  ];
  return signals.length === 0 ? {} : { signal: AbortSignal.any(signals) };
}
