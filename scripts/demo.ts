// The demonstration: a pair of clusters, a sample fleet, tables before and after, and in between the compiled plugin as
// an operator types it. `--interrupt` kills it midway and resumes it; `--shell` opens a shell beside the clusters instead;
// `--live` has real managers at work, and takes minutes.
import { applyFleet } from "../test/support/fleet/apply-fleet.ts";
import {
  claimFleet,
  classFleet,
  type Fleet,
  fleetOf,
  plainFleet,
  poolFleet,
} from "../test/support/fleet/fleets.ts";
import { lookAtFleet } from "../test/support/fleet/look.ts";
import { normalForms } from "../test/support/fleet/normal-form.ts";
import { type Snapshot, uidsOf } from "../test/support/fleet/snapshot.ts";
import { type Pair, startPair } from "../test/support/testbed/pair.ts";
import { type PairFolder, writePairFolder } from "../test/support/testbed/pair-folder.ts";
import { pivotAndDie } from "./demo-interrupt.ts";
import { demonstrateLive } from "./demo-live.ts";
import { fleetTable } from "./fleet-table.ts";
import { pivotAsTyped, runCommand } from "./run-beside.ts";

const USAGE_ERROR = 2;

async function main(): Promise<number> {
  const [flag, ...others] = process.argv.slice(2);
  if (others.length === 0 && flag === "--live") return demonstrateLive(say);
  const wantsShell = flag === "--shell";
  if (others.length > 0 || ![undefined, "--shell", "--interrupt"].includes(flag)) {
    console.error("usage: scripts/demo [--interrupt | --live | --shell]");
    return USAGE_ERROR;
  }
  say("Starting two management clusters: etcd, API server and controllers of each");
  const fleet = sampleFleet(wantsShell);
  const kinds = new Set(fleet.objects.map(({ kind }) => kind));
  const pair = await startPair({ kinds, fill: (source) => applyFleet(source, fleet) });
  const folder = await writePairFolder(pair);
  try {
    if (wantsShell) return await openShell(folder);
    const pivot = flag === "--interrupt" ? pivotAndDie : justPivot;
    return await show({ pair, folder, fleet }, pivot);
  } finally {
    await Promise.all([pair.source.stop(), pair.target.stop(), folder.remove()]);
  }
}

/** Plain, of a class, with pools; by hand also the claim that clusterctl loses. */
function sampleFleet(withClaim: boolean): Fleet {
  const fleets = [plainFleet("team-a"), classFleet("team-b"), poolFleet("edge")];
  if (withClaim) fleets.push(claimFleet("metal"));
  return fleetOf(fleets.flatMap(({ objects }) => objects));
}

interface Stage {
  readonly pair: Pair;
  readonly folder: PairFolder;
  readonly fleet: Fleet;
}

function justPivot(_pair: Pair, folder: PairFolder): Promise<number> {
  return pivotAsTyped(folder);
}

async function show({ pair, folder, fleet }: Stage, pivot: typeof pivotAndDie): Promise<number> {
  const before = await lookAtBoth(pair, fleet);
  say(`\nBefore\n${fleetTable(before)}\n`);
  const code = await pivot(pair, folder, say);
  const after = await lookAtBoth(pair, fleet);
  say(`\nAfter\n${fleetTable(after)}\n`);
  const [lost, total] = countLost(before.source, after.target);
  say(`${total - lost} of ${total} objects are in the target, equal field by field`);
  return code === 0 && lost === 0 ? 0 : 1;
}

async function lookAtBoth(
  { source, target }: Pair,
  fleet: Fleet,
): Promise<{ readonly source: Snapshot; readonly target: Snapshot }> {
  return {
    source: await lookAtFleet(source.api, fleet),
    target: await lookAtFleet(target.api, fleet),
  };
}

/** Missing, or with any field that is not as it was: status, owners and field ownership too. */
function countLost(before: Snapshot, after: Snapshot): readonly [lost: number, total: number] {
  const copies = normalForms(after, uidsOf(after));
  const originals = Object.entries(normalForms(before, uidsOf(before)));
  const lost = originals.filter(([key, form]) => !Bun.deepEquals(form, copies[key]));
  for (const [key] of lost) say(`not equal: ${key}`);
  return [lost.length, originals.length];
}

async function openShell(folder: PairFolder): Promise<number> {
  say(
    [
      "",
      "A shell beside both clusters; leaving it stops them. Try",
      "  kubectl get clusters.cluster.x-k8s.io -A",
      "  kubectl capi-pivot plan --to-kubeconfig $TARGET_KUBECONFIG",
      "  kubectl capi-pivot --to-kubeconfig $TARGET_KUBECONFIG --assume-held ServerClaim",
      "",
    ].join("\n"),
  );
  return runCommand(process.env["SHELL"] ?? "bash", [], folder);
}

function say(text: string): void {
  console.log(text);
}

process.exitCode = await main();
