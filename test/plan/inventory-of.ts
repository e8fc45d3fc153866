// Inventories and plans without a server: from fleets, and from a few words per object. Pure.
import { LABEL } from "../../src/model/capi.ts";
import type { Inventory, ProviderMaterial } from "../../src/model/inventory.ts";
import type { ResourceKind } from "../../src/model/kinds.ts";
import {
  apiVersionOf,
  formatId,
  idOf,
  type Json,
  type KubeObject,
  kindKey,
  type OwnerReference,
} from "../../src/model/object.ts";
import type { Bodies, Finding, Plan, PlannedObject, Scope } from "../../src/model/plan.ts";
import { planPivot } from "../../src/plan/plan-pivot.ts";
import { FLEET_KINDS } from "../support/fleet/fleet-kinds.ts";
import { type FleetObject, keyOf } from "../support/fleet/fleet-object.ts";

/** A program in a few words: its provider label (empty: none), and how many pods it wants. */
export interface Workload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly provider: string;
  readonly replicas: number;
}

/** Kinds with controllers of their own that no Cluster API provider ships. */
const UNLABELLED: ReadonlySet<string> = new Set(["ServerClaim", "Tenant"]);

type Row = readonly [group: string, version: string, kind: string, scope?: "cluster"];

const BUILT_IN: readonly Row[] = [
  ["", "v1", "Namespace", "cluster"],
  ["", "v1", "Pod"],
  ["", "v1", "ServiceAccount"],
  ["apps", "v1", "Deployment"],
  ["apps", "v1", "ReplicaSet"],
];

const CUSTOM: readonly Row[] = [
  ["example.dev", "v1", "Tenant"],
  ["metal3.io", "v1alpha1", "BareMetalHost"],
  ["metal3.io", "v1alpha1", "HardwareData"],
  ["metal3.io", "v1alpha1", "DataImage"],
  ["resources.azure.com", "v1", "ResourceGroup"],
  ["infrastructure.cluster.x-k8s.io", "v1beta1", "AzureCluster"],
  ["infrastructure.cluster.x-k8s.io", "v1beta1", "Metal3Machine"],
  ["ipam.metal3.io", "v1alpha1", "IPPool"],
];

function aKind([group, version, kind, scope]: Row, isCustom: boolean): ResourceKind {
  const plural = `${kind.toLowerCase()}s`;
  const provider = { [LABEL.clusterctl]: "", [LABEL.provider]: providerOf(group) };
  return {
    group,
    kind,
    plural,
    namespaced: scope !== "cluster",
    versions: [version],
    version,
    verbs: ["create", "delete", "get", "list", "patch"],
    hasStatus: true,
    ...(isCustom
      ? {
          crd: {
            name: `${plural}.${group}`,
            storageVersion: version,
            storedVersions: [version],
            labels: UNLABELLED.has(kind) ? {} : provider,
            hasConversionWebhook: false,
            statusVersions: [version],
          },
        }
      : {}),
  };
}

/** `infrastructure-fleet`: one provider per group. */
export function providerOf(group: string): string {
  return group === "cluster.x-k8s.io" ? "cluster-api" : `${group.split(".")[0]}-fleet`;
}

/** Every kind of the tests, by `kindKey`. */
export const KINDS: ReadonlyMap<string, ResourceKind> = new Map(
  [
    ...FLEET_KINDS.map(({ group, version, kind, namespaced }) =>
      aKind(namespaced ? [group, version, kind] : [group, version, kind, "cluster"], group !== ""),
    ),
    ...BUILT_IN.map((row) => aKind(row, false)),
    ...CUSTOM.map((row) => aKind(row, true)),
  ].map((kind) => [kindKey(kind), kind]),
);

const BY_NAME = new Map([...KINDS.values()].map((kind) => [kind.kind, kind]));

/** The kind of that name; throws for one that no test knows. */
export function kindOf(name: string): ResourceKind {
  const kind = BY_NAME.get(name);
  if (kind === undefined) throw new Error(`no kind ${name}: add it to inventory-of.ts`);
  return kind;
}

/** What a hand-made object may say; everything else is empty. */
export interface Facts {
  /** `Machine ns1/m1`; one that is not among the objects is a dangling owner. */
  readonly owners?: readonly (string | (Partial<OwnerReference> & { readonly key: string }))[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly deleting?: boolean;
  readonly generation?: number;
  readonly spec?: Json;
  readonly status?: Json;
}

/** The uid of an object, by its short key. */
export function uidOf(key: string): string {
  return `uid of ${key}`;
}

/** `anObject("Machine ns1/m1", { owners: ["MachineSet ns1/ms"] })`. */
export function anObject(key: string, facts: Facts = {}): KubeObject {
  const { owners = [], labels, annotations, finalizers, deleting = false, generation = 1 } = facts;
  const [kindName = "", path = ""] = key.split(" ");
  const [namespace, name] = path.includes("/") ? path.split("/") : [undefined, path];
  const { group, version, kind } = kindOf(kindName);
  return {
    apiVersion: apiVersionOf(group, version),
    kind,
    metadata: {
      name: name ?? "",
      ...(namespace === undefined ? {} : { namespace }),
      uid: uidOf(key),
      resourceVersion: "1",
      generation,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(deleting ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
      ...(owners.length === 0 ? {} : { ownerReferences: owners.map(reference) }),
    },
    ...(facts.spec === undefined ? {} : { spec: facts.spec }),
    ...(facts.status === undefined ? {} : { status: facts.status }),
  };
}

function reference(
  owner: string | (Partial<OwnerReference> & { readonly key: string }),
): OwnerReference {
  const { key, ...flags } = typeof owner === "string" ? { key: owner } : owner;
  const [kindName = "", path = ""] = key.split(" ");
  const { group, version, kind } = kindOf(kindName);
  const name = path.slice(path.indexOf("/") + 1);
  return { apiVersion: apiVersionOf(group, version), kind, name, uid: uidOf(key), ...flags };
}

/** A fleet as a server would show it. */
export function objectsOf(fleet: readonly FleetObject[]): readonly KubeObject[] {
  return fleet.map((object) => {
    const { creation, layer, adoption, content, owners, status } = object;
    const writers = [creation, layer ?? {}, adoption ?? {}];
    const spec = { ...(content["spec"] as object | undefined), ...adoption?.spec };
    const made = anObject(shortKey(keyOf(object)), {
      labels: Object.assign({}, ...writers.map(({ labels }) => labels)),
      annotations: Object.assign({}, ...writers.map(({ annotations }) => annotations)),
      finalizers: [...(creation.finalizers ?? []), ...(adoption?.finalizers ?? [])],
      owners: owners.map(({ key, ...flags }) => ({ key: shortKey(key), ...flags })),
      ...(status === undefined ? {} : { status: status(1) }),
    });
    return { ...made, ...content, ...(content["spec"] === undefined ? {} : { spec }) };
  });
}

/** `Machine.cluster.x-k8s.io ns1/m1` -> `Machine ns1/m1`. */
function shortKey(key: string): string {
  const [kind = "", path = ""] = key.split(" ");
  return `${kind.split(".")[0]} ${path}`;
}

/** Nothing that tells of a provider. */
export const NO_MATERIAL: ProviderMaterial = {
  workloads: [],
  services: [],
  webhooks: [],
  inventory: [],
  operator: [],
  roles: [],
  bindings: [],
  autoscalers: [],
};

/** An inventory of exactly these objects. */
export function inventoryOf(
  objects: readonly KubeObject[],
  facts: Partial<Pick<Inventory, "kinds" | "unlisted" | "material">> & {
    readonly workloads?: readonly Workload[];
  } = {},
): Inventory {
  const { kinds = KINDS, unlisted = [], workloads = Object.values(KINDS_WITH_CONTROLLERS) } = facts;
  return {
    identity: { uid: "u", server: "127.0.0.1:6443", context: "test", version: "v1.36.3" },
    kinds,
    objects: new Map(objects.map((object) => [object.metadata.uid, object])),
    unlisted,
    material: facts.material ?? materialOf(workloads),
  };
}

/** The objects behind the workloads, with the provider label alone. */
function materialOf(workloads: readonly Workload[]): ProviderMaterial {
  const objects = workloads.map(({ kind, namespace, name, provider, replicas }) => ({
    apiVersion: "apps/v1",
    kind,
    metadata: {
      ...{ name, namespace, uid: `uid of ${namespace}/${name}`, resourceVersion: "1" },
      labels: { [LABEL.provider]: provider },
    },
    spec: {
      replicas,
      template: { spec: { containers: [{ name: "manager", image: `test/${provider}:v1.0.0` }] } },
    },
  }));
  return { ...NO_MATERIAL, workloads: objects };
}

/** A controller per provider, so that nothing is held merely because none runs. */
const KINDS_WITH_CONTROLLERS: Readonly<Record<string, Workload>> = Object.fromEntries(
  [...KINDS.values()].map(({ group }) => [
    group,
    {
      kind: "Deployment",
      namespace: "controllers",
      name: providerOf(group),
      provider: providerOf(group),
      replicas: 1,
    },
  ]),
);

export function aScope(scope: Partial<Scope> = {}): Scope {
  return {
    namespaces: [],
    clusters: [],
    include: [],
    leave: [],
    excluded: [],
    assumeHeld: [],
    ignore: [],
    controllers: [],
    ...scope,
  };
}

export interface World {
  readonly scope?: Partial<Scope>;
  readonly target?: Inventory;
  readonly source?: Partial<Inventory>;
  readonly bodies?: Bodies;
  readonly stopControllers?: "auto" | "never";
  readonly arriving?: readonly string[];
}

/** Plans the move of these objects into an empty cluster with the same kinds. */
export function planOf(objects: readonly KubeObject[], world: World = {}): Plan {
  return planPivot({
    source: { ...inventoryOf(objects), ...world.source },
    target: world.target ?? inventoryOf([]),
    scope: aScope(world.scope),
    bodies: world.bodies ?? new Map(objects.map((object) => [object.metadata.uid, object])),
    stopControllers: world.stopControllers ?? "never",
    arriving: new Set(world.arriving),
  });
}

/** Groups as text: `["Cluster.cluster.x-k8s.io ns1/a", …]`, copies marked with ` (copy)`. */
export function groupsText(plan: Plan): readonly (readonly string[])[] {
  return plan.groups.map(({ objects }) => objects.map(planText));
}

function planText({ id, verdict }: PlannedObject): string {
  return verdict.kind === "move" ? formatId(id) : `${formatId(id)} (${verdict.kind})`;
}

/** `Kind ns/name` -> verdict, of everything that the plan names. */
export function verdictsText(plan: Plan): Readonly<Record<string, string>> {
  const objects = [...plan.groups.flatMap((group) => group.objects), ...plan.others];
  return Object.fromEntries(
    objects.map(({ id, verdict }) => [shortKey(formatId(id)), verdict.kind]),
  );
}

/** The planned object of that short key. */
export function plannedOf(plan: Plan, key: string): PlannedObject {
  const objects = [...plan.groups.flatMap((group) => group.objects), ...plan.others];
  const found = objects.find(({ uid }) => uid === uidOf(key));
  if (found === undefined) throw new Error(`${key} is not in the plan`);
  return found;
}

/** `error FOREIGN_DEPENDENT Pod ns1/p`. */
export function findingsText(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ severity, code, objects }) =>
    [severity, code, ...objects.map((id) => shortKey(formatId(id)))].join(" "),
  );
}

/** The short keys of objects, for comparing sets. */
export function keysOf(objects: readonly KubeObject[]): readonly string[] {
  return objects.map((object) => shortKey(formatId(idOf(object))));
}
