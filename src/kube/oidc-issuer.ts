// What an OpenID Connect issuer is asked: where its token endpoint is, and for new tokens. Tokens are in no error.
import { readFile } from "node:fs/promises";
import { fieldAt, type Json, stringAt } from "../model/object.ts";
import type { HttpAnswer, HttpRequest } from "./http.ts";
import { proxyFor } from "./proxy.ts";
import { Transport } from "./transport.ts";

export interface IssuerClient {
  readonly issuer: string;
  readonly clientId: string;
  /** May be empty. */
  readonly clientSecret: string;
  /** Without either the system's authorities count. */
  readonly caFile: string | undefined;
  /** Base64; wins. */
  readonly caData: string | undefined;
  readonly refreshToken: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Renewed {
  readonly idToken: string;
  /** The one that was given in, unless the issuer gave another. */
  readonly refreshToken: string;
}

/** The issuer answered, but gave no tokens. */
export class RenewalRefused extends Error {
  override readonly name = "RenewalRefused";
}

const TIMEOUT_MS = 30_000;
const WELL_KNOWN = "/.well-known/openid-configuration";

/** @throws RenewalRefused, or what a transport throws. */
export async function renewTokens(client: IssuerClient): Promise<Renewed> {
  const metadata = await send(client, client.issuer.replace(/\/$/, "") + WELL_KNOWN, {
    method: "GET",
    headers: { Accept: "application/json" },
  });
  const endpoint = stringAt(parsed(metadata), "token_endpoint");
  if (endpoint === undefined) {
    throw new RenewalRefused(`${client.issuer}${WELL_KNOWN} names no token_endpoint`);
  }
  const answer = await askForTokens(client, endpoint);
  const body = parsed(answer);
  if (answer.status !== 200) throw refusal(answer, body);
  const idToken = stringAt(body, "id_token");
  if (idToken === undefined) throw new RenewalRefused("the issuer's answer has no id_token");
  return { idToken, refreshToken: stringAt(body, "refresh_token") ?? client.refreshToken };
}

/** Issuers differ in where they look for the client's secret: as oauth2 in Go, first in the header, then in the form. */
async function askForTokens(client: IssuerClient, endpoint: string): Promise<HttpAnswer> {
  const { clientId, clientSecret } = client;
  const form = { grant_type: "refresh_token", refresh_token: client.refreshToken };
  const login = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
  const inHeader = await post(client, endpoint, form, {
    Authorization: `Basic ${Buffer.from(login).toString("base64")}`,
  });
  if (inHeader.status === 200) return inHeader;
  const secret = clientSecret === "" ? {} : { client_secret: clientSecret };
  return post(client, endpoint, { ...form, client_id: clientId, ...secret }, {});
}

function post(
  client: IssuerClient,
  endpoint: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): Promise<HttpAnswer> {
  return send(client, endpoint, {
    method: "POST",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/x-www-form-urlencoded",
      ...headers,
    },
    body: new URLSearchParams(form).toString(),
  });
}

async function send(
  client: IssuerClient,
  address: string,
  request: Pick<HttpRequest, "method" | "headers" | "body">,
): Promise<HttpAnswer> {
  if (!URL.canParse(address)) throw new RenewalRefused(`${address} is no URL`);
  const { origin, pathname, search } = new URL(address);
  const server = new URL(origin);
  const tls = { ca: await authorityOf(client), serverName: undefined, rejectUnauthorized: true };
  const proxyUrl = proxyFor(server, undefined, client.env);
  const transport = new Transport({ server, tls, proxyUrl });
  try {
    return await transport.send({ ...request, path: pathname + search, timeoutMs: TIMEOUT_MS });
  } finally {
    transport.close();
  }
}

async function authorityOf({ caData, caFile }: IssuerClient): Promise<string | undefined> {
  if (caData !== undefined) return Buffer.from(caData, "base64").toString("utf8");
  return caFile === undefined ? undefined : readFile(caFile, "utf8");
}

/** The parser's own error is dropped: it would quote tokens. */
function parsed({ text }: HttpAnswer): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The `error` of RFC 6749 is a word; anything else is not repeated. */
function refusal({ status }: HttpAnswer, body: Json): RenewalRefused {
  const error = fieldAt(body, "error");
  const word = typeof error === "string" && /^\w+$/.test(error) ? `, ${error}` : "";
  return new RenewalRefused(`the issuer answered ${status}${word}`);
}
