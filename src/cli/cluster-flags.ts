// Which two clusters are meant and how to log in: kubectl's connection flags, for the source and with `--to-` for the target.
import type { ConnectionOverrides } from "../kube/overrides.ts";
import { usageError } from "../model/error.ts";
import { badValue } from "./flag-values.ts";
import { notEmpty, type Prefix, type RawAccess, readOverrides } from "./override-flags.ts";

type Text = string | undefined;

interface RawKubeconfig extends RawAccess {
  readonly kubeconfig?: Text;
  readonly context?: Text;
}

/** The same with `to` before each name. */
type ToTarget<T> = { readonly [K in keyof T as `to${Capitalize<K & string>}`]: T[K] };

export interface RawClusterFlags extends RawKubeconfig, ToTarget<RawKubeconfig> {
  readonly toCluster?: Text;
}

/** Where a cluster's kubeconfig is; without a path, where kubectl would look. */
export interface KubeconfigChoice {
  readonly path?: string;
  readonly context?: string;
  readonly overrides?: ConnectionOverrides;
}

export type TargetChoice =
  | ({ readonly from: "kubeconfig" } & KubeconfigChoice)
  | {
      readonly from: "cluster";
      readonly namespace: string;
      readonly name: string;
      readonly overrides?: ConnectionOverrides;
    }
  /** No kubeconfig at all: the credentials of another cluster must not go to a server that has only an address. */
  | { readonly from: "flags"; readonly overrides: ConnectionOverrides };

export interface ClusterChoices {
  readonly source: KubeconfigChoice;
  readonly target: TargetChoice;
}

export const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
export const NAME = /^[^/\s%]+$/;

/** @throws PivotError USAGE */
export function readSource(raw: RawClusterFlags): KubeconfigChoice {
  return kubeconfigOf(raw, "--");
}

/** @throws PivotError USAGE, also when there is none. */
export function readTarget(raw: RawClusterFlags): TargetChoice {
  const target = targetFlags(raw);
  if (raw.toCluster !== undefined) return inCluster(raw.toCluster, target);
  const entry = target.kubeconfig ?? target.context ?? target.kubeconfigCluster;
  if (entry === undefined && target.server === undefined) {
    throw usageError(
      "no target: give --to-kubeconfig, --to-context or --to-cluster",
      "for example: kubectl capi-pivot plan --to-kubeconfig target.yaml",
    );
  }
  const isOfFlags = (entry ?? target.kubeconfigUser) === undefined;
  if (isOfFlags) return { from: "flags", overrides: readOverrides(target, "--to-") ?? {} };
  // Without a file of its own a context is one of the source's file.
  const kubeconfig = target.kubeconfig ?? raw.kubeconfig;
  return { from: "kubeconfig", ...kubeconfigOf({ ...target, kubeconfig }, "--to-") };
}

/** Whether anything says where the target is. */
export function hasTarget(raw: RawClusterFlags): boolean {
  const { toCluster, toKubeconfig, toContext, toKubeconfigCluster, toServer } = raw;
  const flags = [toCluster, toKubeconfig, toContext, toKubeconfigCluster, toServer];
  return flags.some((flag) => flag !== undefined);
}

function inCluster(cluster: string, target: RawKubeconfig): TargetChoice {
  const { kubeconfig, context, kubeconfigCluster, kubeconfigUser } = target;
  if ((kubeconfig ?? context ?? kubeconfigCluster ?? kubeconfigUser) !== undefined) {
    throw usageError(
      "--to-cluster cannot be combined with --to-kubeconfig or --to-context",
      "the kubeconfig of --to-cluster comes from its Secret in the source: give one or the other",
    );
  }
  return {
    from: "cluster",
    ...clusterOf(cluster, "--to-cluster"),
    ...withOverrides(readOverrides(target, "--to-")),
  };
}

function targetFlags(raw: RawClusterFlags): RawKubeconfig {
  return {
    kubeconfig: raw.toKubeconfig,
    context: raw.toContext,
    kubeconfigCluster: raw.toKubeconfigCluster,
    kubeconfigUser: raw.toKubeconfigUser,
    server: raw.toServer,
    token: raw.toToken,
    certificateAuthority: raw.toCertificateAuthority,
    clientCertificate: raw.toClientCertificate,
    clientKey: raw.toClientKey,
    insecureSkipTlsVerify: raw.toInsecureSkipTlsVerify ?? false,
    tlsServerName: raw.toTlsServerName,
    as: raw.toAs,
    asGroups: raw.toAsGroups,
    asUid: raw.toAsUid,
    asUserExtras: raw.toAsUserExtras,
  };
}

function kubeconfigOf(raw: RawKubeconfig, prefix: Prefix): KubeconfigChoice {
  const path = notEmpty(raw.kubeconfig, `${prefix}kubeconfig`, "FILE");
  const context = notEmpty(raw.context, `${prefix}context`, "NAME");
  return {
    ...(path === undefined ? {} : { path }),
    ...(context === undefined ? {} : { context }),
    ...withOverrides(readOverrides(raw, prefix)),
  };
}

function withOverrides(overrides: ConnectionOverrides | undefined): {
  readonly overrides?: ConnectionOverrides;
} {
  return overrides === undefined ? {} : { overrides };
}

/** @throws PivotError USAGE */
export function clusterOf(
  text: string,
  flag: string,
): { readonly namespace: string; readonly name: string } {
  const [namespace = "", name = "", ...rest] = text.split("/");
  if (rest.length > 0 || !NAMESPACE.test(namespace) || !NAME.test(name)) {
    throw badValue(flag, text, "NAMESPACE/NAME of a Cluster, for example default/web");
  }
  return { namespace, name };
}
