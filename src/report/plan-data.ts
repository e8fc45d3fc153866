// A plan as data for programs: `plan -o json|yaml`. docs/plan.md is the contract; fields are only added. Pure.
import type { ComponentOrigin, ComponentSet } from "../model/install.ts";
import { apiVersionOf, type ObjectId } from "../model/object.ts";
import type {
  Finding,
  Freeze,
  Hold,
  ObjectRef,
  PlannedObject,
  Scope,
  VerdictKind,
} from "../model/plan.ts";
import type { PlanChoices, Preview } from "../model/preview.ts";
import type { StopPlan } from "../model/provider.ts";
import type { SourceProviders } from "../model/run-record.ts";
import { plainId } from "./plain-id.ts";
import { countPlan, type PlanCounts } from "./plan-counts.ts";
import { type ProgramsData, programsData } from "./program-data.ts";
import { type ProviderData, providerData } from "./provider-data.ts";

export interface PlanData extends ProgramsData {
  readonly apiVersion: "capi-pivot.github.io/v1alpha1";
  readonly kind: "Plan";
  readonly source: ClusterData;
  readonly target: ClusterData;
  readonly whole: boolean;
  /** What was chosen; with `selector` or `excluded`, `clusters` are those that were found by it. */
  readonly scope: Scope;
  readonly choices: PlanChoices;
  readonly counts: PlanCounts;
  readonly groups: readonly { readonly objects: readonly ObjectData[] }[];
  readonly others: readonly ObjectData[];
  readonly leaves: readonly { readonly id: ObjectId; readonly uid: string }[];
  readonly namespaces: readonly string[];
  readonly targetSets: readonly TargetSetData[];
  readonly install: readonly InstallData[];
  readonly stop: readonly ObjectId[];
  readonly sourceProviders: SourceProviders;
  readonly providers: Readonly<Record<"source" | "target", readonly ProviderData[]>>;
  readonly findings: readonly Finding[];
}

interface InstallData {
  readonly owner: string;
  readonly version?: string;
  readonly from: ComponentOrigin;
  /** How many: their bodies hold Secrets. */
  readonly objects: number;
}

interface TargetSetData {
  readonly id: ObjectId;
  readonly uid: string;
  readonly clusters: readonly string[];
  readonly freeze: Freeze;
}

interface ClusterData {
  readonly context: string;
  readonly server: string;
  readonly version: string;
  readonly uid: string;
}

interface ObjectData {
  readonly id: ObjectId;
  readonly uid: string;
  /** As spoken to both clusters. */
  readonly apiVersion: string;
  readonly verdict: VerdictKind;
  readonly reason: string;
  readonly hold: Hold;
  readonly freeze: Freeze;
  readonly owners: readonly ObjectId[];
}

/** Plain values only: what JSON and YAML can write. */
export function planData(preview: Preview): PlanData {
  const { source, target, plan } = preview;
  const objects = [...plan.groups.flatMap((group) => group.objects), ...plan.others];
  const ids = new Map(objects.map(({ uid, id }) => [uid, id]));
  return {
    apiVersion: "capi-pivot.github.io/v1alpha1",
    kind: "Plan",
    source: clusterData(source),
    target: clusterData(target),
    whole: plan.whole,
    scope: scopeData(preview.scope),
    choices: { ...preview.choices },
    counts: countPlan(plan),
    groups: plan.groups.map((group) => ({
      objects: group.objects.map((object) => objectData(object, ids)),
    })),
    others: plan.others.map((object) => objectData(object, ids)),
    leaves: plan.leaves.map(({ id, uid }) => ({ id: plainId(id), uid })),
    namespaces: plan.namespaces.map(({ name }) => name),
    targetSets: plan.targetSets.map(({ id, uid, clusters, freeze }) => ({
      ...{ id: plainId(id), uid, clusters: [...clusters], freeze },
    })),
    install: preview.install.sets.map(installData),
    stop: stoppedIds(preview.stop),
    ...programsData(preview),
    sourceProviders: plan.whole ? preview.sourceProviders : "keep",
    providers: {
      source: plan.providers.source.providers.map(providerData),
      target: plan.providers.target.providers.map(providerData),
    },
    findings: plan.findings.map(({ code, severity, why, hint, objects: about }) => ({
      code,
      severity,
      why,
      hint,
      objects: about.map(plainId),
    })),
  };
}

/** Plain values in the order of the flags' help. */
function scopeData({ include, leave, ...names }: Scope): Scope {
  const { namespaces, clusters, selector, excluded, assumeHeld, controllers, ignore } = names;
  const ref = ({ kind, namespace, name }: ObjectRef): ObjectRef =>
    namespace === undefined ? { kind, name } : { kind, namespace, name };
  return {
    namespaces: [...namespaces],
    clusters: [...clusters],
    ...(selector === undefined ? {} : { selector }),
    excluded: [...excluded],
    include: include.map(ref),
    leave: leave.map(ref),
    assumeHeld: [...assumeHeld],
    controllers: [...controllers],
    ignore: [...ignore],
  };
}

function installData({ owner, provider, from, objects }: ComponentSet): InstallData {
  const version = provider?.version === undefined ? {} : { version: provider.version };
  return { owner, ...version, from, objects: objects.length };
}

/** In the order of stopping. */
function stoppedIds(stop: StopPlan | undefined): readonly ObjectId[] {
  if (stop === undefined) return [];
  return [...stop.parents, ...stop.controllers, ...stop.late].map(({ id }) => plainId(id));
}

function clusterData({ context, server, version, uid }: ClusterData): ClusterData {
  return { context, server, version, uid };
}

function objectData(object: PlannedObject, ids: ReadonlyMap<string, ObjectId>): ObjectData {
  const { id, uid, kind, verdict, hold, freeze, owners } = object;
  return {
    id: plainId(id),
    uid,
    apiVersion: apiVersionOf(kind.group, kind.version),
    verdict: verdict.kind,
    reason: verdict.reason,
    hold,
    freeze,
    owners: owners
      .map((owner) => ids.get(owner))
      .filter((owner) => owner !== undefined)
      .map(plainId),
  };
}
