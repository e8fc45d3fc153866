// Connections to one API server as one user, with real TLS both ways.
import type { ClusterFacts, ClusterUser } from "./cluster-facts.ts";

export interface ApiRequest {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Sends one request; the answer's body may be a stream that never ends. */
export type ApiSession = (path: string, request?: ApiRequest) => Promise<Response>;

export function openSession(
  facts: Pick<ClusterFacts, "url" | "authority">,
  user: ClusterUser,
): ApiSession {
  const { credentials } = user;
  const isToken = "token" in credentials;
  const session = new Bun.FetchSession({
    tls: {
      ca: facts.authority.cert,
      ...(isToken ? {} : { cert: credentials.cert, key: credentials.key }),
    },
    proxy: false,
  });
  const authorization = isToken ? { authorization: `Bearer ${credentials.token}` } : {};
  return (path, { headers = {}, ...request } = {}) =>
    session.fetch(`${facts.url}${path}`, {
      ...request,
      headers: { accept: "application/json", ...authorization, ...headers },
    });
}
