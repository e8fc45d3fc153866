// What kubectl refuses in a context that is about to be used, and what we refuse in a kubeconfig out of a Secret. Pure.
import { PivotError } from "../model/error.ts";
import type { ClusterEntry, UserEntry } from "./kubeconfig-entries.ts";

/** The parsed server URL of a usable cluster. */
export function checkCluster(cluster: ClusterEntry, name: string): URL {
  if (cluster.server === undefined) throw invalid(`cluster ${name} has no server`);
  const text = cluster.server.includes("://") ? cluster.server : `http://${cluster.server}`;
  const server = URL.canParse(text) ? new URL(text) : undefined;
  if (server === undefined || !["https:", "http:"].includes(server.protocol)) {
    throw invalid(`cluster ${name} has a server that is no http or https URL`);
  }
  if (cluster.insecure && (cluster.caData ?? cluster.caFile) !== undefined) {
    throw invalid(`cluster ${name} has both a certificate-authority and insecure-skip-tls-verify`);
  }
  return server;
}

/** Bun's fetch speaks to http and https proxies only. */
export function checkProxy(proxyUrl: string | undefined, name: string): void {
  if (proxyUrl === undefined) return;
  const protocol = URL.canParse(proxyUrl) ? new URL(proxyUrl).protocol : "";
  if (["http:", "https:"].includes(protocol)) return;
  const what = protocol.startsWith("socks")
    ? "a SOCKS proxy, which is not supported"
    : "no http or https URL";
  throw invalid(
    `the proxy for cluster ${name} (proxy-url, or HTTPS_PROXY) is ${what}`,
    "use an http proxy, or a tunnel and a plain server address",
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

function checkClientCertificate(user: UserEntry, name: string): void {
  const hasCert = (user.certData ?? user.certFile) !== undefined;
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
  // fetch joins equal headers to one, "a, b", which an API server takes for one group of that name.
  if (user.asGroups.length > 1 || extras.some((values) => values.length > 1)) {
    throw invalid(
      `user ${name} impersonates more than one group or more than one value of an extra, which is not supported`,
      "impersonate one group, or use a kubeconfig of the user itself",
    );
  }
}

/** Headers for `as`, `as-uid`, `as-groups` and `as-user-extra`. */
export function impersonationHeaders(user: UserEntry): Readonly<Record<string, string>> {
  const extras = Object.entries(user.asExtra).map(
    ([key, [value = ""]]) =>
      [`Impersonate-Extra-${encodeURIComponent(key.toLowerCase())}`, value] as const,
  );
  const [group] = user.asGroups;
  return {
    ...(user.as === undefined ? {} : { "Impersonate-User": user.as }),
    ...(user.asUid === undefined ? {} : { "Impersonate-Uid": user.asUid }),
    ...(group === undefined ? {} : { "Impersonate-Group": group }),
    ...Object.fromEntries(extras),
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
