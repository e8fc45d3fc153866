// Opens a cluster: kubeconfig, context, connection, client. Contacts nobody until the first request.
import { isatty } from "node:tty";
import type { Clock } from "../model/client.ts";
import { type ClusterName, PivotError } from "../model/error.ts";
import { ApiSession } from "./api-session.ts";
import type { RetryLimits } from "./backoff.ts";
import { KubeClient, type OpenCluster } from "./cluster-client.ts";
import { type KubeconfigSource, loadKubeconfig } from "./kubeconfig-file.ts";
import type { NetworkWait } from "./outage.ts";
import type { ConnectionOverrides } from "./overrides.ts";
import type { Log } from "./request-log.ts";
import { systemClock } from "./system-clock.ts";
import { Transport } from "./transport.ts";

export interface ConnectionOptions {
  readonly name: ClusterName;
  readonly kubeconfigPath?: string;
  /** A kubeconfig out of a Secret; wins over files, and may name neither files nor commands. */
  readonly kubeconfigText?: string;
  /** No kubeconfig at all: the overrides say everything. */
  readonly noKubeconfig?: boolean;
  readonly context?: string;
  /** What flags say instead of the kubeconfig. */
  readonly overrides?: ConnectionOverrides;
  /** 0: none. */
  readonly requestTimeoutMs: number;
  readonly userAgent: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  /** Ends requests, waits and credential plugins with its reason. */
  readonly signal?: AbortSignal;
  readonly log?: Log;
  /** Called right before a credential plugin runs, which may ask questions. */
  readonly beforeCredentialPlugin?: () => void;
  readonly clock?: Clock;
  /** Default: whether stdin is a terminal. */
  readonly isTerminal?: boolean;
  readonly retryLimits?: RetryLimits;
  /** For clients that wait when the cluster does not answer (`withPatience`). */
  readonly network?: NetworkWait;
}

const STDIN = 0;

/** Resolves the kubeconfig; PivotError when it cannot be used. */
export async function openCluster(options: ConnectionOptions): Promise<OpenCluster> {
  try {
    return await open(options);
  } catch (error) {
    if (!(error instanceof PivotError)) throw error;
    // The kubeconfig's readers do not know whose it is.
    throw error.with({ cluster: options.name, hint: nextStep(error, options) });
  }
}

/** Its own, or what shows a kubeconfig and says what is wrong with it. */
function nextStep(error: PivotError, options: ConnectionOptions): string {
  const { name, kubeconfigPath, kubeconfigText } = options;
  if (error.code === "KUBECONFIG_NOT_FOUND" && kubeconfigPath !== undefined) {
    return `${name === "source" ? "--kubeconfig" : "--to-kubeconfig"} FILE   # one that is there`;
  }
  if (error.hint !== undefined) return error.hint;
  if (kubeconfigText !== undefined) return "--to-kubeconfig FILE   # instead of --to-cluster";
  const file = kubeconfigPath === undefined ? "" : ` --kubeconfig ${kubeconfigPath}`;
  return `kubectl config view${file}`;
}

async function open(options: ConnectionOptions): Promise<OpenCluster> {
  const { name, clock = systemClock, env, signal } = options;
  const config = await loadKubeconfig({
    path: options.kubeconfigPath,
    text: options.kubeconfigText,
    isNone: options.noKubeconfig,
    mayBeEmpty: options.overrides?.server !== undefined,
    env,
    homeDir: options.homeDir,
  });
  // client-node takes a fifth of a second to load, which `--help` and `version` need not pay.
  const { connectionOf } = await import("./kubeconfig.ts");
  const connection = await connectionOf(config, {
    context: options.context,
    contextFlag: name === "source" ? "--context" : "--to-context",
    overrides: options.overrides,
    env,
    clock,
    signal,
    isTerminal: options.isTerminal ?? isatty(STDIN),
    beforeCredentialPlugin: options.beforeCredentialPlugin,
  });
  const { user, proxyUrl, credentials } = connection;
  const server = hostAndPort(connection.server);
  // Where flags say everything there is no context; the address is what people know the cluster by.
  const context = connection.context === "" ? server : connection.context;
  const session = new ApiSession({
    peer: { name, server, context, user, proxyUrl },
    transport: new Transport(connection),
    credentials,
    clock,
    requestTimeoutMs: options.requestTimeoutMs,
    userAgent: options.userAgent,
    log: options.log,
    network: options.network,
    ...(options.retryLimits === undefined ? {} : { limits: options.retryLimits }),
  });
  return new KubeClient(session, { signal });
}

/** Host and port of every context of a kubeconfig, as messages and records name a server. */
export async function serversByContext(
  source: KubeconfigSource,
): Promise<ReadonlyMap<string, string>> {
  const { contexts, clusters } = await loadKubeconfig(source);
  return new Map(
    [...contexts].flatMap(([name, { cluster }]) => {
      const server = URL.parse(clusters.get(cluster)?.server ?? "");
      return server === null ? [] : [[name, hostAndPort(server)]];
    }),
  );
}

function hostAndPort(server: URL): string {
  const port =
    server.port === "" ? { "https:": "443", "http:": "80" }[server.protocol] : server.port;
  return `${server.hostname}:${port}`;
}
