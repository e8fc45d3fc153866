// What kubectl refuses in a context that is about to be used, and what we refuse in a kubeconfig out of a Secret. Pure.
import { PivotError } from "../model/error.ts";
import type { HttpHeaders } from "./http.ts";
import type { ClusterEntry, UserEntry } from "./kubeconfig-entries.ts";
import { NO_USER } from "./overrides.ts";

/** The parsed server URL of a usable cluster. */
export function checkCluster(cluster: ClusterEntry, name: string): URL {
  if (cluster.server === undefined) throw invalid(`cluster ${name} has no server`);
  if (cluster.caData !== undefined && cluster.caFile !== undefined) {
    throw invalid(`cluster ${name} has certificate-authority twice, as data and as a file`);
  }
  const server = addressOf(cluster);
  if (server === undefined || !["https:", "http:"].includes(server.protocol)) {
    throw invalid(`cluster ${name} has a server that is no http or https URL`);
  }
  if (cluster.insecure && (cluster.caData ?? cluster.caFile) !== undefined) {
    throw invalid(`cluster ${name} has both a certificate-authority and insecure-skip-tls-verify`);
  }
  return server;
}

/** Without a scheme it is http, whatever else is said of the cluster, as in kubectl. */
function addressOf({ server = "" }: ClusterEntry): URL | undefined {
  const text = server.includes("://") ? server : `http://${server}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}

const PROXIES = ["http:", "https:", "socks5:", "socks5h:"];

/** As kubectl knows them. */
export function checkProxy(proxyUrl: string | undefined, name: string): void {
  if (proxyUrl === undefined) return;
  if (URL.canParse(proxyUrl) && PROXIES.includes(new URL(proxyUrl).protocol)) return;
  throw invalid(
    `the proxy for cluster ${name} (proxy-url, or HTTPS_PROXY) is no URL of http, https or socks5`,
    "correct it: http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT",
  );
}

/** The combinations that kubectl refuses, and the providers that it no longer has. */
export function checkUser(user: UserEntry, name: string): void {
  const methods = [
    (user.token ?? user.tokenFile) !== undefined && "token",
    (user.username ?? user.password) !== undefined && "basic auth",
  ].filter((method) => method !== false);
  if (methods.length > 1) throw invalid(`user ${name} has both ${methods.join(" and ")}`);
  if (user.exec !== undefined && user.authProvider !== undefined) {
    throw invalid(`user ${name} has both exec and auth-provider`);
  }
  checkClientCertificate(user, name);
  checkAuthProvider(user, name);
  checkImpersonation(user, name);
}

/** What is left of a user when the server is one of plain http: as in kubectl, nothing that others could read on the way. */
export function unsigned({ as, asUid, asGroups, asExtra }: UserEntry): UserEntry {
  return { ...NO_USER, as, asUid, asGroups, asExtra };
}

function checkClientCertificate(user: UserEntry, name: string): void {
  const hasCert = (user.certData ?? user.certFile) !== undefined;
  const twice = [
    user.certData !== undefined && user.certFile !== undefined && "client-certificate",
    user.keyData !== undefined && user.keyFile !== undefined && "client-key",
  ].find((field) => field !== false);
  if (twice !== undefined) throw invalid(`user ${name} has ${twice} twice, as data and as a file`);
  const hasKey = (user.keyData ?? user.keyFile) !== undefined;
  if (hasCert && !hasKey)
    throw invalid(`user ${name} has a client-certificate without a client-key`);
  if (hasKey && !hasCert)
    throw invalid(`user ${name} has a client-key without a client-certificate`);
}

function checkAuthProvider({ authProvider }: UserEntry, name: string): void {
  if (authProvider === undefined || authProvider.name === "oidc") return;
  throw invalid(
    `user ${name} needs auth-provider ${authProvider.name}, which kubectl has not had since 1.26`,
    "get a kubeconfig with an exec plugin: gke-gcloud-auth-plugin, kubelogin",
  );
}

function checkImpersonation(user: UserEntry, name: string): void {
  const extras = Object.values(user.asExtra);
  const hasMore = user.asUid !== undefined || user.asGroups.length > 0 || extras.length > 0;
  if (user.as === undefined && hasMore) {
    throw invalid(
      `user ${name} has as-uid, as-groups or as-user-extra without as`,
      "say whom to impersonate: as in the kubeconfig, or --as USER",
    );
  }
}

/** Headers for `as`, `as-uid`, `as-groups` and `as-user-extra`. */
export function impersonationHeaders(user: UserEntry): HttpHeaders {
  const extras = Object.entries(user.asExtra).filter(([, values]) => values.length > 0);
  return {
    ...(user.as === undefined ? {} : { "Impersonate-User": user.as }),
    ...(user.asUid === undefined ? {} : { "Impersonate-Uid": user.asUid }),
    ...(user.asGroups.length === 0 ? {} : { "Impersonate-Group": user.asGroups }),
    ...Object.fromEntries(
      extras.map(([key, values]) => [
        `Impersonate-Extra-${encodeURIComponent(key.toLowerCase())}`,
        values,
      ]),
    ),
  };
}

/** A Secret's author must not make us run a command or send a local file to a server of their choice. */
export function checkForeign(cluster: ClusterEntry | undefined, user: UserEntry | undefined): void {
  const fields = {
    exec: user?.exec,
    "auth-provider": user?.authProvider,
    "client-certificate": user?.certFile,
    "client-key": user?.keyFile,
    tokenFile: user?.tokenFile,
    "certificate-authority": cluster?.caFile,
  };
  const found = Object.entries(fields).find(([, value]) => value !== undefined);
  if (found === undefined) return;
  throw invalid(
    `the kubeconfig in the Secret uses ${found[0]}, which is not followed: it would run a command or read a file here`,
    "save it to a file, look at it, and give it with --to-kubeconfig",
  );
}

function invalid(message: string, hint?: string): PivotError {
  const options = { code: "KUBECONFIG_INVALID", message } as const;
  return new PivotError(hint === undefined ? options : { ...options, hint });
}
