import { describe, expect, test } from "bun:test";
import { ANNOTATION, OURS } from "../../src/model/capi.ts";
import type { Scope } from "../../src/model/plan.ts";
import { pausedCondition } from "../../src/plan/hold.ts";
import {
  anObject,
  type Facts,
  findingsText,
  inventoryOf,
  plannedOf,
  planOf,
  type Workload,
} from "./inventory-of.ts";

const paused = (status: string) => ({ conditions: [{ type: "Paused", status }] });

describe("how it is known that nobody acts", () => {
  interface Case {
    readonly key: string;
    readonly facts?: Facts;
    readonly scope?: Partial<Scope>;
    readonly source?: readonly Workload[];
    readonly target?: readonly Workload[];
    readonly stopControllers?: "auto";
    readonly arriving?: readonly string[];
    readonly want: string;
  }
  const below: Facts = { owners: ["Cluster ns1/a"] };
  const fleet: Workload = {
    kind: "Deployment",
    namespace: "controllers",
    name: "manager",
    provider: "infrastructure-fleet",
    replicas: 1,
  };
  const named: Workload = { ...fleet, provider: "" };
  const byName = { controllers: ["controllers/manager"] };
  const metal3: Workload = { ...fleet, name: "capm3", provider: "infrastructure-metal3" };
  const bmo: Workload = { ...fleet, name: "bmo", provider: "metal3-fleet" };
  const azure: Workload = { ...fleet, name: "capz", provider: "infrastructure-azure" };
  const aso: Workload = { ...fleet, name: "aso", provider: "resources-fleet" };
  const consumed: Facts = { ...below, spec: { consumerRef: { kind: "Metal3Machine", name: "m" } } };
  const skip = (policy: string): Facts => ({
    annotations: { "serviceoperator.azure.com/reconcile-policy": policy },
  });
  const cases: Readonly<Record<string, Case>> = {
    "a Paused condition acknowledges, whatever it says yet": {
      key: "Machine ns1/m",
      facts: { ...below, status: paused("False") },
      want: "acknowledges",
    },
    "so does one among the v1beta2 conditions of a v1beta1 object": {
      key: "Machine ns1/m",
      facts: { ...below, status: { conditions: [], v1beta2: paused("True") } },
      want: "acknowledges",
    },
    "another condition does not": {
      key: "Machine ns1/m",
      facts: { ...below, status: { conditions: [{ type: "Ready", status: "True" }] } },
      want: "unknown",
    },
    "secrets are inert": { key: "Secret ns1/s", facts: below, want: "inert" },
    "config maps are inert": { key: "ConfigMap ns1/c", facts: below, want: "inert" },
    "templates are inert": { key: "DockerMachineTemplate ns1/t", facts: below, want: "inert" },
    "bindings are inert": { key: "ClusterResourceSetBinding ns1/b", facts: below, want: "inert" },
    "addresses are inert": { key: "IPAddress ns1/a", facts: below, want: "inert" },
    "classes are held by annotation": { key: "ClusterClass ns1/c", want: "annotation" },
    "sets are held by annotation": { key: "ClusterResourceSet ns1/c", want: "annotation" },
    "a host that its provider paused is marked": {
      key: "BareMetalHost ns1/h",
      facts: { ...below, annotations: { "baremetalhost.metal3.io/paused": "metal3.io/capm3" } },
      want: "marker",
    },
    "a host of a machine will be, by its provider": {
      key: "BareMetalHost ns1/h",
      facts: consumed,
      source: [metal3, bmo],
      want: "marker",
    },
    "nobody will mark it where that provider has no pods": {
      key: "BareMetalHost ns1/h",
      facts: consumed,
      source: [{ ...metal3, replicas: 0 }, bmo],
      want: "unknown",
    },
    "nor where that provider is not installed": {
      key: "BareMetalHost ns1/h",
      facts: consumed,
      source: [bmo],
      target: [metal3],
      want: "unknown",
    },
    "nor a host without a machine": {
      key: "BareMetalHost ns1/h",
      facts: below,
      source: [metal3, bmo],
      want: "unknown",
    },
    "nor what only hangs on a host": {
      key: "DataImage ns1/h",
      facts: consumed,
      source: [metal3, bmo],
      want: "unknown",
    },
    "a host that nobody acts on needs no mark": {
      key: "BareMetalHost ns1/h",
      facts: consumed,
      source: [metal3],
      want: "no-controller",
    },
    "what is known of a host's hardware is inert": {
      key: "HardwareData ns1/h",
      facts: below,
      source: [metal3, bmo],
      want: "inert",
    },
    "an Azure resource that is skipped is marked": {
      key: "ResourceGroup ns1/r",
      facts: { ...below, ...skip("skip") },
      want: "marker",
    },
    "one that is managed is not": {
      key: "ResourceGroup ns1/r",
      facts: { ...below, ...skip("manage") },
      want: "unknown",
    },
    "but will be, when the Azure provider owns it": {
      key: "ResourceGroup ns1/r",
      facts: { owners: ["Cluster ns1/a", "AzureCluster ns1/a"], ...skip("manage") },
      source: [azure, aso],
      want: "marker",
    },
    "one that somebody else made will not": {
      key: "ResourceGroup ns1/r",
      facts: { ...below, ...skip("manage") },
      source: [azure, aso],
      want: "unknown",
    },
    "a host without the mark is not": { key: "BareMetalHost ns1/h", facts: below, want: "unknown" },
    "another provider's mark means nothing": {
      key: "DockerMachine ns1/m",
      facts: { ...below, annotations: { "baremetalhost.metal3.io/paused": "" } },
      want: "unknown",
    },
    "no controller of the provider runs": {
      key: "DockerMachine ns1/m",
      facts: below,
      source: [],
      target: [],
      want: "no-controller",
    },
    "one runs in the source": {
      key: "DockerMachine ns1/m",
      facts: below,
      source: [fleet],
      target: [],
      want: "unknown",
    },
    "one runs in the target": {
      key: "DockerMachine ns1/m",
      facts: below,
      source: [],
      target: [fleet],
      want: "unknown",
    },
    "a kind of unknown provenance may have one anywhere": {
      key: "ServerClaim ns1/s",
      facts: below,
      source: [],
      target: [],
      want: "unknown",
    },
    "a controller that the operator names may act on what nobody claims": {
      key: "ServerClaim ns1/s",
      facts: below,
      scope: { controllers: ["controllers/manager"] },
      source: [named],
      target: [],
      want: "unknown",
    },
    "it may act from the target, too": {
      key: "ServerClaim ns1/s",
      facts: below,
      scope: { controllers: ["controllers/manager"] },
      source: [{ ...named, replicas: 0 }],
      target: [named],
      want: "unknown",
    },
    "it does not while it has no pods": {
      key: "ServerClaim ns1/s",
      facts: below,
      scope: { controllers: ["controllers/manager"] },
      source: [{ ...named, replicas: 0 }],
      target: [],
      want: "no-controller",
    },
    "it does not act on the kinds of a provider": {
      key: "DockerMachine ns1/m",
      facts: below,
      scope: { controllers: ["controllers/manager"] },
      source: [named],
      target: [],
      want: "no-controller",
    },
    "a whole pivot stops the controller first": {
      key: "DockerMachine ns1/m",
      facts: below,
      source: [fleet],
      stopControllers: "auto",
      want: "no-controller",
    },
    "but not the one in the target": {
      key: "DockerMachine ns1/m",
      facts: below,
      source: [fleet],
      target: [fleet],
      stopControllers: "auto",
      want: "unknown",
    },
    "one of the target that is at 0 is no hindrance": {
      key: "DockerMachine ns1/m",
      facts: below,
      source: [fleet],
      target: [{ ...fleet, replicas: 0 }],
      stopControllers: "auto",
      want: "no-controller",
    },
    "a provider that arrives runs by then": {
      key: "DockerMachine ns1/m",
      facts: below,
      source: [fleet],
      stopControllers: "auto",
      arriving: ["infrastructure-fleet"],
      want: "unknown",
    },
    "one that arrives as it is, at 0, does not": {
      key: "DockerMachine ns1/m",
      facts: below,
      source: [{ ...fleet, replicas: 0 }],
      stopControllers: "auto",
      arriving: ["infrastructure-fleet"],
      want: "no-controller",
    },
    "another one that arrives does not matter": {
      key: "DockerMachine ns1/m",
      facts: below,
      source: [fleet],
      stopControllers: "auto",
      arriving: ["cluster-api"],
      want: "no-controller",
    },
    "a part of a cluster stops nobody": {
      key: "DockerMachine ns1/m",
      facts: below,
      scope: { namespaces: ["ns1"] },
      source: [fleet],
      stopControllers: "auto",
      want: "unknown",
    },
    "a controller that the operator names is stopped, too": {
      key: "ServerClaim ns1/s",
      facts: below,
      scope: byName,
      source: [named],
      stopControllers: "auto",
      want: "no-controller",
    },
    "in the target nobody stops it": {
      key: "ServerClaim ns1/s",
      facts: below,
      scope: byName,
      source: [named],
      target: [named],
      stopControllers: "auto",
      want: "unknown",
    },
    "of a kind that nobody claims a stop proves nothing": {
      key: "ServerClaim ns1/s",
      facts: below,
      source: [fleet],
      stopControllers: "auto",
      want: "unknown",
    },
    "the operator says so, by kind": {
      key: "ServerClaim ns1/s",
      facts: below,
      scope: { assumeHeld: ["ServerClaim"] },
      want: "assumed",
    },
    "the operator says so, by kind and group": {
      key: "ServerClaim ns1/s",
      facts: below,
      scope: { assumeHeld: ["ServerClaim.metal.example.dev"] },
      want: "assumed",
    },
    "of another group the operator says nothing": {
      key: "ServerClaim ns1/s",
      facts: below,
      scope: { assumeHeld: ["ServerClaim.other.dev"] },
      want: "unknown",
    },
  };

  test.each(Object.entries(cases))("%s", (_name, { key, facts, want, ...world }) => {
    const objects = [anObject("Cluster ns1/a"), anObject(key, facts)];
    const plan = planOf(objects, {
      ...{ stopControllers: world.stopControllers ?? "never", arriving: world.arriving ?? [] },
      ...(world.scope === undefined ? {} : { scope: world.scope }),
      source: inventoryOf(objects, world.source === undefined ? {} : { workloads: world.source }),
      target: inventoryOf([], { workloads: world.target ?? [] }),
    });
    expect(plannedOf(plan, key).hold).toBe(want as never);
  });

  test("nothing is acknowledged by an object without a status", () => {
    expect(pausedCondition(anObject("Machine ns1/m"))).toBeUndefined();
    expect(pausedCondition(anObject("Machine ns1/m", { status: { conditions: {} } }))).toBe(
      undefined,
    );
  });
});

describe("KIND_NOT_HELD", () => {
  const claim = (facts: Facts) => [
    anObject("Cluster ns1/a", { status: paused("False") }),
    anObject("ServerClaim ns1/s", { owners: ["Cluster ns1/a"], ...facts }),
  ];

  test("with finalizers it is an error, with the flag that overrides it", () => {
    const { findings } = planOf(claim({ finalizers: ["x"] }));
    expect(findingsText(findings)).toEqual(["error KIND_NOT_HELD ServerClaim ns1/s"]);
    expect(findings[0]?.hint).toBe(
      "stop that controller on both sides, and name it with --controller NAMESPACE/NAME; or vouch for it with --assume-held ServerClaim.metal.example.dev",
    );
  });

  test("in a whole pivot the one of the source need only be named", () => {
    const { findings } = planOf(claim({ finalizers: ["x"] }), { stopControllers: "auto" });
    expect(findings[0]?.hint).toBe(
      "name that controller with --controller NAMESPACE/NAME, so that it is stopped in the source, and stop it in the target; or vouch for it with --assume-held ServerClaim.metal.example.dev",
    );
  });

  test("where a provider has a pause of its own, that one is named", () => {
    const host = anObject("BareMetalHost ns1/h", { owners: ["Cluster ns1/a"], finalizers: ["x"] });
    const { findings } = planOf([anObject("Cluster ns1/a", { status: paused("False") }), host]);
    expect(findings[0]?.hint).toStartWith(
      "pause it yourself (annotation baremetalhost.metal3.io/paused), or stop that controller",
    );
  });

  test("without finalizers it is a warning", () => {
    expect(findingsText(planOf(claim({})).findings)).toEqual([
      "warning KIND_NOT_HELD ServerClaim ns1/s",
    ]);
  });

  test("--assume-held silences it", () => {
    const scope = { assumeHeld: ["ServerClaim"] };
    expect(planOf(claim({ finalizers: ["x"] }), { scope }).findings).toEqual([]);
  });

  test("what is only copied need not be held", () => {
    expect(planOf([anObject("FleetClusterIdentity id", { finalizers: ["x"] })]).findings).toEqual(
      [],
    );
  });
});

describe("how a root is frozen", () => {
  const annotated = { annotations: { [ANNOTATION.paused]: "" } };
  const cases: Readonly<Record<string, readonly [string, Facts, string]>> = {
    "a cluster by its spec": ["Cluster ns1/x", { spec: {} }, "spec"],
    "a cluster that says false by its spec": ["Cluster ns1/x", { spec: { paused: false } }, "spec"],
    "a cluster that was paused before is left alone": [
      "Cluster ns1/x",
      { spec: { paused: true } },
      "already",
    ],
    "a cluster that we paused is still ours": [
      "Cluster ns1/x",
      { spec: { paused: true }, annotations: { [OURS.pausedBefore]: "absent" } },
      "spec",
    ],
    "a cluster with the annotation alone gets the field too": ["Cluster ns1/x", annotated, "spec"],
    "a class by annotation": ["ClusterClass ns1/x", {}, "annotation"],
    "a class that was paused before is left alone": ["ClusterClass ns1/x", annotated, "already"],
    "a class that we paused is still ours": [
      "ClusterClass ns1/x",
      { annotations: { [ANNOTATION.paused]: "", [OURS.pausedBefore]: "absent" } },
      "annotation",
    ],
    "a set by annotation": ["ClusterResourceSet ns1/x", {}, "annotation"],
    "a pool by annotation": ["InClusterIPPool ns1/x", {}, "annotation"],
    "a pool of metal3 by annotation": ["IPPool ns1/x", {}, "annotation"],
    "a machine through its cluster": ["Machine ns1/x", {}, "none"],
    "a copy not at all": ["GlobalInClusterIPPool x", {}, "none"],
  };

  test.each(Object.entries(cases))("%s", (_name, [key, facts, want]) => {
    expect(plannedOf(planOf([anObject(key, facts)]), key).freeze).toBe(want as never);
  });

  test("what is paused already is said", () => {
    const plan = planOf([
      anObject("Cluster ns1/x", { spec: { paused: true }, status: paused("True") }),
    ]);
    expect(findingsText(plan.findings)).toEqual(["note PAUSED_ALREADY Cluster ns1/x"]);
  });
});
