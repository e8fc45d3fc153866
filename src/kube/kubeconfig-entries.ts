// One kubeconfig file becomes typed entries, as strictly as kubectl decodes it. Pure: paths are resolved, never read.
import { parseAllDocuments } from "yaml";
import type { Json } from "../model/object.ts";
import { Fields, invalidKubeconfig } from "./kubeconfig-fields.ts";

export interface ClusterEntry {
  readonly server: string | undefined;
  readonly caFile: string | undefined;
  readonly caData: string | undefined;
  readonly insecure: boolean;
  readonly tlsServerName: string | undefined;
  readonly proxyUrl: string | undefined;
  /** Extension `client.authentication.k8s.io/exec`: handed to exec plugins that ask for cluster info. */
  readonly execConfig: Json;
}

export interface ExecConfig {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint: string | undefined;
  readonly interactiveMode: string | undefined;
  readonly provideClusterInfo: boolean;
}

export interface AuthProvider {
  readonly name: string;
  readonly config: Json;
  /** The kubeconfig that it is from, where new tokens are kept. */
  readonly file: string | undefined;
}

export interface UserEntry {
  readonly certFile: string | undefined;
  readonly certData: string | undefined;
  readonly keyFile: string | undefined;
  readonly keyData: string | undefined;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly as: string | undefined;
  readonly asUid: string | undefined;
  readonly asGroups: readonly string[];
  readonly asExtra: Readonly<Record<string, readonly string[]>>;
  readonly exec: ExecConfig | undefined;
  readonly authProvider: AuthProvider | undefined;
}

export interface ContextEntry {
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string | undefined;
}

/** One file, or several merged. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
  readonly currentContext: string | undefined;
}

/** Parses one file. `origin` names it in errors; relative paths in it are resolved against `directory`. */
export function parseKubeconfig(text: string, origin: string, directory?: string): Kubeconfig {
  const root = parseYaml(text, origin);
  const read = new Fields(root, origin, directory);
  checkKind(read, origin);
  return {
    clusters: namedEntries(read, "clusters", "cluster", clusterEntry),
    users: namedEntries(read, "users", "user", userEntry),
    contexts: namedEntries(read, "contexts", "context", contextEntry),
    currentContext: read.text("current-context"),
  };
}

/** Files without either are as old as kubectl. */
function checkKind(file: Fields, origin: string): void {
  const kind = file.text("kind") ?? "Config";
  const version = file.text("apiVersion") ?? "v1";
  if (kind === "Config" && version === "v1") return;
  throw invalidKubeconfig(origin, `is a ${kind} of ${version}, not a Config of v1`);
}

/**
 * kubectl reads YAML 1.1, where an unquoted `y` is a boolean: it refuses such a name, and so must we. Of two equal keys it
 * takes the last.
 */
function parseYaml(text: string, origin: string): Json {
  const [document] = parseAllDocuments(text, { version: "1.1", uniqueKeys: false });
  if (document === undefined || !("errors" in document)) return {};
  const [problem] = document.errors;
  // The library's message quotes the line, which may hold a token: only where, not what.
  if (problem !== undefined)
    throw invalidKubeconfig(origin, `is no YAML (${problem.code}${lineOf(problem)})`);
  return (document.toJS({ maxAliasCount: 100 }) as Json) ?? {};
}

function lineOf(problem: {
  readonly linePos?: readonly { readonly line: number }[] | undefined;
}): string {
  const line = problem.linePos?.[0]?.line;
  return line === undefined ? "" : ` in line ${line}`;
}

function namedEntries<T>(
  file: Fields,
  list: string,
  member: string,
  decode: (fields: Fields) => T,
): ReadonlyMap<string, T> {
  const entries = new Map<string, T>();
  for (const item of file.items(list)) {
    const name = item.text("name");
    if (name === undefined) continue;
    if (entries.has(name)) throw file.invalid(`names ${name} twice in ${list}`);
    entries.set(name, decode(item.fields(member)));
  }
  return entries;
}

function clusterEntry(cluster: Fields): ClusterEntry {
  const exec = cluster
    .items("extensions")
    .find((extension) => extension.text("name") === "client.authentication.k8s.io/exec");
  return {
    server: cluster.text("server"),
    caFile: cluster.path("certificate-authority"),
    caData: cluster.base64("certificate-authority-data"),
    insecure: cluster.flag("insecure-skip-tls-verify"),
    tlsServerName: cluster.text("tls-server-name"),
    proxyUrl: cluster.text("proxy-url"),
    execConfig: exec?.raw("extension"),
  };
}

function userEntry(user: Fields): UserEntry {
  return {
    certFile: user.path("client-certificate"),
    certData: user.base64("client-certificate-data"),
    keyFile: user.path("client-key"),
    keyData: user.base64("client-key-data"),
    token: user.text("token"),
    tokenFile: user.path("tokenFile"),
    username: user.text("username"),
    password: user.text("password"),
    as: user.text("as"),
    asUid: user.text("as-uid"),
    asGroups: user.texts("as-groups"),
    asExtra: Object.fromEntries(
      user
        .fields("as-user-extra")
        .names()
        .map((key) => [key, user.fields("as-user-extra").texts(key)]),
    ),
    exec: user.has("exec") ? execConfig(user.fields("exec")) : undefined,
    authProvider: user.has("auth-provider")
      ? authProvider(user.fields("auth-provider"))
      : undefined,
  };
}

function authProvider(provider: Fields): AuthProvider {
  const { file } = provider;
  return { name: provider.text("name") ?? "", config: provider.raw("config"), file };
}

function execConfig(exec: Fields): ExecConfig {
  return {
    apiVersion: exec.text("apiVersion") ?? "",
    command: exec.command("command") ?? "",
    args: exec.texts("args"),
    env: exec
      .items("env")
      .map((item) => ({ name: item.text("name") ?? "", value: item.text("value") ?? "" })),
    installHint: exec.text("installHint"),
    interactiveMode: exec.text("interactiveMode"),
    provideClusterInfo: exec.flag("provideClusterInfo"),
  };
}

function contextEntry(context: Fields): ContextEntry {
  return {
    cluster: context.text("cluster") ?? "",
    user: context.text("user") ?? "",
    namespace: context.text("namespace"),
  };
}
