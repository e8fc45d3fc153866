// What must hold of every plan, whatever the source looks like. The checks know the raw objects and the plan only.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { isIpPool } from "../../src/model/capi.ts";
import { formatId, idOf, type KubeObject, kindKey, stringAt } from "../../src/model/object.ts";
import type { Plan, PlannedObject } from "../../src/model/plan.ts";
import { travellers } from "../../src/plan/plan-pivot.ts";
import { type GeneratedWorld, generatedWorld } from "./generated-worlds.ts";
import { inventoryOf, KINDS, kindOf, planOf } from "./inventory-of.ts";

// Many runs on a busy machine.
setDefaultTimeout(60_000);

const RUNS = { seed: 20_261_124, numRuns: 400 };

function planned({ objects, scope, missing }: GeneratedWorld): Plan {
  const kinds = new Map(KINDS);
  for (const name of missing) kinds.delete(kindKey(kindOf(name)));
  return planOf(objects, { scope, target: inventoryOf([], { kinds, workloads: [] }) });
}

function holds(claim: (plan: Plan, world: GeneratedWorld) => readonly string[]): void {
  fc.assert(
    fc.property(generatedWorld, (world) => {
      const complaints = claim(planned(world), world);
      if (complaints.length > 0) throw new Error(complaints.join("\n"));
    }),
    RUNS,
  );
}

function everything(plan: Plan): readonly PlannedObject[] {
  return [...travellers(plan), ...plan.others];
}

function byUid(plan: Plan): ReadonlyMap<string, PlannedObject> {
  return new Map(everything(plan).map((object) => [object.uid, object]));
}

function ownersOf(object: KubeObject): readonly string[] {
  return (object.metadata.ownerReferences ?? []).map(({ uid }) => uid);
}

function isNamed(object: KubeObject, refs: GeneratedWorld["scope"]["leave"]): boolean {
  const { name, namespace } = object.metadata;
  return refs.some(
    (ref) => ref.kind === object.kind && ref.name === name && ref.namespace === namespace,
  );
}

function isCustom(object: KubeObject): boolean {
  return KINDS.get(kindKey(idOf(object)))?.crd !== undefined;
}

function text({ id }: Pick<PlannedObject, "id">): string {
  return formatId(id);
}

/** Does following owners from one uid lead to the other? */
function leadsTo(from: string, to: string, owners: (uid: string) => readonly string[]): boolean {
  const seen = new Set<string>();
  const queue = [from];
  for (const uid of queue) {
    if (uid === to) return true;
    for (const owner of owners(uid)) {
      if (!seen.has(owner)) queue.push(owner);
      seen.add(owner);
    }
  }
  return false;
}

/** Does an error name it, with a way to go on? */
function isInTheWay(plan: Plan, { id }: PlannedObject): boolean {
  return plan.findings.some(
    (one) => one.severity === "error" && one.hint !== "" && one.objects.includes(id),
  );
}

describe("every plan", () => {
  test("names each object once, with one verdict and its reason", () => {
    holds((plan) => {
      const seen = new Set<string>();
      return everything(plan).flatMap((object) => {
        const twice = seen.has(object.uid);
        seen.add(object.uid);
        return [
          ...(twice ? [`${text(object)} is named twice`] : []),
          ...(object.verdict.reason === "" ? [`${text(object)} has no reason`] : []),
        ];
      });
    });
  });

  test("has what is moved or copied in groups, and nothing else", () => {
    holds((plan) => [
      ...travellers(plan)
        .filter(({ verdict }) => verdict.kind !== "move" && verdict.kind !== "copy")
        .map((object) => `${text(object)} is in a group`),
      ...plan.others
        .filter(({ verdict }) => verdict.kind !== "keep" && verdict.kind !== "blocked")
        .map((object) => `${text(object)} is in no group`),
      ...plan.groups.flatMap(({ objects }, index) =>
        objects.length === 0 ? [`group ${index}`] : [],
      ),
    ]);
  });

  test("has owners in earlier groups than what they own", () => {
    holds((plan) => {
      const level = new Map(
        plan.groups.flatMap(({ objects }, index) =>
          objects.map(({ uid }) => [uid, index] as const),
        ),
      );
      return travellers(plan).flatMap(({ uid, owners, cutOwners, ...object }) =>
        owners
          .filter((owner) => !cutOwners.includes(owner))
          .filter((owner) => (level.get(owner) ?? 99) >= (level.get(uid) ?? -1))
          .map((owner) => `${text(object)} does not come after ${owner}`),
      );
    });
  });

  test("counts among owners only what travels", () => {
    holds((plan) => {
      const travelling = new Set(travellers(plan).map(({ uid }) => uid));
      return travellers(plan).flatMap(({ owners, cutOwners, ...object }) =>
        [...owners, ...cutOwners]
          .filter((owner) => !(travelling.has(owner) && owners.includes(owner)))
          .map((owner) => `${text(object)} waits for ${owner}`),
      );
    });
  });

  test("cuts an owner edge only where it closes a circle", () => {
    holds((plan) => {
      const all = byUid(plan);
      const up = (uid: string) => all.get(uid)?.owners ?? [];
      return travellers(plan).flatMap(({ uid, cutOwners, ...object }) =>
        cutOwners
          .filter((owner) => !leadsTo(owner, uid, up))
          .map((owner) => `${text(object)} is cut from ${owner} for nothing`),
      );
    });
  });

  test("does not depend on the order in which lists came in", () => {
    fc.assert(
      fc.property(generatedWorld, fc.infiniteStream(fc.nat()), (world, random) => {
        const keyed = world.objects.map((object) => ({ object, key: random.next().value ?? 0 }));
        const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ object }) => object);
        expect(planned({ ...world, objects: shuffled })).toEqual(planned(world));
      }),
      { ...RUNS, numRuns: 200 },
    );
  });

  test("accounts for every owner of a moved object", () => {
    holds((plan, { objects, scope }) => {
      const all = byUid(plan);
      const there = new Map(objects.map((object) => [object.metadata.uid, object]));
      const said = (code: string, { id }: PlannedObject) =>
        plan.findings.some((one) => one.code === code && one.objects.includes(id));
      const isDangling = (own: PlannedObject, owner: string) =>
        own.danglingOwners.includes(owner) && said("OWNER_DANGLING", own);
      const isAccountedFor = (own: PlannedObject, owner: KubeObject): boolean => {
        const above = all.get(owner.metadata.uid);
        if (above?.verdict.kind === "blocked") return isInTheWay(plan, above);
        if (isNamed(owner, scope.leave)) return said("OWNER_STAYS", own);
        return own.owners.includes(owner.metadata.uid);
      };
      return objects.flatMap((object) => {
        const own = all.get(object.metadata.uid);
        if (own?.verdict.kind !== "move") return [];
        return ownersOf(object)
          .filter((uid) => {
            const owner = there.get(uid);
            return !(owner === undefined ? isDangling(own, uid) : isAccountedFor(own, owner));
          })
          .map((owner) => `${text(own)} silently loses ${owner}`);
      });
    });
  });

  test("never leaves behind what a moved object owns", () => {
    holds((plan, { objects, scope }) => {
      const all = byUid(plan);
      const left = new Map(plan.leaves.map(({ uid, cut }) => [uid, cut]));
      return objects.flatMap((object) => {
        const { uid } = object.metadata;
        const moved = ownersOf(object).filter((owner) => all.get(owner)?.verdict.kind === "move");
        const verdict = all.get(uid)?.verdict.kind;
        if (isNamed(object, scope.leave)) {
          return moved
            .filter((owner) => !left.get(uid)?.includes(owner))
            .map((owner) => `${formatId(idOf(object))} is not cut off ${owner}`);
        }
        const isSafe = verdict !== undefined && verdict !== "keep";
        return moved.length === 0 || isSafe ? [] : [`${formatId(idOf(object))} would be collected`];
      });
    });
  });

  test("says with an error what is blocked", () => {
    holds((plan) =>
      plan.others
        .filter(({ verdict }) => verdict.kind === "blocked")
        .filter((object) => !isInTheWay(plan, object))
        .map(text),
    );
  });

  test("has no Cluster in both clusters", () => {
    holds((plan) =>
      travellers(plan)
        .filter(({ id, verdict }) => id.kind === "Cluster" && verdict.kind === "copy")
        .map(text),
    );
  });

  test("leaves what it is told to leave", () => {
    holds((plan, { objects, scope }) => {
      const all = byUid(plan);
      return objects
        .filter((object) => isNamed(object, scope.leave))
        .filter(({ metadata }) => all.get(metadata.uid)?.verdict.kind !== "keep")
        .map((object) => formatId(idOf(object)));
    });
  });

  test("takes no class from a Cluster that stays", () => {
    holds((plan, { objects }) => {
      const all = byUid(plan);
      const verdictOf = ({ metadata }: KubeObject) => all.get(metadata.uid)?.verdict.kind;
      const classOf = (cluster: KubeObject) =>
        objects.find(
          ({ kind, metadata }) =>
            kind === "ClusterClass" &&
            metadata.name === stringAt(cluster, "spec", "topology", "classRef", "name") &&
            metadata.namespace === stringAt(cluster, "spec", "topology", "classRef", "namespace"),
        );
      return objects
        .filter((object) => object.kind === "Cluster" && verdictOf(object) === "keep")
        .flatMap((cluster) => classOf(cluster) ?? [])
        .filter((used) => verdictOf(used) === "move")
        .map((used) => formatId(idOf(used)));
    });
  });

  test("takes no pool from what stays", () => {
    holds((plan, { objects, scope }) => {
      const all = byUid(plan);
      return objects
        .filter((object) => all.get(object.metadata.uid)?.verdict.kind === "keep")
        .filter((object) => isCustom(object) && !isNamed(object, scope.leave))
        .flatMap(ownersOf)
        .flatMap((owner) => all.get(owner) ?? [])
        .filter(({ id, verdict }) => isIpPool(id) && ["move", "copy"].includes(verdict.kind))
        .map(text);
    });
  });

  test("moves every chosen Cluster that nothing is in the way of", () => {
    holds((plan, { objects, scope, missing }) => {
      const all = byUid(plan);
      return objects
        .filter(({ kind, metadata: { name, namespace = "", deletionTimestamp } }) => {
          const isChosen =
            plan.whole ||
            scope.namespaces.includes(namespace) ||
            scope.clusters.includes(`${namespace}/${name}`);
          return kind === "Cluster" && isChosen && deletionTimestamp === undefined;
        })
        .filter((object) => missing.length === 0 && !isNamed(object, scope.leave))
        .filter((object) => all.get(object.metadata.uid)?.verdict.kind !== "move")
        .map((object) => formatId(idOf(object)));
    });
  });

  test("of the whole cluster copies only what is cluster-scoped and what is below nothing else", () => {
    holds((plan, { scope }) => {
      const all = byUid(plan);
      if (!plan.whole || scope.leave.length > 0) return [];
      return travellers(plan)
        .filter(({ id, verdict }) => verdict.kind === "copy" && id.namespace !== undefined)
        .filter(({ owners }) => owners.some((owner) => all.get(owner)?.verdict.kind === "move"))
        .map(text);
    });
  });

  test("of the whole cluster leaves nothing of a provider", () => {
    holds((plan, { objects, scope }) => {
      const all = byUid(plan);
      if (!plan.whole || scope.leave.length > 0) return [];
      return objects
        .filter(
          (object) => KINDS.get(kindKey(idOf(object)))?.crd?.labels["cluster.x-k8s.io/provider"],
        )
        .filter((object) => {
          const verdict = all.get(object.metadata.uid)?.verdict.kind;
          return verdict === undefined || verdict === "keep";
        })
        .map((object) => formatId(idOf(object)));
    });
  });
});
