// One Bun.FetchSession per connection and client certificate, TLS and proxy always explicit, because the runtime's
// environment variables (NODE_TLS_REJECT_UNAUTHORIZED, ALL_PROXY) must not decide. What fetch cannot do goes another way.
import {
  endOf,
  type HttpAnswer,
  type HttpRequest,
  headerText,
  KEEP_ALIVE,
  type TransportOptions,
  tlsOptions,
} from "./http.ts";
import type { NodeTransport } from "./node-transport.ts";
import type { KeyPairPem } from "./tls-material.ts";

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;
/** An API server would spend more on compressing a long list than the list costs between two processes. */
const UNCOMPRESSED = { "Accept-Encoding": "identity" };

function isOnThisMachine({ server, proxyUrl }: TransportOptions): boolean {
  return proxyUrl === undefined && LOOPBACK.test(server.hostname);
}

/** Sends requests as they are and throws what fetch throws; who calls it gives errors their words. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #base: string;
  /** On top of a request's own. */
  readonly #headers: Readonly<Record<string, string>>;
  #session: Bun.FetchSession | undefined;
  #client: KeyPairPem | undefined;
  #other: Promise<NodeTransport> | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#base = `${options.server.origin}${options.server.pathname.replace(/\/$/, "")}`;
    this.#headers = isOnThisMachine(options) ? UNCOMPRESSED : {};
  }

  /**
   * An abort of `request.signal` rejects with its reason. An attempt that is given up resets its connection: what the
   * kernel still held back of it is never sent.
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    request.signal?.throwIfAborted();
    const headers = singleValues(request);
    if (headers === undefined || isSocks(this.#options.proxyUrl)) {
      return (await this.#beyondFetch()).send(request);
    }
    const signal = endOf(request);
    const response = await this.#sessionFor(request.client).fetch(`${this.#base}${request.path}`, {
      method: request.method,
      headers: { ...this.#headers, ...headers },
      redirect: "manual",
      // Bun's own idle timeout of five minutes would overrule a longer time-out of ours.
      timeout: false,
      ...bodyOf(request),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  close(): void {
    this.#session?.close();
    void this.#other?.then((transport) => transport.close());
  }

  #beyondFetch(): Promise<NodeTransport> {
    this.#other ??= import("./node-transport.ts").then(
      ({ NodeTransport: Other }) => new Other(this.#options),
    );
    return this.#other;
  }

  /** A renewed client certificate needs new connections; requests in flight finish on the old ones. */
  #sessionFor(client: KeyPairPem | undefined): Bun.FetchSession {
    if (this.#session !== undefined && this.#client === client) return this.#session;
    this.#session?.close();
    const { tls, proxyUrl } = this.#options;
    const session = new Bun.FetchSession({
      tls: {
        ...tlsOptions(tls, client),
        ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
      },
      proxy: proxyUrl === undefined ? false : { url: proxyUrl, respectNoProxy: false },
      keepAlive: KEEP_ALIVE,
    });
    this.#session = session;
    this.#client = client;
    return session;
  }
}

/** Undefined when there is a header with several: fetch would make one of them, `a, b`. */
function singleValues({ headers }: HttpRequest): Readonly<Record<string, string>> | undefined {
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const [first = "", ...rest] = typeof value === "string" ? [value] : value;
    if (rest.length > 0) return undefined;
    single[name] = headerText(first);
  }
  return single;
}

function isSocks(proxyUrl: string | undefined): boolean {
  return proxyUrl?.startsWith("socks") ?? false;
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
