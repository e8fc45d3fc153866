// Source clusters that nobody would build: owners at random, cycles, owners that are gone, labels, scopes and flags.
import fc from "fast-check";
import { LABEL } from "../../src/model/capi.ts";
import type { KubeObject } from "../../src/model/object.ts";
import type { ObjectRef, Scope } from "../../src/model/plan.ts";
import { anObject, aScope, kindOf } from "./inventory-of.ts";

export interface GeneratedWorld {
  readonly objects: readonly KubeObject[];
  readonly scope: Scope;
  /** Kinds that the target lacks. */
  readonly missing: readonly string[];
}

/** Those that many rules are about come more often. */
const KIND_NAMES = [
  "Cluster",
  "Cluster",
  "Cluster",
  "ClusterClass",
  "ClusterClass",
  "IPAddress",
  "IPAddress",
  "InClusterIPPool",
  "ClusterClass",
  "ClusterResourceSet",
  "ClusterResourceSetBinding",
  "MachineSet",
  "Machine",
  "DockerMachine",
  "DockerMachineTemplate",
  "Secret",
  "ConfigMap",
  "ServerClaim",
  "Tenant",
  "BareMetalHost",
  "InClusterIPPool",
  "GlobalInClusterIPPool",
  "IPAddress",
  "FleetClusterIdentity",
  "Pod",
  "ServiceAccount",
  "Deployment",
] as const;

/** One object before it has owners; `owners` are indices into the list of all. */
interface Seed {
  readonly kind: string;
  readonly namespace: string;
  readonly owners: readonly number[];
  readonly dangling: boolean;
  readonly label: string | undefined;
  readonly deleting: boolean;
  readonly finalizer: boolean;
  readonly other: number;
  readonly named: number;
}

const seed: fc.Arbitrary<Seed> = fc.record({
  kind: fc.constantFrom(...KIND_NAMES),
  namespace: fc.constantFrom("ns1", "ns2"),
  owners: fc.oneof(
    { weight: 3, arbitrary: fc.array(fc.nat(), { maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(fc.nat(), { maxLength: 3 }) },
  ),
  dangling: rarely(fc.constant(true), false),
  label: rarely(fc.constantFrom<string>(LABEL.move, LABEL.moveHierarchy), undefined),
  deleting: rarely(fc.constant(true), false),
  finalizer: fc.boolean(),
  other: fc.nat(),
  named: fc.nat({ max: 5 }),
});

function rarely<T, U>(value: fc.Arbitrary<T>, otherwise: U): fc.Arbitrary<T | U> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.constant(otherwise) },
    { weight: 1, arbitrary: value },
  );
}

/** A few names for all, so that names often meet; of two objects with all in common the later one is there. */
function keyOf({ kind, namespace, named }: Seed, index: number): string {
  const isOfCluster = kind === "Secret" && named > 2;
  const name = isOfCluster ? `o${named}-ca` : nameOf(index);
  return kindOf(kind).namespaced ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
}

function nameOf(index: number): string {
  return `o${index % 6}`;
}

function objectsFrom(seeds: readonly Seed[]): readonly KubeObject[] {
  const keys = seeds.map(keyOf);
  const at = (index: number) => keys[index % keys.length] ?? "";
  const objects = seeds.map((one, index) =>
    anObject(at(index), {
      owners: [
        ...one.owners.map(at),
        ...(one.dangling ? [`Machine ${one.namespace}/gone-${index}`] : []),
      ],
      labels: {
        ...(one.label === undefined ? {} : { [one.label]: "" }),
        ...(one.named > 3 ? { [LABEL.clusterName]: nameOf(one.other) } : {}),
      },
      finalizers: one.finalizer ? ["example.dev/keep"] : [],
      deleting: one.deleting,
      spec: specOf(one, nameOf(one.other)),
    }),
  );
  return [...new Map(objects.map((object) => [object.metadata.uid, object])).values()];
}

function specOf({ kind, other: pick }: Seed, other: string): unknown {
  const otherNamespace = pick % 3 === 0 ? "ns1" : "ns2";
  switch (kind) {
    case "Cluster":
      return { topology: { classRef: { name: other, namespace: otherNamespace } } };
    case "ClusterClass":
      return {
        infrastructure: {
          templateRef: {
            apiVersion: "infrastructure.cluster.x-k8s.io/v1beta2",
            kind: "DockerMachineTemplate",
            name: other,
          },
        },
      };
    case "ClusterResourceSet":
      return { resources: [{ kind: "Secret", name: other }] };
    case "ClusterResourceSetBinding":
      return { clusterName: other };
    default:
      return {};
  }
}

function sometimes(value: fc.Arbitrary<number[]>): fc.Arbitrary<readonly number[]> {
  const none: number[] = [];
  return fc.oneof({ weight: 3, arbitrary: fc.constant(none) }, { weight: 1, arbitrary: value });
}

const scopeSeed = fc.record({
  whole: fc.boolean(),
  namespaces: fc.subarray(["ns1", "ns2"], { minLength: 0 }),
  clusters: fc.array(fc.nat(), { maxLength: 2 }),
  include: sometimes(fc.array(fc.nat(), { maxLength: 2 })),
  leave: sometimes(fc.array(fc.nat(), { maxLength: 2 })),
});

/** The operator chooses existing Clusters and names existing objects. */
export const generatedWorld: fc.Arbitrary<GeneratedWorld> = fc
  .record({
    seeds: fc.array(seed, { minLength: 1, maxLength: 40, size: "max" }),
    scope: scopeSeed,
    missing: rarely(fc.constantFrom("Machine", "Secret", "ServerClaim"), undefined),
  })
  .map(({ seeds, scope, missing }) => {
    const objects = objectsFrom(seeds);
    const refAt = (index: number): readonly ObjectRef[] => {
      const found = objects[index % objects.length];
      if (found === undefined) return [];
      const { name, namespace } = found.metadata;
      return [{ kind: found.kind, name, ...(namespace === undefined ? {} : { namespace }) }];
    };
    const clusters = objects.filter(({ kind }) => kind === "Cluster");
    const chosen = scope.clusters.flatMap((index) => {
      const found = clusters[index % Math.max(clusters.length, 1)];
      return found === undefined ? [] : [`${found.metadata.namespace}/${found.metadata.name}`];
    });
    return {
      objects,
      scope: aScope({
        namespaces: scope.whole ? [] : scope.namespaces,
        clusters: scope.whole ? [] : chosen,
        include: scope.include.flatMap(refAt),
        leave: scope.leave.flatMap(refAt),
      }),
      missing: missing === undefined ? [] : [missing],
    };
  });
