// What a request to a server is, and what comes back: the words that transports and whoever uses them share.
import type { KeyPairPem } from "./tls-material.ts";

/** Several values make several lines with the same name. Text beyond ASCII is sent as UTF-8, as Go does. */
export type HttpHeaders = Readonly<Record<string, string | readonly string[]>>;

/** Always explicit, so that no environment variable of the runtime decides. */
export interface ServerTls {
  readonly ca: string | undefined;
  readonly serverName: string | undefined;
  readonly rejectUnauthorized: boolean;
}

export interface TransportOptions {
  readonly server: URL;
  readonly tls: ServerTls;
  /** Of http, https or SOCKS 5. */
  readonly proxyUrl: string | undefined;
}

export interface HttpRequest {
  readonly method: string;
  /** Path and query below the server's URL. */
  readonly path: string;
  readonly headers: HttpHeaders;
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
export const KEEP_ALIVE = { idleTimeout: 90, maxIdleSockets: 64 };

/** Ends a request: the time-out, or whoever wants it ended. */
export function endOf({ timeoutMs, signal }: HttpRequest): AbortSignal | undefined {
  const signals = [
    ...(signal === undefined ? [] : [signal]),
    ...(timeoutMs > 0 ? [AbortSignal.timeout(timeoutMs)] : []),
  ];
  return signals.length === 0 ? undefined : AbortSignal.any(signals);
}

/** The bytes of UTF-8, each as one character: what a header may hold. */
export function headerText(value: string): string {
  return Buffer.from(value).toString("latin1");
}

/** Certificates of the other side and of ours, as Node and Bun take them. */
export function tlsOptions(tls: ServerTls, client: KeyPairPem | undefined) {
  return {
    rejectUnauthorized: tls.rejectUnauthorized,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(client === undefined ? {} : { cert: client.cert, key: client.key }),
  };
}
