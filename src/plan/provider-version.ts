// Versions of providers: where they are written down, and how two of them compare.
import { compare, parse } from "semver";
import type { Comparison } from "../model/provider.ts";

/** `1.14.2` and `v1.14.2` as `v1.14.2`; undefined for what is no semantic version. */
export function asVersion(text: string | undefined): string | undefined {
  const parsed = parse(text ?? "");
  return parsed === null ? undefined : `v${parsed.version}`;
}

type VersionComparison = Extract<Comparison, "same" | "older" | "newer" | "unknown">;

/**
 * What the other version is, seen from the first one; `unknown` when one of them is missing or not semantic.
 * clusterctl compares in the same way (cmd/clusterctl/client/cluster/mover.go, checkTargetProviders).
 */
export function compareVersions(
  one: string | undefined,
  other: string | undefined,
): VersionComparison {
  const [a, b] = [parse(one ?? ""), parse(other ?? "")];
  if (a === null || b === null) return "unknown";
  const order = compare(b, a);
  if (order === 0) return "same";
  return order < 0 ? "older" : "newer";
}
