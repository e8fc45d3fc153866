// A TLS server that demands a client certificate, for tests of the proxies. Keeps ConfigMaps by name and no more.
import { type Authority, createAuthority, type KeyPair } from "../certificates.ts";
import type { UpstreamServer } from "./upstream.ts";

export interface LocalUpstream {
  readonly upstream: UpstreamServer;
  /** `POST /path`, in the order of their arrival. */
  readonly seen: readonly string[];
  stop(): Promise<void>;
}

/** Undefined: the answer of the store. */
export type Override = (request: Request) => Promise<Response | undefined> | Response | undefined;

export interface Identity {
  readonly authority: Authority;
  readonly server: KeyPair;
  readonly admin: KeyPair;
}

export async function createIdentity(): Promise<Identity> {
  const authority = await createAuthority("kubernetes-ca");
  const server = { commonName: "api", ips: ["127.0.0.1"], usages: ["server"] } as const;
  const admin = {
    commonName: "admin",
    organization: "system:masters",
    usages: ["client"],
  } as const;
  return {
    authority,
    server: await authority.issue(server),
    admin: await authority.issue(admin),
  };
}

export function upstreamAt(url: string, { authority, admin }: Identity): UpstreamServer {
  return { url, ca: authority.cert, credentials: admin };
}

export function startUpstream(identity: Identity, override?: Override): LocalUpstream {
  const seen: string[] = [];
  const names = new Set<string>();
  const { authority, server: pair } = identity;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    tls: { ...pair, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
    fetch: async (request) => {
      seen.push(`${request.method} ${new URL(request.url).pathname}`);
      const body = await request.text();
      return (await override?.(request)) ?? stored(request.method, body, names);
    },
  });
  return {
    upstream: upstreamAt(`https://127.0.0.1:${server.port}`, identity),
    seen,
    stop: () => server.stop(true),
  };
}

function stored(method: string, body: string, names: Set<string>): Response {
  if (method !== "POST") return Response.json({ kind: "Status", status: "Success" });
  const object = JSON.parse(body) as { readonly metadata: { readonly name: string } };
  const { name } = object.metadata;
  if (names.has(name)) {
    const message = `configmaps "${name}" already exists`;
    const refusal = { kind: "Status", status: "Failure", code: 409, reason: "AlreadyExists" };
    return Response.json({ ...refusal, message }, { status: 409 });
  }
  names.add(name);
  return Response.json(object, { status: 201 });
}
