// What went wrong below HTTP, in the operator's words: from socket and TLS codes to PivotError. Pure.
import { secondsText } from "../model/duration.ts";
import { type ClusterName, type ErrorCode, PivotError } from "../model/error.ts";

/** Who was spoken to, for messages. */
export interface Peer {
  readonly name: ClusterName;
  /** Host and port. */
  readonly server: string;
  readonly context: string;
  readonly user: string;
  readonly proxyUrl: string | undefined;
}

/** What a failure means for a retry: nobody there, broken off in the middle, or pointless to repeat. */
export type FailureType = "unreachable" | "broken" | "fatal";

export interface Failure {
  readonly type: FailureType;
  readonly error: PivotError;
}

interface Explanation {
  readonly type: FailureType;
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: string;
}

const UNTRUSTED = /CERT|ISSUER|SIGNATURE|ALTNAME|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|CRL/;

const CHECK_SERVER =
  "check the server (in the kubeconfig, or --server), and the network or VPN to it";

/** Explanations by code; the first that matches. */
const EXPLANATIONS: readonly (readonly [RegExp, Explanation])[] = [
  [
    /ALTNAME|HOSTNAME_MISMATCH/,
    untrusted(
      "its certificate is for another name",
      "check server, or set tls-server-name of the cluster in the kubeconfig",
    ),
  ],
  [
    /CERT_HAS_EXPIRED/,
    untrusted("its certificate has expired", "renew the certificate of the API server"),
  ],
  [
    /CERT_NOT_YET_VALID/,
    untrusted(
      "its certificate is not valid yet",
      "check the clocks of this machine and of the server",
    ),
  ],
  [
    UNTRUSTED,
    untrusted(
      "its certificate is not signed by an authority that the kubeconfig trusts",
      "check certificate-authority-data of the cluster in the kubeconfig: it may belong to another cluster",
    ),
  ],
  [
    /^EPROTO|TLS|SSL/,
    {
      type: "fatal",
      code: "CLUSTER_UNREACHABLE",
      what: "the TLS handshake failed: no TLS server, or one that demands a client certificate",
      hint: "check server (https or http) and the user's client-certificate in the kubeconfig",
    },
  ],
  [/PROXY/, unreachable("unreachable", "the proxy refused or failed", "check proxy-url")],
  [
    /ECONNREFUSED|ConnectionRefused/,
    unreachable("unreachable", "the connection was refused", CHECK_SERVER),
  ],
  [/ENOTFOUND|EAI_|DNS/, unreachable("unreachable", "the host name is unknown here", CHECK_SERVER)],
  [
    /FailedToOpenSocket|EHOSTUNREACH|ENETUNREACH|EADDR/,
    unreachable("unreachable", "there is no way to the host", CHECK_SERVER),
  ],
  [
    /Timeout|ETIMEDOUT/,
    unreachable("broken", "it did not answer in time", "raise --request-timeout, or try again"),
  ],
];

const BROKEN_OFF = unreachable(
  "broken",
  "the connection broke off",
  "try again; if it never worked, check server (https or http) and the user's client-certificate in the kubeconfig",
);

const CHECK_PROXY = "check proxy-url of the cluster in the kubeconfig, or HTTPS_PROXY and NO_PROXY";

/** Explains what fetch threw. Never quotes it beyond its code: messages may hold URLs with credentials. */
export function explainFailure(thrown: unknown, peer: Peer): Failure {
  const code = codeOf(thrown);
  const found = EXPLANATIONS.find(([pattern]) => pattern.test(code))?.[1] ?? BROKEN_OFF;
  const through = peer.proxyUrl === undefined ? "" : ` through proxy ${hostOf(peer.proxyUrl)}`;
  const error = new PivotError({
    code: found.code,
    message: `the ${describe(peer)} cannot be reached${through}: ${found.what} (${code})`,
    hint: peer.proxyUrl !== undefined && found.type === "unreachable" ? CHECK_PROXY : found.hint,
    cluster: peer.name,
    cause: thrown,
  });
  return { type: found.type, error };
}

/** The same failure after it was waited for. */
export function waitedFor(error: PivotError, ms: number): PivotError {
  const seconds = secondsText(Math.round(ms / 1000));
  return error.with({ message: `${error.message}; it was waited for ${seconds}` });
}

/** A 401 that stayed one. `expired`: since when the client certificate is out of date. */
export function refusedUser(peer: Peer, expired: string | undefined): PivotError {
  const why =
    expired === undefined ? "it may have expired" : `the client certificate expired at ${expired}`;
  return new PivotError({
    code: "UNAUTHORIZED",
    message: `the token or certificate of user ${peer.user} was refused by the ${describe(peer)}; ${why}`,
    hint: `log in again, or get a new kubeconfig for context ${peer.context}`,
    cluster: peer.name,
  });
}

/** A 2xx or 3xx that no API server gives: a login page, a captive portal, a load balancer. */
export function noApiServer(peer: Peer, request: string, what: string): PivotError {
  return new PivotError({
    code: "SERVER_ERROR",
    message: `the ${describe(peer)} answered ${request} with ${what}, which no API server does`,
    hint: "check server and proxy-url of the cluster in the kubeconfig: a login page or a proxy may be in between",
    cluster: peer.name,
  });
}

/** `source cluster (10.0.0.1:6443, context prod)`. */
export function describe(peer: Peer): string {
  return `${peer.name} cluster (${peer.server}, context ${peer.context})`;
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "unknown";
  return "code" in thrown && typeof thrown.code === "string" ? thrown.code : thrown.name;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "of an invalid URL";
}

function untrusted(what: string, hint: string): Explanation {
  return { type: "fatal", code: "CERTIFICATE_UNTRUSTED", what, hint };
}

function unreachable(type: FailureType, what: string, hint: string): Explanation {
  return { type, code: "CLUSTER_UNREACHABLE", what, hint };
}
