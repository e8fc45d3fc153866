// The record of a run that begins, before anything is known of its snapshot.

import { compareStrings } from "../model/object.ts";
import type { Scope } from "../model/plan.ts";
import type { Preview } from "../model/preview.ts";
import type { Components } from "../model/provider.ts";
import type { RunRecord, SourceProviders } from "../model/run-record.ts";
import { scopeOf } from "../plan/marks.ts";
import { travellers } from "../plan/plan-pivot.ts";
import { digestPlan } from "./plan-digest.ts";

export interface RunOptions {
  readonly scope: Scope;
  readonly status: "restore" | "drop";
  readonly stopControllers: "auto" | "never";
  readonly sourceProviders: SourceProviders;
  readonly proveForMs: number;
  readonly deleteKindCluster: boolean;
  readonly providers: "copy" | "skip";
  readonly manifests: readonly Components[];
  readonly tool: RunRecord["tool"];
}

/** Phase `started`, epoch 1; `fleet` is filled from the frozen source. */
export function newRecord(
  run: string,
  now: number,
  { source, target, plan }: Preview,
  { scope, ...options }: RunOptions,
): RunRecord {
  const time = new Date(now).toISOString();
  const count = (verdict: string) =>
    travellers(plan).filter((planned) => planned.verdict.kind === verdict).length;
  return {
    version: 1,
    run,
    phase: "started",
    epoch: 1,
    startedAt: time,
    updatedAt: time,
    tool: options.tool,
    source,
    target,
    whole: plan.whole,
    ...scope,
    status: options.status,
    stopControllers: options.stopControllers,
    sourceProviders: options.sourceProviders,
    proveForMs: options.proveForMs,
    deleteKindCluster: options.deleteKindCluster,
    providers: options.providers,
    ...manifestsDigest(options.manifests),
    plan: digestPlan(plan),
    createdNamespaces: plan.namespaces.map(({ name }) => name),
    objects: { move: count("move"), copy: count("copy") },
    fleet: [],
    replicas: [],
    webhooks: [],
  };
}

/** What a run was started with, out of its record; `--components` cannot be in it. */
export function optionsOf(record: RunRecord): Omit<RunOptions, "tool" | "manifests"> {
  const { status, stopControllers, sourceProviders, proveForMs, deleteKindCluster, providers } =
    record;
  return {
    scope: scopeOf(record),
    ...{ status, stopControllers, sourceProviders, proveForMs, deleteKindCluster, providers },
  };
}

function manifestsDigest(manifests: readonly Components[]): Pick<RunRecord, "manifests"> {
  if (manifests.length === 0) return {};
  return { manifests: digestManifests(manifests) };
}

/** SHA-256 of what `--components` gave, whatever files it came in. */
export function digestManifests(manifests: readonly Components[]): string {
  const texts = manifests.flatMap(({ objects }) => objects.map((one) => JSON.stringify(one)));
  return new Bun.CryptoHasher("sha256").update(texts.sort(compareStrings).join("\n")).digest("hex");
}
