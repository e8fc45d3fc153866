// Finds and merges kubeconfig files exactly as kubectl does: --kubeconfig, else $KUBECONFIG, else ~/.kube/config,
// else the service account of the pod we run in. client-node's own loader differs in many ways (no merge, other order).
import { access, readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { PivotError } from "../model/error.ts";
import { type Kubeconfig, parseKubeconfig } from "./kubeconfig-entries.ts";

/** Where to look. `text` (a kubeconfig out of a Secret) wins over everything and reads no file. */
export interface KubeconfigSource {
  readonly path?: string | undefined;
  readonly text?: string | undefined;
  /** Nothing is read at all: flags say everything. */
  readonly isNone?: boolean | undefined;
  /** An empty result is good enough, because a flag gives the server. */
  readonly mayBeEmpty?: boolean | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  /** For tests; default: where Kubernetes mounts it. */
  readonly serviceAccountDir?: string;
}

/** The merged result, and where it came from for messages. */
export interface LoadedKubeconfig extends Kubeconfig {
  readonly origin: string;
  /** From a Secret: whoever may write it must not make us run commands or read local files. */
  readonly isForeign: boolean;
}

const SERVICE_ACCOUNT_DIR = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Loads what kubectl would; an empty result is an error, unless the source says otherwise. */
export async function loadKubeconfig(source: KubeconfigSource): Promise<LoadedKubeconfig> {
  if (source.isNone === true) return local(mergeKubeconfigs([]), "of the flags");
  if (source.text !== undefined) {
    const origin = "from the Secret";
    return { ...parseKubeconfig(source.text, origin), origin, isForeign: true };
  }
  if (source.path !== undefined) return local(await readOne(source.path), source.path);
  const paths = searchPaths(source);
  const files = await Promise.all(paths.map(readIfThere));
  const merged = mergeKubeconfigs(files.filter((file) => file !== undefined));
  if (!isEmpty(merged) || source.mayBeEmpty === true) return local(merged, paths.join(delimiter));
  return (await inCluster(source)) ?? notFound(paths);
}

/** The first file that names an entry wins it whole; the first current-context that is not empty wins. */
export function mergeKubeconfigs(files: readonly Kubeconfig[]): Kubeconfig {
  // Later entries of a Map overwrite earlier ones, hence the reversal.
  const reversed = [...files].reverse();
  return {
    clusters: new Map(reversed.flatMap((file) => [...file.clusters])),
    users: new Map(reversed.flatMap((file) => [...file.users])),
    contexts: new Map(reversed.flatMap((file) => [...file.contexts])),
    currentContext: files.find((file) => file.currentContext !== undefined)?.currentContext,
  };
}

function local(config: Kubeconfig, origin: string): LoadedKubeconfig {
  return { ...config, origin, isForeign: false };
}

function isEmpty(config: Kubeconfig): boolean {
  return config.clusters.size + config.users.size + config.contexts.size === 0;
}

function searchPaths(source: KubeconfigSource): readonly string[] {
  const listed = source.env["KUBECONFIG"] ?? "";
  if (listed === "") return [join(source.homeDir, ".kube", "config")];
  return [...new Set(listed.split(delimiter).filter((path) => path !== ""))];
}

async function readOne(path: string): Promise<Kubeconfig> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new PivotError({
      code: "KUBECONFIG_NOT_FOUND",
      message: `kubeconfig ${path} cannot be read (${codeOf(cause)})`,
      hint: "check the path given with --kubeconfig or --to-kubeconfig, or in $KUBECONFIG",
      cause,
    });
  });
  return parseKubeconfig(text, path, dirname(path));
}

/** A file of the list that is not there is skipped; one that may not be read is an error, not an empty file. */
async function readIfThere(path: string): Promise<Kubeconfig | undefined> {
  try {
    return await readOne(path);
  } catch (error) {
    if (error instanceof PivotError && codeOf(error.cause) === "ENOENT") return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}

/** client-go's rest.InClusterConfig: always https, the token read again each minute. */
async function inCluster(source: KubeconfigSource): Promise<LoadedKubeconfig | undefined> {
  const host = source.env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = source.env["KUBERNETES_SERVICE_PORT"] ?? "";
  const directory = source.serviceAccountDir ?? SERVICE_ACCOUNT_DIR;
  if (host === "" || port === "" || !(await isThere(join(directory, "token")))) return undefined;
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const hasCa = await isThere(join(directory, "ca.crt"));
  const cluster = { server, ...(hasCa ? { "certificate-authority": "ca.crt" } : {}) };
  // Built as a kubeconfig so that there is one way from entries to a connection.
  const text = JSON.stringify({
    clusters: [{ name: "in-cluster", cluster }],
    users: [{ name: "service-account", user: { tokenFile: "token" } }],
    contexts: [{ name: "in-cluster", context: { cluster: "in-cluster", user: "service-account" } }],
    "current-context": "in-cluster",
  });
  return local(parseKubeconfig(text, "of the pod", directory), "of the pod");
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function notFound(paths: readonly string[]): never {
  throw new PivotError({
    code: "KUBECONFIG_NOT_FOUND",
    message: `no kubeconfig: ${paths.join(" and ")} ${paths.length > 1 ? "are" : "is"} missing or empty, and this is no pod`,
    hint: "give --kubeconfig FILE or set $KUBECONFIG",
  });
}
