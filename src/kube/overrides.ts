// kubectl's connection flags over the entries of a kubeconfig, with client-go's rules of what clears what. Pure.
// https://github.com/kubernetes/client-go/blob/master/tools/clientcmd/client_config.go (getCluster, getAuthInfo)
import type { ClusterEntry, UserEntry } from "./kubeconfig-entries.ts";

/** What was given on the command line; absent: what the kubeconfig says. Paths are relative to the working directory. */
export interface ConnectionOverrides {
  /** Another cluster and user of the kubeconfig than the context's, by name. */
  readonly cluster?: string;
  readonly user?: string;
  readonly server?: string;
  readonly tlsServerName?: string;
  readonly insecure?: boolean;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly token?: string;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroups?: readonly string[];
  readonly asExtra?: Readonly<Record<string, readonly string[]>>;
}

const NO_CLUSTER: ClusterEntry = {
  server: undefined,
  caFile: undefined,
  caData: undefined,
  insecure: false,
  tlsServerName: undefined,
  proxyUrl: undefined,
  execConfig: undefined,
};

/** Nobody. */
export const NO_USER: UserEntry = {
  certFile: undefined,
  certData: undefined,
  keyFile: undefined,
  keyData: undefined,
  token: undefined,
  tokenFile: undefined,
  username: undefined,
  password: undefined,
  as: undefined,
  asUid: undefined,
  asGroups: [],
  asExtra: {},
  exec: undefined,
  authProvider: undefined,
};

/**
 * The cluster to connect to. A server of its own is no longer verified by the name that the kubeconfig gives, and trust
 * given on the command line replaces all trust of the kubeconfig: a CA beside `insecure` would be refused.
 */
export function overrideCluster(
  entry: ClusterEntry | undefined,
  overrides: ConnectionOverrides,
): ClusterEntry {
  const { server, tlsServerName, insecure = false, caFile } = overrides;
  const base = entry ?? NO_CLUSTER;
  const isNamed = tlsServerName !== undefined || server !== undefined;
  const isTrusted = insecure || caFile !== undefined;
  return {
    ...base,
    server: server ?? base.server,
    tlsServerName: isNamed ? tlsServerName : base.tlsServerName,
    ...(isTrusted ? { insecure, caFile, caData: undefined } : {}),
  };
}

/**
 * The user to connect as, undefined for nobody. A certificate or key replaces file and data of the kubeconfig. Unlike in
 * kubectl a token wins over a `tokenFile` too: client-go would read the file and ignore what was typed.
 */
export function overrideUser(
  entry: UserEntry | undefined,
  overrides: ConnectionOverrides,
): UserEntry | undefined {
  const { certFile, keyFile, token, as, asUid, asGroups, asExtra } = overrides;
  const given = [certFile, keyFile, token, as, asUid, asGroups, asExtra];
  if (given.every((value) => value === undefined)) return entry;
  const base = entry ?? NO_USER;
  return {
    ...base,
    ...(certFile === undefined ? {} : { certFile, certData: undefined }),
    ...(keyFile === undefined ? {} : { keyFile, keyData: undefined }),
    ...(token === undefined ? {} : { token, tokenFile: undefined }),
    as: as ?? base.as,
    asUid: asUid ?? base.asUid,
    asGroups: asGroups ?? base.asGroups,
    asExtra: { ...base.asExtra, ...asExtra },
  };
}
