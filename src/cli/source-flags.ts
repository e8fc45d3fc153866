// What becomes of the source: its controllers, its providers, the cluster itself. Only a whole management cluster can be
// taken apart: of a part, somebody has to go on reconciling the rest.
import { usageError } from "../model/error.ts";
import type { SourceProviders } from "../model/run-record.ts";
import { readChoice } from "./flag-values.ts";

/** As typed, beside the flags that choose a part. */
export interface RawSourceFlags {
  readonly namespaces?: readonly string[] | undefined;
  readonly clusters?: readonly string[] | undefined;
  readonly selector?: string | undefined;
  readonly excludeClusters?: readonly string[] | undefined;
  readonly leave?: readonly string[] | undefined;
  readonly stopControllers?: string | undefined;
  readonly sourceProviders?: string | undefined;
  readonly deleteKindCluster?: boolean;
}

export interface SourceFlags {
  readonly stopControllers: "auto" | "never";
  readonly sourceProviders: SourceProviders;
  readonly deleteKindCluster: boolean;
}

/** @throws PivotError USAGE, also for flags that contradict each other. */
export function readSourceFlags(raw: RawSourceFlags): SourceFlags {
  const parts = [raw.namespaces, raw.clusters, raw.excludeClusters].flatMap((names) => names ?? []);
  const whole = parts.length === 0 && raw.selector === undefined;
  const flags: SourceFlags = {
    stopControllers: readChoice("--stop-controllers", raw.stopControllers, ["auto", "never"]),
    sourceProviders: whole
      ? readChoice("--source-providers", raw.sourceProviders, ["remove", "stop", "keep"])
      : readChoice("--source-providers", raw.sourceProviders, ["keep", "remove", "stop"]),
    deleteKindCluster: raw.deleteKindCluster ?? false,
  };
  const hasLeft = (raw.leave ?? []).length > 0;
  const found = CONTRADICTIONS.find(({ holds }) => holds(flags, { whole, hasLeft }));
  if (found !== undefined) throw usageError(found.message, found.hint);
  return flags;
}

interface Contradiction {
  readonly message: string;
  readonly hint: string;
  readonly holds: (
    flags: SourceFlags,
    choice: { readonly whole: boolean; readonly hasLeft: boolean },
  ) => boolean;
}

const CONTRADICTIONS: readonly Contradiction[] = [
  {
    message: "--source-providers cannot take the providers from a cluster of which a part stays",
    hint: "leave it out, or move everything (no -n, --cluster, --selector or --exclude-cluster)",
    holds: ({ sourceProviders }, { whole }) => !whole && sourceProviders !== "keep",
  },
  {
    message: "--delete-kind-cluster would delete what does not move",
    hint: "leave it out, or move everything (no -n, --cluster, --selector, --exclude-cluster or --leave)",
    holds: ({ deleteKindCluster }, { whole, hasLeft }) => deleteKindCluster && (!whole || hasLeft),
  },
  {
    message: "--source-providers=stop and --stop-controllers=never contradict each other",
    hint: "give one or the other",
    holds: (flags) => flags.sourceProviders === "stop" && flags.stopControllers === "never",
  },
];
