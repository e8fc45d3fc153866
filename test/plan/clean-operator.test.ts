// When the CAPI operator of the source may go, in which order it goes, and what is said of it beforehand.
import { describe, expect, test } from "bun:test";
import type { InstallPlan } from "../../src/model/install.ts";
import type { Inventory } from "../../src/model/inventory.ts";
import { formatId, idOf } from "../../src/model/object.ts";
import type { BothProviders } from "../../src/model/provider.ts";
import { planOperatorRemoval, whyOperatorStays } from "../../src/plan/clean-operator.ts";
import { installedComponents } from "../../src/plan/components.ts";
import { operatorFindings } from "../../src/plan/operator-findings.ts";
import { findProviders } from "../../src/plan/providers.ts";
import {
  aKind,
  aProgram,
  aRequest,
  byClusterctl,
  contract,
  type Installation,
  installed,
} from "./installations.ts";
import { aDeployment, anObject } from "./provider-world.ts";

const CORE = { "clusterctl.cluster.x-k8s.io/core": "capi-operator" };
const operator = (replicas = 0): Installation => ({
  kinds: [aKind("CoreProvider", CORE), aKind("InfrastructureProvider", CORE)],
  workloads: [aProgram("capi-operator-system/operator", { labels: CORE, replicas })],
});
/** Docker by the operator; without `program` it was removed. */
const docker = (program = true): Installation => ({
  kinds: [aKind("DockerCluster", { ...byClusterctl("infrastructure-docker"), ...contract })],
  workloads: program
    ? [aProgram("capd-system/capd", { labels: byClusterctl("infrastructure-docker") })]
    : [],
  operator: [aRequest("InfrastructureProvider", "capd-system/docker", "v1.14.1", "v1.14.1")],
});

describe("the operator stays", () => {
  const cases: Readonly<Record<string, readonly [Inventory, string | undefined]>> = {
    "not when nothing of what it manages is left": [
      installed(operator(), docker(false)),
      undefined,
    ],
    "not when it was asked for nothing": [installed(operator()), undefined],
    "while it runs": [installed(operator(1), docker(false)), "it still runs"],
    "while it manages something": [
      installed(operator(), docker()),
      "it manages infrastructure-docker, which is still there",
    ],
    "where Rancher stands before it": [
      installed(operator(), {
        kinds: [aKind("CAPIProvider", {}, { group: "turtles-capi.cattle.io" })],
      }),
      "CAPIProvider.turtles-capi.cattle.io shows that somebody else manages it",
    ],
  };

  test.each(Object.entries(cases))("%s", (_name, [inventory, want]) => {
    expect(whyOperatorStays(inventory)).toBe(want as never);
  });
});

describe("the operator goes", () => {
  const namespace = "capi-operator-system";
  const labelled = { metadata: { labels: CORE } };
  const service = { namespace, name: "operator-webhook" };
  const objects = [
    anObject(`Namespace ${namespace}`, labelled),
    anObject("CustomResourceDefinition coreproviders.operator.cluster.x-k8s.io", {
      ...labelled,
      spec: { group: "operator.cluster.x-k8s.io" },
    }),
    anObject(`ServiceAccount ${namespace}/operator`, labelled),
    anObject(`ServiceAccount ${namespace}/somebodys`),
    anObject(`Service ${namespace}/operator-webhook`, { spec: { selector: { app: "operator" } } }),
    anObject("ValidatingWebhookConfiguration operator", {
      webhooks: [{ clientConfig: { service } }],
    }),
    aDeployment(`${namespace}/operator`, { serviceAccountName: "operator" }, labelled),
  ];
  const program = aProgram(`${namespace}/operator`, { labels: CORE, replicas: 0 });
  const inventory = installed({ ...operator(), workloads: [program] }, docker(false));

  test("webhooks first, then what it was asked for, and its kinds after everything", () => {
    const found = installedComponents(findProviders(inventory, []), { objects });
    if (found.operator === undefined) throw new Error("no operator");
    const plan = planOperatorRemoval(found.operator, inventory);
    const names = (all: typeof plan.objects) => all.map((object) => formatId(idOf(object)));
    const [hooks, request, ...rest] = names(plan.objects);
    expect(hooks).toBe("ValidatingWebhookConfiguration.admissionregistration.k8s.io operator");
    expect(request).toBe("InfrastructureProvider.operator.cluster.x-k8s.io capd-system/docker");
    expect(rest.toSorted()).toEqual([
      `Deployment.apps ${namespace}/operator`,
      `Service ${namespace}/operator-webhook`,
      `ServiceAccount ${namespace}/operator`,
    ]);
    expect(names(plan.crds)).toEqual([
      "CustomResourceDefinition.apiextensions.k8s.io coreproviders.operator.cluster.x-k8s.io",
    ]);
    expect(names(plan.namespaces)).toEqual([`Namespace ${namespace}`]);
    expect(plan.stays).toEqual([]);
  });

  test("where there is none, nothing of it is found", () => {
    const providers = findProviders(installed(docker()), []);
    expect(installedComponents(providers, { objects }).operator).toBe(undefined);
  });
});

describe("what is said of the operator", () => {
  const providersOf = (inventory: Inventory) => findProviders(inventory, []);
  const both: BothProviders = {
    source: providersOf(installed(operator(1), docker())),
    target: providersOf(installed()),
  };
  const copied: InstallPlan = {
    sets: [{ owner: "infrastructure-docker", objects: [], from: "source" }],
    unlisted: [],
  };
  const stop = { parents: both.source.parents, controllers: [], late: [], lateProviders: [] };
  const usual = {
    ...{ providers: both, install: copied, stop, whole: true },
    sourceProviders: "remove",
  } as const;
  const said = (change: Partial<Parameters<typeof operatorFindings>[0]> = {}) =>
    operatorFindings({ ...usual, ...change }).map(({ severity, code, why }) => [
      ...[severity, code, why],
    ]);

  test("it does not come along with what it has installed", () => {
    expect(said()).toEqual([
      [
        "note",
        "OPERATOR_STAYS_BEHIND",
        "infrastructure-docker came by the CAPI operator: the components are copied to the target, the operator and its requests are not, and clusterctl's inventory lists them there",
      ],
    ]);
  });

  test("an operator of the target does not know them", () => {
    const target = providersOf(installed(operator(1)));
    expect(said({ providers: { ...both, target } })[0]?.[2]).toEndWith(
      "; the operator of the target does not know them",
    );
  });

  test("nothing, where nothing of it is copied", () => {
    expect(said({ install: { sets: [], unlisted: [] } })).toEqual([]);
    const [set] = copied.sets;
    if (set === undefined) throw new Error("no set");
    expect(said({ install: { ...copied, sets: [{ ...set, from: "manifests" }] } })).toEqual([]);
  });

  test("running on, it would bring back what is removed", () => {
    const never = { stop: undefined, install: { sets: [], unlisted: [] } };
    expect(said(never).map(([severity, code]) => `${severity} ${code}`)).toEqual([
      "error OPERATOR_BRINGS_BACK",
    ]);
    expect(said({ ...never, sourceProviders: "keep" })).toEqual([]);
    expect(said({ ...never, whole: false })).toEqual([]);
  });
});
