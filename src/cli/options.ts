// Flags as typed -> options as meant. Pure: nothing is read, nobody is contacted, every refusal is a usage error.
import { type ClusterName, usageError } from "../model/error.ts";
import type { ObjectRef, Scope } from "../model/plan.ts";
import type { SourceProviders } from "../model/run-record.ts";
import type { ColorMode } from "../report/screen.ts";
import {
  badValue,
  readChoice,
  readInteger,
  readPatience,
  readRequestTimeout,
  readTimeout,
} from "./flag-values.ts";
import { type ProviderFlags, readProviderFlags } from "./provider-flags.ts";
import { readSourceFlags } from "./source-flags.ts";

type Text = string | undefined;
type Texts = readonly string[] | undefined;

/** The flags of pivot and plan as clipanion collected them. */
export interface RawFlags {
  readonly kubeconfig?: Text;
  readonly context?: Text;
  readonly toKubeconfig?: Text;
  readonly toContext?: Text;
  readonly toCluster?: Text;
  readonly namespaces?: Texts;
  readonly clusters?: Texts;
  readonly include?: Texts;
  readonly leave?: Texts;
  readonly assumeHeld?: Texts;
  readonly controllers?: Texts;
  readonly status?: Text;
  readonly stopControllers?: Text;
  readonly providers?: Text;
  readonly components?: Texts;
  readonly sourceProviders?: Text;
  readonly deleteKindCluster?: boolean;
  readonly proveFor?: Text;
  readonly concurrency?: Text;
  readonly timeout?: Text;
  readonly requestTimeout?: Text;
  readonly sourceLost?: boolean;
  readonly targetLost?: boolean;
}

/** Where a cluster's kubeconfig is; without a path, where kubectl would look. */
export interface KubeconfigChoice {
  readonly path?: string;
  readonly context?: string;
}

export type TargetChoice =
  | ({ readonly from: "kubeconfig" } & KubeconfigChoice)
  | { readonly from: "cluster"; readonly namespace: string; readonly name: string };

export interface PivotFlags extends ProviderFlags {
  /** The cluster that is gone for good: it is not connected to. */
  readonly lost?: ClusterName;
  readonly source: KubeconfigChoice;
  readonly target: TargetChoice;
  readonly scope: Scope;
  readonly status: "restore" | "drop";
  readonly stopControllers: "auto" | "never";
  readonly sourceProviders: SourceProviders;
  readonly deleteKindCluster: boolean;
  readonly proveForMs: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly requestTimeoutMs: number;
}

const MAX_CONCURRENCY = 64;
const KIND = /^[A-Z][A-Za-z0-9]*(\.[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const NAME = /^[^/\s%]+$/;

/** @throws PivotError USAGE */
export function readFlags(raw: RawFlags): PivotFlags {
  return {
    source: readSource(raw),
    target: readTarget(raw),
    ...lostOf(raw),
    scope: readScope(raw),
    status: readChoice("--status", raw.status, ["restore", "drop"]),
    ...readProviderFlags(raw),
    ...readSourceFlags(raw),
    proveForMs: readPatience("--prove-for", raw.proveFor ?? "30s"),
    concurrency: readInteger("--concurrency", raw.concurrency ?? "32", 1, MAX_CONCURRENCY),
    timeoutMs: readTimeout("--timeout", raw.timeout ?? "5m"),
    requestTimeoutMs: readRequestTimeout(raw.requestTimeout ?? "30s"),
  };
}

function readScope(raw: RawFlags): Scope {
  return {
    namespaces: (raw.namespaces ?? []).map(namespaceOf),
    clusters: (raw.clusters ?? []).map((text) =>
      Object.values(clusterOf(text, "--cluster")).join("/"),
    ),
    include: (raw.include ?? []).map((text) => refOf(text, "--include")),
    leave: (raw.leave ?? []).map((text) => refOf(text, "--leave")),
    assumeHeld: (raw.assumeHeld ?? []).map((text) => kindOf(text, "--assume-held")),
    controllers: (raw.controllers ?? []).map(controllerOf),
  };
}

function lostOf({ sourceLost, targetLost }: RawFlags): Pick<PivotFlags, "lost"> {
  if (sourceLost) return { lost: "source" };
  return targetLost ? { lost: "target" } : {};
}

/** @throws PivotError USAGE */
export function readSource({ kubeconfig, context }: RawFlags): KubeconfigChoice {
  return kubeconfigOf(kubeconfig, context, "--kubeconfig", "--context");
}

function kubeconfigOf(
  path: Text,
  context: Text,
  pathFlag: string,
  contextFlag: string,
): KubeconfigChoice {
  if (path === "") throw usageError(`${pathFlag} is empty`, `${pathFlag} FILE`);
  if (context === "") throw usageError(`${contextFlag} is empty`, `${contextFlag} NAME`);
  return {
    ...(path === undefined ? {} : { path }),
    ...(context === undefined ? {} : { context }),
  };
}

/** @throws PivotError USAGE, also when there is none. */
export function readTarget(raw: RawFlags): TargetChoice {
  // Nobody will ask for it.
  if (raw.targetLost) return { from: "kubeconfig" };
  const { toKubeconfig, toContext, toCluster } = raw;
  if (toCluster !== undefined) {
    if (toKubeconfig !== undefined || toContext !== undefined) {
      throw usageError(
        "--to-cluster cannot be combined with --to-kubeconfig or --to-context",
        "the kubeconfig of --to-cluster comes from its Secret in the source: give one or the other",
      );
    }
    return { from: "cluster", ...clusterOf(toCluster, "--to-cluster") };
  }
  if (toKubeconfig === undefined && toContext === undefined) {
    throw usageError(
      "no target: give --to-kubeconfig, --to-context or --to-cluster",
      "for example: kubectl capi-pivot plan --to-kubeconfig target.yaml",
    );
  }
  // A context alone is one of the source's file.
  const path = toKubeconfig ?? raw.kubeconfig;
  return {
    from: "kubeconfig",
    ...kubeconfigOf(path, toContext, "--to-kubeconfig", "--to-context"),
  };
}

function namespaceOf(text: string): string {
  if (NAMESPACE.test(text)) return text;
  throw badValue("--namespace", text, "the name of one namespace (repeat the flag for more)");
}

function clusterOf(
  text: string,
  flag: string,
): { readonly namespace: string; readonly name: string } {
  const [namespace = "", name = "", ...rest] = text.split("/");
  if (rest.length > 0 || !NAMESPACE.test(namespace) || !NAME.test(name)) {
    throw badValue(flag, text, "NAMESPACE/NAME of a Cluster, for example default/web");
  }
  return { namespace, name };
}

/** Of a workload, whose name is one of a pod's: a DNS subdomain. */
function controllerOf(text: string): string {
  const [namespace = "", name = "", ...rest] = text.split("/");
  if (rest.length === 0 && NAMESPACE.test(namespace) && NAME.test(name)) return text;
  throw badValue(
    "--controller",
    text,
    "NAMESPACE/NAME of a Deployment, StatefulSet or DaemonSet, for example baremetal-operator-system/baremetal-operator-controller-manager",
  );
}

function kindOf(text: string, flag: string): string {
  if (KIND.test(text)) return text;
  throw badValue(flag, text, "Kind or Kind.group, for example Machine.cluster.x-k8s.io");
}

function refOf(text: string, flag: string): ObjectRef {
  const [kind = "", ...path] = text.split("/");
  const isPath = (path.length === 1 || path.length === 2) && path.every((part) => NAME.test(part));
  if (!isPath) throw badValue(flag, text, "KIND/NAMESPACE/NAME, or KIND/NAME without a namespace");
  const [first = "", second] = path;
  const checked = kindOf(kind, flag);
  return second === undefined
    ? { kind: checked, name: first }
    : { kind: checked, namespace: first, name: second };
}

export function readColor(text: Text): ColorMode {
  return readChoice("--color", text, ["auto", "always", "never"]);
}

const MAX_VERBOSITY = 10;

export function readVerbosity(text: Text): number {
  return readInteger("-v", text ?? "0", 0, MAX_VERBOSITY);
}
