// From a merged kubeconfig and a context name to a Connection: everything a socket needs. The only import of
// client-node, whose KubeConfig turns a user's fixed credentials into headers and certificates. Files are read here
// and handed over as data, because client-node lets a file win over data; tokenFile, exec and oidc are ours alone.
import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import type { Clock } from "../model/client.ts";
import { entriesOf } from "./context-entries.ts";
import {
  type CredentialSource,
  type Credentials,
  fixedCredentials,
  TokenFileSource,
  withClient,
} from "./credentials.ts";
import { ExecCredentialSource } from "./exec-credential.ts";
import type { HttpHeaders, ServerTls } from "./http.ts";
import type { AuthProvider, ClusterEntry, UserEntry } from "./kubeconfig-entries.ts";
import type { LoadedKubeconfig } from "./kubeconfig-file.ts";
import { OidcCredentialSource } from "./oidc-credential.ts";
import { type ConnectionOverrides, overrideCluster, overrideUser } from "./overrides.ts";
import { proxyFor } from "./proxy.ts";
import { base64, clusterInfo, dataOrFile, serverTls } from "./server-trust.ts";
import { checkKeyPair } from "./tls-material.ts";
import {
  checkCluster,
  checkForeign,
  checkProxy,
  checkUser,
  impersonationHeaders,
  unsigned,
} from "./user-rules.ts";

/** One context, resolved: where to connect, whom to trust, and how to sign. */
export interface Connection {
  readonly server: URL;
  readonly context: string;
  readonly user: string;
  readonly tls: ServerTls;
  readonly proxyUrl: string | undefined;
  readonly credentials: CredentialSource;
}

export interface ConnectionContext {
  /** Default: the current context. */
  readonly context?: string | undefined;
  /** The flag that chooses it, for hints. */
  readonly contextFlag: string;
  readonly overrides?: ConnectionOverrides | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly isTerminal: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly beforeCredentialPlugin?: (() => void) | undefined;
}

/** Resolves a context; reads the files it names, contacts nobody. */
export async function connectionOf(
  config: LoadedKubeconfig,
  options: ConnectionContext,
): Promise<Connection> {
  const { overrides = {} } = options;
  const entries = entriesOf(config, { ...options, overrides });
  // What flags give is this user's own; only the kubeconfig itself may be somebody else's.
  if (config.isForeign) checkForeign(entries.cluster, entries.user);
  const cluster = overrideCluster(entries.cluster, overrides);
  const user = overrideUser(entries.user, overrides);
  const { clusterName, userName } = entries;
  const server = checkCluster(cluster, clusterName);
  const proxyUrl = proxyFor(server, cluster.proxyUrl, options.env);
  checkProxy(proxyUrl, clusterName);
  const tls = await serverTls(cluster, clusterName);
  if (user !== undefined) checkUser(user, userName);
  const login = user !== undefined && server.protocol === "http:" ? unsigned(user) : user;
  return {
    server,
    context: entries.context,
    user: userName,
    tls,
    proxyUrl,
    credentials:
      login === undefined
        ? fixedCredentials({ headers: {} })
        : await credentialsOf(login, { name: userName, cluster, tls, options }),
  };
}

interface UserContext {
  readonly name: string;
  readonly cluster: ClusterEntry;
  readonly tls: ServerTls;
  readonly options: ConnectionContext;
}

async function credentialsOf(user: UserEntry, context: UserContext): Promise<CredentialSource> {
  const fixed = await fixedPart(user, context.name);
  const { clock } = context.options;
  // client-go reads the file first and falls back to the token; a file that is there wins.
  if (user.tokenFile !== undefined) {
    const file = { path: user.tokenFile, fallback: user.token, extra: fixed.headers, clock };
    return withClient(new TokenFileSource(file), fixed);
  }
  // As in client-go: whoever has a token or a certificate already needs no plugin.
  const isKnown = "Authorization" in fixed.headers || fixed.client !== undefined;
  if (user.authProvider !== undefined && !("Authorization" in fixed.headers)) {
    return withClient(oidcSource(user.authProvider, fixed.headers, context), fixed);
  }
  if (user.exec === undefined || isKnown) return fixedCredentials(fixed);
  return new ExecCredentialSource({
    exec: user.exec,
    user: context.name,
    headers: fixed.headers,
    clusterInfo: clusterInfo(context.cluster, context.tls),
    env: context.options.env,
    isTerminal: context.options.isTerminal,
    clock,
    signal: context.options.signal,
    beforeRun: context.options.beforeCredentialPlugin,
  });
}

function oidcSource(
  { config, file }: AuthProvider,
  headers: HttpHeaders,
  { name, options }: UserContext,
): CredentialSource {
  const { env, clock } = options;
  return new OidcCredentialSource({ config, file, user: name, headers, env, clock });
}

/** Token, basic auth, client certificate and impersonation, through client-node. */
async function fixedPart(user: UserEntry, name: string): Promise<Credentials> {
  const where = `user ${name}`;
  const cert = await dataOrFile(user.certData, user.certFile, `client-certificate of ${where}`);
  const key = await dataOrFile(user.keyData, user.keyFile, `client-key of ${where}`);
  const options = await authenticate(user, name, { cert, key });
  const headers = { ...stringHeaders(options), ...impersonationHeaders(user) };
  if (cert === undefined || key === undefined) return { headers };
  const client = { cert: String(options.cert), key: String(options.key) };
  checkKeyPair(client, where);
  return { headers, client };
}

async function authenticate(
  user: UserEntry,
  name: string,
  pair: { readonly cert: string | undefined; readonly key: string | undefined },
): Promise<RequestOptions> {
  const config = new KubeConfig();
  config.loadFromOptions({
    // Server and trust are ours; client-node would refuse plain http and let files win over data.
    clusters: [{ name, server: "https://localhost", skipTLSVerify: true }],
    users: [
      {
        name,
        token: user.tokenFile === undefined ? user.token : undefined,
        username: user.username,
        password: user.password ?? "",
        certData: base64(pair.cert),
        keyData: base64(pair.key),
      },
    ],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  });
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}

function stringHeaders(options: RequestOptions): Record<string, string> {
  const entries = Object.entries(options.headers ?? {}).map(([key, value]) => [key, String(value)]);
  const basic = `Basic ${Buffer.from(options.auth ?? "").toString("base64")}`;
  return {
    ...Object.fromEntries(entries),
    ...(options.auth ? { Authorization: basic } : {}),
  };
}
