// Options of a run that is resumed come from its record: a flag may repeat what it says, and not contradict it.
import { usageError } from "../model/error.ts";
import type { RunRecord } from "../model/run-record.ts";
import { optionsOf } from "../run/new-record.ts";
import type { PivotFlags, RawFlags } from "./options.ts";

/** Flags by their raw name, and how their value is found in what was read and in what was recorded. */
const FLAGS: readonly (readonly [
  raw: keyof Omit<RawFlags, "context">,
  flag: string,
  value: (options: Recorded) => unknown,
])[] = [
  ["namespaces", "--namespace", ({ scope }) => scope.namespaces],
  ["clusters", "--cluster", ({ scope }) => scope.clusters],
  ["selector", "--selector", ({ scope }) => scope.selector],
  ["excludeClusters", "--exclude-cluster", ({ scope }) => scope.excluded],
  ["include", "--include", ({ scope }) => scope.include],
  ["leave", "--leave", ({ scope }) => scope.leave],
  ["assumeHeld", "--assume-held", ({ scope }) => scope.assumeHeld],
  ["controllers", "--controller", ({ scope }) => scope.controllers],
  ["ignore", "--ignore", ({ scope }) => scope.ignore],
  ["allow", "--allow", ({ scope }) => scope.allow],
  ["status", "--status", ({ status }) => status],
  ["stopControllers", "--stop-controllers", ({ stopControllers }) => stopControllers],
  ["providers", "--providers", ({ providers }) => providers],
  ["sourceProviders", "--source-providers", ({ sourceProviders }) => sourceProviders],
  ["proveFor", "--prove-for", ({ proveForMs }) => proveForMs],
  ["deleteKindCluster", "--delete-kind-cluster", ({ deleteKindCluster }) => deleteKindCluster],
];

type Recorded = ReturnType<typeof optionsOf>;

/** @throws PivotError USAGE naming the flag; nothing was changed. */
export function refuseContradictions(
  raw: Omit<RawFlags, "context">,
  flags: PivotFlags,
  record: RunRecord,
): void {
  const recorded = optionsOf(record);
  for (const [name, flag, value] of FLAGS) {
    const isGiven = raw[name] !== undefined && raw[name] !== false;
    if (!isGiven || JSON.stringify(value(flags)) === JSON.stringify(value(recorded))) continue;
    throw usageError(
      `${flag} is not what run ${record.run} was started with; nothing was changed`,
      `leave ${flag} out: a run that is resumed has its options in its record`,
    );
  }
}
