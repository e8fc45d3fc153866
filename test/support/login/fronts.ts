// Servers in front of an API server for what it cannot do itself: basic auth, which Kubernetes no longer has, and plain
// http. The API server trusts the first as an authenticating proxy.
import type { KeyPair } from "../certificates.ts";

export interface Front {
  readonly url: string;
  stop(): Promise<void>;
}

export interface FrontOptions {
  /** Where requests go. */
  readonly upstream: string;
  readonly ca: string;
  /** Its own certificate; plain http without. */
  readonly tls?: KeyPair;
  /** With which it vouches for users. */
  readonly client?: KeyPair;
}

/** Passes requests on as they are; for basic auth says who it is, whatever the password. */
export function startFront({ upstream, ca, tls, client }: FrontOptions): Front {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    ...(tls === undefined ? {} : { tls: { cert: tls.cert, key: tls.key } }),
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.delete("host");
      vouch(headers);
      const answer = await fetch(`${upstream}${pathname}${search}`, {
        method: request.method,
        headers,
        body: await request.arrayBuffer(),
        tls: { ca, ...(client === undefined ? {} : { cert: client.cert, key: client.key }) },
        proxy: false,
      });
      return new Response(await answer.arrayBuffer(), {
        status: answer.status,
        headers: { "content-type": answer.headers.get("content-type") ?? "text/plain" },
      });
    },
  });
  const scheme = tls === undefined ? "http" : "https";
  return { url: `${scheme}://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
}

/** The bytes of UTF-8 go through as they are. */
function vouch(headers: Headers): void {
  const [, basic] = /^Basic (\S+)$/.exec(headers.get("authorization") ?? "") ?? [];
  if (basic === undefined) return;
  headers.delete("authorization");
  headers.set("x-remote-user", `basic ${Buffer.from(basic, "base64").toString("latin1")}`);
}
