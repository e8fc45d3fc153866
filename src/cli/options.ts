// Flags as typed -> options as meant. Pure: nothing is read, nobody is contacted, every refusal is a usage error.
import type { ClusterName } from "../model/error.ts";
import type { Scope } from "../model/plan.ts";
import type { SourceProviders } from "../model/run-record.ts";
import type { ColorMode } from "../report/screen.ts";
import {
  type ClusterChoices,
  type RawClusterFlags,
  readSource,
  readTarget,
} from "./cluster-flags.ts";
import {
  readChoice,
  readInteger,
  readPatience,
  readRequestTimeout,
  readTimeout,
} from "./flag-values.ts";
import { type ProviderFlags, readProviderFlags } from "./provider-flags.ts";
import { type RawScopeFlags, readScope } from "./scope-flags.ts";
import { readSourceFlags } from "./source-flags.ts";

type Text = string | undefined;
type Texts = readonly string[] | undefined;

/** The flags of pivot and plan as clipanion collected them. */
export interface RawFlags extends RawClusterFlags, RawScopeFlags {
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

function lostOf({ sourceLost, targetLost }: RawFlags): Pick<PivotFlags, "lost"> {
  if (sourceLost) return { lost: "source" };
  return targetLost ? { lost: "target" } : {};
}

export function readColor(text: Text): ColorMode {
  return readChoice("--color", text, ["auto", "always", "never"]);
}

const MAX_VERBOSITY = 10;

export function readVerbosity(text: Text): number {
  return readInteger("-v", text ?? "0", 0, MAX_VERBOSITY);
}
