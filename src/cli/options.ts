// Flags as typed -> options as meant. Pure: nothing is read, nobody is contacted, every refusal is a usage error.
import { type ClusterName, usageError } from "../model/error.ts";
import { FINDING_CODES, type FindingCode, findingFacts } from "../model/finding-codes.ts";
import type { ObjectRef, Scope } from "../model/plan.ts";
import type { SourceProviders } from "../model/run-record.ts";
import type { ColorMode } from "../report/screen.ts";
import {
  type ClusterChoices,
  clusterOf,
  NAME,
  NAMESPACE,
  type RawClusterFlags,
  readSource,
  readTarget,
} from "./cluster-flags.ts";
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
export interface RawFlags extends RawClusterFlags {
  readonly namespaces?: Texts;
  readonly allNamespaces?: boolean;
  readonly clusters?: Texts;
  readonly include?: Texts;
  readonly leave?: Texts;
  readonly assumeHeld?: Texts;
  readonly controllers?: Texts;
  readonly ignore?: Texts;
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
  readonly waitForNetwork?: Text;
  readonly sourceLost?: boolean;
  readonly targetLost?: boolean;
}

export interface PivotFlags extends ProviderFlags, ClusterChoices {
  /** The cluster that is gone for good: it is not connected to. */
  readonly lost?: ClusterName;
  readonly scope: Scope;
  readonly status: "restore" | "drop";
  readonly stopControllers: "auto" | "never";
  readonly sourceProviders: SourceProviders;
  readonly deleteKindCluster: boolean;
  readonly proveForMs: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly requestTimeoutMs: number;
  /** 0: not at all. */
  readonly waitForNetworkMs: number;
}

const MAX_CONCURRENCY = 64;
const KIND = /^[A-Z][A-Za-z0-9]*(\.[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/;

/** @throws PivotError USAGE */
export function readFlags(raw: RawFlags): PivotFlags {
  return {
    source: readSource(raw),
    // Nobody will ask for a target that is lost.
    target: raw.targetLost ? { from: "kubeconfig" } : readTarget(raw),
    ...lostOf(raw),
    scope: readScope(raw),
    status: readChoice("--status", raw.status, ["restore", "drop"]),
    ...readProviderFlags(raw),
    ...readSourceFlags(raw),
    ...readDurations(raw),
    concurrency: readInteger("--concurrency", raw.concurrency ?? "32", 1, MAX_CONCURRENCY),
  };
}

function readDurations(
  raw: RawFlags,
): Pick<PivotFlags, "proveForMs" | "timeoutMs" | "requestTimeoutMs" | "waitForNetworkMs"> {
  return {
    proveForMs: readPatience("--prove-for", raw.proveFor ?? "30s"),
    timeoutMs: readTimeout("--timeout", raw.timeout ?? "5m"),
    requestTimeoutMs: readRequestTimeout(raw.requestTimeout ?? "30s"),
    waitForNetworkMs: readPatience("--wait-for-network", raw.waitForNetwork ?? "2m"),
  };
}

function readScope(raw: RawFlags): Scope {
  return {
    namespaces: namespacesOf(raw),
    clusters: (raw.clusters ?? []).map((text) =>
      Object.values(clusterOf(text, "--cluster")).join("/"),
    ),
    include: (raw.include ?? []).map((text) => refOf(text, "--include")),
    leave: (raw.leave ?? []).map((text) => refOf(text, "--leave")),
    assumeHeld: (raw.assumeHeld ?? []).map((text) => kindOf(text, "--assume-held")),
    controllers: (raw.controllers ?? []).map(controllerOf),
    ignore: (raw.ignore ?? []).map(ignoredCode),
  };
}

function lostOf({ sourceLost, targetLost }: RawFlags): Pick<PivotFlags, "lost"> {
  if (sourceLost) return { lost: "source" };
  return targetLost ? { lost: "target" } : {};
}

function namespacesOf({ namespaces = [], allNamespaces = false }: RawFlags): readonly string[] {
  if (!allNamespaces || namespaces.length === 0) return namespaces.map(namespaceOf);
  throw usageError(
    "-A and -n contradict each other",
    "-n moves what is in one namespace, -A what is in all: give one or the other",
  );
}

function namespaceOf(text: string): string {
  if (NAMESPACE.test(text)) return text;
  throw badValue("--namespace", text, "the name of one namespace (repeat the flag for more)");
}

function ignoredCode(text: string): FindingCode {
  const code = FINDING_CODES.find((one) => one === text);
  if (code === undefined) {
    const codes = FINDING_CODES.filter((one) => findingFacts(one).ignorable);
    throw badValue("--ignore", text, `the code of a finding: ${codes.join(", ")}`);
  }
  if (findingFacts(code).ignorable) return code;
  throw usageError(
    `${code} cannot be ignored: something could be lost`,
    findingFacts(code).remedy || `leave --ignore ${code} out`,
  );
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
