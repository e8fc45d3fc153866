// Flags of `status`: those of `plan` that say which cluster and how to print, in its own words. Read here too.

import {
  hasTarget,
  type KubeconfigChoice,
  type RawClusterFlags,
  readSource,
  readTarget,
  type TargetChoice,
} from "./cluster-flags.ts";
import type { Flag } from "./flag.ts";
import { readRequestTimeout } from "./flag-values.ts";
import { PLAN_FLAGS } from "./flags.ts";

const ABOUT: Readonly<Record<string, string>> = {
  kubeconfig:
    "Kubeconfig of the cluster to look at, whichever side of a pivot it was. Default: $KUBECONFIG, then ~/.kube/config.",
  context: "Context of that cluster (also --kubeconfig-context). Default: the current context.",
  "to-kubeconfig": "Kubeconfig of the other cluster, to look at both.",
  "to-context":
    "Context of the other cluster (also --to-kubeconfig-context), in the file of --to-kubeconfig; without that, in that of --kubeconfig.",
  "to-cluster":
    "The other cluster is this Cluster of the one looked at, reached with the kubeconfig in its Secret.",
  output: "What was found, for people or for programs, on stdout.",
};

export const STATUS_FLAGS: readonly Flag[] = PLAN_FLAGS.filter(
  ({ long, isGlobal = false }) => long in ABOUT || isGlobal,
).map((flag) => ({ ...flag, about: ABOUT[flag.long] ?? flag.about }));

export interface StatusFlags {
  readonly cluster: KubeconfigChoice;
  /** Undefined: one cluster alone is looked at. */
  readonly other: TargetChoice | undefined;
  readonly requestTimeoutMs: number;
}

/** @throws PivotError USAGE */
export function readStatusFlags(
  raw: RawClusterFlags & { readonly requestTimeout?: string | undefined },
): StatusFlags {
  return {
    cluster: readSource(raw),
    other: hasTarget(raw) ? readTarget(raw) : undefined,
    requestTimeoutMs: readRequestTimeout(raw.requestTimeout ?? "30s"),
  };
}
