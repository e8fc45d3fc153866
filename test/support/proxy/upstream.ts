// One request to the API server behind the proxy, with the proxy's own credentials and everything else as it came.
import type { IncomingMessage } from "node:http";
import { Agent, request as send } from "node:https";

/** An API server and who may do everything there; PEM text. */
export interface UpstreamServer {
  readonly url: string;
  readonly ca: string;
  /** A token costs an API server less: a certificate it checks with every request. */
  readonly credentials:
    | { readonly cert: string; readonly key: string }
    | { readonly token: string };
}

/** Of one connection and no concern of the other; or, for the body, said anew. The proxy's credentials replace the token. */
const NOT_PASSED_ON = new Set([
  "authorization",
  "connection",
  "content-length",
  "keep-alive",
  "transfer-encoding",
]);

/** Keeps connections; sends nothing twice. */
export class Upstream {
  readonly #agent: Agent;
  readonly #at: { readonly host: string; readonly port: string };
  readonly #credentials: readonly string[];

  constructor({ url, ca, credentials }: UpstreamServer) {
    const { hostname, port } = new URL(url);
    this.#at = { host: hostname, port };
    const isToken = "token" in credentials;
    this.#credentials = isToken ? ["Authorization", `Bearer ${credentials.token}`] : [];
    this.#agent = new Agent({
      keepAlive: true,
      maxFreeSockets: 256,
      ca,
      ...(isToken ? {} : credentials),
      rejectUnauthorized: true,
    });
  }

  /** Resolves with the head of the answer; an abort destroys request and answer. */
  ask(
    request: IncomingMessage,
    body: Buffer,
    signal: AbortSignal | undefined,
  ): Promise<IncomingMessage> {
    const { method, url: path, rawHeaders } = request;
    const hasBody = body.length > 0 || request.headers["content-length"] !== undefined;
    const headers = [
      ...pairsOf(rawHeaders).flatMap(([name, value]) =>
        NOT_PASSED_ON.has(name.toLowerCase()) ? [] : [name, value],
      ),
      ...this.#credentials,
      ...(hasBody ? ["Content-Length", String(body.length)] : []),
    ];
    return new Promise((resolve, reject) => {
      const sent = send(
        { ...this.#at, agent: this.#agent, method, path, headers, ...(signal && { signal }) },
        (answer) => resolve(answer),
      );
      sent.once("error", reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

const HOP_BY_HOP = new Set(["connection", "keep-alive"]);

/** Names in their own case, repeated ones repeated. */
export function answerHeaders(answer: IncomingMessage): readonly string[] {
  return pairsOf(answer.rawHeaders).flatMap(([name, value]) =>
    HOP_BY_HOP.has(name.toLowerCase()) ? [] : [name, value],
  );
}

function pairsOf(flat: readonly string[]): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = [];
  for (let at = 0; at < flat.length; at += 2) pairs.push([flat[at] ?? "", flat[at + 1] ?? ""]);
  return pairs;
}
