// Which cluster and which user of a merged kubeconfig a connection is made of: the context's, or those named by flags.
import { type ErrorCode, PivotError } from "../model/error.ts";
import { compareStrings } from "../model/object.ts";
import type { ClusterEntry, ContextEntry, UserEntry } from "./kubeconfig-entries.ts";
import type { LoadedKubeconfig } from "./kubeconfig-file.ts";
import type { ConnectionOverrides } from "./overrides.ts";

/** As the kubeconfig has them, nothing overridden yet. */
export interface ContextEntries {
  /** Empty when none is used. */
  readonly context: string;
  readonly clusterName: string;
  readonly cluster: ClusterEntry | undefined;
  readonly userName: string;
  readonly user: UserEntry | undefined;
}

export interface ContextChoice {
  /** Default: the current context. */
  readonly context?: string | undefined;
  /** The flag that chooses it, for hints. */
  readonly contextFlag: string;
  readonly overrides: ConnectionOverrides;
}

/** In messages, where the kubeconfig has no name for it. */
const BY_FLAGS = "given by flags";

/**
 * As kubectl chooses: what a flag names must be there; a context that nobody named is needed only while flags leave the
 * server open.
 * @throws PivotError CONTEXT_NOT_FOUND, KUBECONFIG_INVALID
 */
export function entriesOf(config: LoadedKubeconfig, choice: ContextChoice): ContextEntries {
  const name = choice.context ?? config.currentContext;
  const context = contextOf(config, name, choice);
  const cluster = clusterOf(config, name, context, choice);
  const user = userOf(config, name, context, choice);
  return { context: name ?? "", ...cluster, ...user };
}

function contextOf(
  config: LoadedKubeconfig,
  name: string | undefined,
  { contextFlag, overrides }: ContextChoice,
): ContextEntry | undefined {
  const context = name === undefined ? undefined : config.contexts.get(name);
  const isNeeded = name !== undefined || (overrides.server ?? overrides.cluster) === undefined;
  if (context === undefined && isNeeded) throw contextNotFound(config, name, contextFlag);
  return context;
}

function clusterOf(
  config: LoadedKubeconfig,
  contextName: string | undefined,
  context: ContextEntry | undefined,
  { overrides, contextFlag }: ContextChoice,
): Pick<ContextEntries, "clusterName" | "cluster"> {
  const name = overrides.cluster ?? context?.cluster ?? "";
  const cluster = config.clusters.get(name);
  if (cluster === undefined) {
    if (overrides.cluster !== undefined) throw missing(config, "cluster", name, contextFlag);
    if (overrides.server === undefined) throw dangling(config, contextName, `cluster ${name}`);
  }
  return { clusterName: name === "" ? BY_FLAGS : name, cluster };
}

function userOf(
  config: LoadedKubeconfig,
  contextName: string | undefined,
  context: ContextEntry | undefined,
  { overrides, contextFlag }: ContextChoice,
): Pick<ContextEntries, "userName" | "user"> {
  const name = overrides.user ?? context?.user ?? "";
  const user = name === "" ? undefined : config.users.get(name);
  if (user === undefined && name !== "") {
    if (overrides.user !== undefined) throw missing(config, "user", name, contextFlag);
    throw dangling(config, contextName, `user ${name}`);
  }
  return { userName: name === "" ? BY_FLAGS : name, user };
}

function contextNotFound(
  config: LoadedKubeconfig,
  name: string | undefined,
  flag: string,
): PivotError {
  const what = name === undefined ? "current context" : `context ${name}`;
  const isChoice = config.contexts.size > 0 && !config.isForeign;
  const hint = isChoice
    ? `${flag} ${oneOf(config.contexts)}`
    : `${flag.replace("context", "kubeconfig")} FILE`;
  return failure("CONTEXT_NOT_FOUND", `kubeconfig ${config.origin} has no ${what}`, hint);
}

function missing(
  config: LoadedKubeconfig,
  what: "cluster" | "user",
  name: string,
  contextFlag: string,
): PivotError {
  const known = what === "cluster" ? config.clusters : config.users;
  const flag = contextFlag.replace("context", `kubeconfig-${what}`);
  const hint = known.size === 0 ? undefined : `${flag} ${oneOf(known)}`;
  return failure("KUBECONFIG_INVALID", `kubeconfig ${config.origin} has no ${what} ${name}`, hint);
}

/** What a flag takes: the only one there is, or any of them. */
function oneOf(entries: ReadonlyMap<string, unknown>): string {
  const known = [...entries.keys()].sort(compareStrings);
  return known.length === 1 ? `${known[0]}` : `NAME, one of: ${known.join(", ")}`;
}

function dangling(config: LoadedKubeconfig, context: string | undefined, what: string): PivotError {
  const message = `kubeconfig ${config.origin}: context ${context} names ${what}, which is not there`;
  return failure("KUBECONFIG_INVALID", message);
}

function failure(code: ErrorCode, message: string, hint?: string): PivotError {
  return new PivotError({ code, message, ...(hint === undefined ? {} : { hint }) });
}
