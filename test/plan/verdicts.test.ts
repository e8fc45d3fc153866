import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../src/model/object.ts";
import type { Finding, Plan, Scope } from "../../src/model/plan.ts";
import { anObject, inventoryOf, KINDS, plannedOf, planOf, verdictsText } from "./inventory-of.ts";

const cluster = anObject("Cluster ns1/a");

function findingOf(plan: Plan, code: string): Finding {
  const found = plan.findings.find((finding) => finding.code === code);
  if (found === undefined) throw new Error(`no ${code}`);
  return found;
}

describe("built-in kinds", () => {
  const cases: Readonly<Record<string, readonly [KubeObject, string]>> = {
    "a Pod below a cluster": [
      anObject("Pod ns1/x", { owners: ["Cluster ns1/a"] }),
      "error Pod ns1/x (owned by Cluster.cluster.x-k8s.io ns1/a) Pod/ns1/x",
    ],
    "a ServiceAccount below a cluster": [
      anObject("ServiceAccount ns1/x", { owners: ["Cluster ns1/a"] }),
      "error ServiceAccount ns1/x (owned by Cluster.cluster.x-k8s.io ns1/a) ServiceAccount/ns1/x",
    ],
    "a Deployment below a cluster": [
      anObject("Deployment ns1/x", { owners: ["Cluster ns1/a"] }),
      "error Deployment.apps ns1/x (owned by Cluster.cluster.x-k8s.io ns1/a) Deployment.apps/ns1/x",
    ],
  };

  test.each(Object.entries(cases))("%s: FOREIGN_DEPENDENT", (_name, [object, want]) => {
    const plan = planOf([cluster, object]);
    const { severity, why, hint } = findingOf(plan, "FOREIGN_DEPENDENT");
    const [label = "", edge = "", ref = ""] = want.replace("error ", "").split(/ \(|\) /);
    expect(severity).toBe("error");
    expect(why).toBe(
      `${label}: a built-in kind that Cluster API does not move, but owned by a moved object (${edge})`,
    );
    expect(hint).toBe(
      `--include ${ref} to move it, or --leave ${ref} to cut its owner reference and leave it in the source`,
    );
    expect(plan.others.map(({ verdict }) => verdict.kind)).toEqual(["blocked"]);
  });

  test("a Secret and a ConfigMap are no foreigners", () => {
    const plan = planOf([
      cluster,
      anObject("Secret ns1/s", { owners: ["Cluster ns1/a"] }),
      anObject("ConfigMap ns1/c", { owners: ["Cluster ns1/a"] }),
    ]);
    expect(plan.others).toEqual([]);
  });

  test("an owner: the hint is about whom it owns in the plan", () => {
    const plan = planOf(
      [
        cluster,
        anObject("Deployment ns1/d"),
        anObject("ConfigMap ns1/aaa", { owners: ["Deployment ns1/d"] }),
        anObject("Machine ns1/m", { owners: ["Cluster ns1/a", "Deployment ns1/d"] }),
      ],
      {
        scope: {
          clusters: ["ns1/a"],
          leave: [{ kind: "ConfigMap", namespace: "ns1", name: "aaa" }],
        },
      },
    );
    const { why, hint } = findingOf(plan, "FOREIGN_OWNER");
    expect(why).toContain("Deployment.apps ns1/d: a built-in kind that Cluster API does not move");
    expect(hint).toBe(
      "--include Deployment.apps/ns1/d to move it, or --leave Machine.cluster.x-k8s.io/ns1/m to cut its owner reference and leave it in the source",
    );
  });

  test("below a copy it stays where its owner stays", () => {
    const plan = planOf([
      anObject("FleetClusterIdentity id"),
      anObject("ServiceAccount ns1/agent", { owners: ["FleetClusterIdentity id"] }),
    ]);
    expect(verdictsText(plan)).toEqual({
      "FleetClusterIdentity id": "copy",
      "ServiceAccount ns1/agent": "keep",
    });
    expect(plan.findings).toEqual([]);
  });
});

describe("what is in the way", () => {
  const objects = [
    cluster,
    anObject("Machine ns1/m", { owners: ["Cluster ns1/a"] }),
    anObject("DockerMachine ns1/m", { owners: ["Machine ns1/m"] }),
  ];
  const targetWithout = (key: string) => {
    const kinds = new Map(KINDS);
    kinds.delete(key);
    return inventoryOf([], { kinds, workloads: [] });
  };

  test("an object being deleted", () => {
    const dying = anObject("Machine ns1/m", { owners: ["Cluster ns1/a"], deleting: true });
    const plan = planOf([cluster, dying]);
    expect(plannedOf(plan, "Machine ns1/m").verdict).toEqual({
      kind: "blocked",
      reason: "it is being deleted",
    });
    expect(findingOf(plan, "OBJECT_BEING_DELETED")).toMatchObject({
      severity: "error",
      why: "Machine.cluster.x-k8s.io ns1/m: it is being deleted (owned by Cluster.cluster.x-k8s.io ns1/a)",
      hint: "wait until the deletion has finished, then run again",
    });
  });

  test("an object being deleted that stays is nobody's business", () => {
    const plan = planOf([cluster, anObject("Cluster ns1/b", { deleting: true })], {
      scope: { clusters: ["ns1/a"] },
    });
    expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("a kind that the target lacks, said once for all its objects", () => {
    const plan = planOf(
      [...objects, anObject("DockerMachine ns1/n", { owners: ["Machine ns1/m"] })],
      { target: targetWithout("DockerMachine.infrastructure.cluster.x-k8s.io") },
    );
    expect(plannedOf(plan, "DockerMachine ns1/m").verdict).toEqual({
      kind: "blocked",
      reason: "its kind is missing in the target",
    });
    const missing = plan.findings.filter(({ code }) => code === "KIND_MISSING_IN_TARGET");
    expect(missing.map(({ objects: [id] }) => id?.name)).toEqual(["m", "n"]);
    expect(new Set(missing.map(({ why }) => why))).toEqual(
      new Set([
        "the target does not serve DockerMachine.infrastructure.cluster.x-k8s.io at any version of the source",
      ]),
    );
  });

  test("a kind that the target lacks and nothing of which moves is no matter", () => {
    const plan = planOf([cluster, anObject("Machine ns1/other")], {
      target: targetWithout("Machine.cluster.x-k8s.io"),
      scope: { clusters: ["ns1/a"] },
    });
    expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});

describe("shared objects below a cycle", () => {
  interface Case {
    readonly objects: readonly KubeObject[];
    readonly scope?: Partial<Scope>;
    readonly want: Readonly<Record<string, string>>;
  }
  const ring = (owner: string): readonly KubeObject[] => [
    anObject("Machine ns1/one", { owners: ["Machine ns1/two", owner] }),
    anObject("Machine ns1/two", { owners: ["Machine ns1/one"] }),
  ];
  const cases: Readonly<Record<string, Case>> = {
    "a ring below a moved cluster moves as a whole": {
      objects: [cluster, ...ring("Cluster ns1/a")],
      want: { "Cluster ns1/a": "move", "Machine ns1/one": "move", "Machine ns1/two": "move" },
    },
    "a ring below a copy is copied as a whole": {
      objects: [anObject("FleetClusterIdentity id"), ...ring("FleetClusterIdentity id")],
      want: {
        "FleetClusterIdentity id": "copy",
        "Machine ns1/one": "copy",
        "Machine ns1/two": "copy",
      },
    },
    "a ring of its own moves": {
      objects: ring("Machine ns1/gone"),
      want: { "Machine ns1/one": "move", "Machine ns1/two": "move" },
    },
    "an object that owns itself moves": {
      objects: [anObject("Machine ns1/self", { owners: ["Machine ns1/self"] })],
      want: { "Machine ns1/self": "move" },
    },
  };

  test.each(Object.entries(cases))("%s", (_name, { objects, scope = {}, want }) => {
    expect(verdictsText(planOf(objects, { scope }))).toEqual(want);
  });
});
