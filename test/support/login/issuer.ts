// A small OpenID Connect issuer: discovery, keys, and new tokens for a refresh token, each of which works once.
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { KeyPair } from "../certificates.ts";

export interface Issuer {
  readonly url: string;
  readonly clientId: string;
  /** Refresh tokens that were given in for new tokens, in order. */
  readonly used: string[];
  /** A signed id token. `expiresIn`: seconds, may be negative. */
  idToken(subject: string, expiresIn: number): string;
  /** A refresh token for a user, good for one use. */
  refreshToken(subject: string): string;
  stop(): Promise<void>;
}

export const ISSUER_CLIENT = "capi-pivot-test";
const SECRET = "client-secret";

export async function startIssuer(tls: KeyPair): Promise<Issuer> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const subjects = new Map<string, string>();
  const used: string[] = [];
  const refreshToken = (subject: string): string => {
    const token = `refresh-${subjects.size + 1}`;
    subjects.set(token, subject);
    return token;
  };
  const idToken = (subject: string, expiresIn: number): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: url, aud: ISSUER_CLIENT, sub: subject, iat: now, exp: now + expiresIn };
    return signed(claims, privateKey);
  };
  const renew = async (request: Request): Promise<Response> => {
    const form = new URLSearchParams(await request.text());
    const token = form.get("refresh_token") ?? "";
    const subject = subjects.get(token);
    if (!isClient(request, form))
      return Response.json({ error: "invalid_client" }, { status: 401 });
    if (subject === undefined || used.includes(token)) {
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    }
    used.push(token);
    return Response.json({
      token_type: "Bearer",
      access_token: "not-for-an-api-server",
      id_token: idToken(subject, 3600),
      refresh_token: refreshToken(subject),
    });
  };
  const server: Bun.Server<undefined> = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert: tls.cert, key: tls.key },
    routes: {
      "/.well-known/openid-configuration": () => Response.json(metadata(url)),
      "/keys": () => Response.json({ keys: [jwkOf(publicKey)] }),
      "/token": renew,
    },
  });
  const url: string = `https://127.0.0.1:${server.port}`;
  return {
    url,
    clientId: ISSUER_CLIENT,
    used,
    idToken,
    refreshToken,
    stop: () => server.stop(true),
  };
}

/** What a user of it has in `auth-provider.config`. */
export function issuerConfig(
  issuer: Issuer,
  ca: string,
  tokens: { readonly idToken: string; readonly refreshToken?: string },
): Readonly<Record<string, string>> {
  return {
    "idp-issuer-url": issuer.url,
    "idp-certificate-authority-data": Buffer.from(ca).toString("base64"),
    "client-id": issuer.clientId,
    "client-secret": SECRET,
    "id-token": tokens.idToken,
    ...(tokens.refreshToken === undefined ? {} : { "refresh-token": tokens.refreshToken }),
  };
}

/** Both ways in which a client may show its secret. */
function isClient(request: Request, form: URLSearchParams): boolean {
  const basic = `Basic ${Buffer.from(`${ISSUER_CLIENT}:${SECRET}`).toString("base64")}`;
  return (
    request.headers.get("authorization") === basic ||
    (form.get("client_id") === ISSUER_CLIENT && form.get("client_secret") === SECRET)
  );
}

function metadata(url: string): object {
  return {
    issuer: url,
    jwks_uri: `${url}/keys`,
    token_endpoint: `${url}/token`,
    authorization_endpoint: `${url}/authorize`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  };
}

function jwkOf(key: KeyObject): object {
  return { ...key.export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" };
}

function signed(claims: object, key: KeyObject): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "RS256", kid: "1", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(key).toString("base64url")}`;
}
