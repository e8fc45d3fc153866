import { describe, expect, test } from "bun:test";
import { ANNOTATION, OURS } from "../../src/model/capi.ts";
import { formatId } from "../../src/model/object.ts";
import type { Scope } from "../../src/model/plan.ts";
import { anObject, type Facts, findingsText, inventoryOf, kindOf, planOf } from "./inventory-of.ts";

const fleet = [
  anObject("Cluster ns1/a", { labels: { cni: "calico", tier: "prod" } }),
  anObject("Cluster ns1/b", { labels: { cni: "cilium" } }),
  anObject("Cluster ns2/c", { labels: { cni: "calico" } }),
];
const selecting = (clusterSelector: unknown): Facts => ({ spec: { clusterSelector } });
const calico = selecting({ matchLabels: { cni: "calico" } });

/** `ns1/set (annotation) ns1/a`. */
function setsText(target: readonly (readonly [string, Facts])[], scope: Partial<Scope> = {}) {
  const objects = target.map(([key, facts]) => anObject(key, facts));
  const plan = planOf(fleet, { target: inventoryOf(objects), scope });
  return plan.targetSets.map(
    ({ id, freeze, clusters }) => `${id.namespace}/${id.name} (${freeze}) ${clusters.join(" ")}`,
  );
}

describe("sets of the target that select what moves", () => {
  const paused = { [ANNOTATION.paused]: "" };
  const cases: Readonly<Record<string, readonly [string, Facts, readonly string[]]>> = {
    "by labels": ["ClusterResourceSet ns1/s", calico, ["ns1/s (annotation) ns1/a"]],
    "only in their own namespace": [
      "ClusterResourceSet ns2/s",
      calico,
      ["ns2/s (annotation) ns2/c"],
    ],
    "in a namespace without Clusters there is none": ["ClusterResourceSet ns3/s", calico, []],
    "by expressions, several at once": [
      "ClusterResourceSet ns1/s",
      selecting({ matchExpressions: [{ key: "cni", operator: "Exists" }] }),
      ["ns1/s (annotation) ns1/a ns1/b"],
    ],
    "with labels that nobody has, none": [
      "ClusterResourceSet ns1/s",
      selecting({ matchLabels: { cni: "weave" } }),
      [],
    ],
    "an empty selector selects nothing": ["ClusterResourceSet ns1/s", selecting({}), []],
    "no selector selects nothing": ["ClusterResourceSet ns1/s", { spec: {} }, []],
    "what was paused before is left alone": [
      "ClusterResourceSet ns1/s",
      { ...calico, annotations: paused },
      ["ns1/s (already) ns1/a"],
    ],
    "what this run has paused is still this run's": [
      "ClusterResourceSet ns1/s",
      { ...calico, annotations: { ...paused, [OURS.run]: "r", [OURS.pausedBefore]: "absent" } },
      ["ns1/s (annotation) ns1/a"],
    ],
    "a copy is none of them": [
      "ClusterResourceSet ns1/s",
      { ...calico, annotations: { [OURS.run]: "r", [OURS.sourceUid]: "u" } },
      [],
    ],
    "a class is no set": ["ClusterClass ns1/s", calico, []],
  };

  test.each(Object.entries(cases))("%s", (_name, [key, facts, want]) => {
    expect(setsText([[key, facts]])).toEqual([...want]);
  });

  test("what stays in the source is selected by nobody", () => {
    const sets = [
      [
        "ClusterResourceSet ns1/s",
        selecting({ matchExpressions: [{ key: "cni", operator: "Exists" }] }),
      ],
    ] as const;
    expect(setsText(sets, { clusters: ["ns1/b"] })).toEqual(["ns1/s (annotation) ns1/b"]);
  });

  test("they are told of, and do not block", () => {
    const target = inventoryOf([
      anObject("ClusterResourceSet ns1/s", calico),
      anObject("ClusterResourceSet ns1/t", { ...calico, annotations: paused }),
    ]);
    const { findings } = planOf(fleet, { target });
    const found = findings.filter(({ code }) => code === "TARGET_SET_SELECTS");
    expect(
      found.map(({ objects, severity, why }) => [severity, ...objects.map(formatId), why]),
    ).toEqual([
      [
        "note",
        "ClusterResourceSet.addons.cluster.x-k8s.io ns1/t",
        "of the target selects ns1/a, is paused, and stays so",
      ],
      [
        "note",
        "ClusterResourceSet.addons.cluster.x-k8s.io ns1/s",
        "of the target selects ns1/a: it is paused until the thaw, and applies its resources then",
      ],
    ]);
  });

  test("a target that hides them is warned of", () => {
    const kind = kindOf("ClusterResourceSet");
    const target = inventoryOf([], { unlisted: [{ kind, message: "forbidden" }] });
    const { findings } = planOf(fleet, { target });
    expect(findingsText(findings)).toContain("warning TARGET_SET_SELECTS");
  });
});
