// When controllers stop, and what the proof and the clean-up decide: tables.
import { describe, expect, test } from "bun:test";
import type { ResourceKind } from "../../src/model/kinds.ts";
import type { Plan, PlannedObject } from "../../src/model/plan.ts";
import type { Controller, Provider, Providers } from "../../src/model/provider.ts";
import { planStop, stopFindings } from "../../src/plan/stop-plan.ts";

function aController(name: string, kind = "Deployment", replicas = 1): Controller {
  const id = { group: "apps", kind, namespace: "ns", name };
  return { id, uid: name, replicas, image: "", featureGates: {} };
}

function aProvider(label: string, crds: readonly string[], controller = label): Provider {
  return {
    label,
    name: label,
    type: undefined,
    version: undefined,
    namespace: "ns",
    controllers: [aController(controller)],
    crds,
    evidence: [],
    origin: "unknown",
  };
}

function aPlan(crd: Partial<NonNullable<ResourceKind["crd"]>>, version = "v1beta2"): Plan {
  const facts = {
    name: "machines.x",
    storageVersion: "v1beta2",
    storedVersions: ["v1beta2"],
    labels: {},
    hasConversionWebhook: true,
    statusVersions: [],
    ...crd,
  };
  const kind = { group: "x", kind: "Machine", plural: "machines", version, crd: facts };
  const planned = { kind, verdict: { kind: "move" } } as unknown as PlannedObject;
  return { groups: [{ objects: [planned] }] } as unknown as Plan;
}

const PROVIDERS: Providers = {
  providers: [aProvider("core", ["machines.x"]), aProvider("infra", ["infras.x"])],
  parents: [aController("operator")],
  others: [],
  certManager: undefined,
};

describe("a provider stops", () => {
  test.each<[string, Plan, readonly string[]]>([
    ["early when its kinds are stored at one version", aPlan({}), []],
    [
      "late when they may be stored at two",
      aPlan({ storedVersions: ["v1beta1", "v1beta2"] }),
      ["core"],
    ],
    ["late when they are read at another version", aPlan({}, "v1beta1"), ["core"]],
    [
      "early when nothing is converted",
      aPlan({ storedVersions: ["v1beta1", "v1beta2"], hasConversionWebhook: false }),
      [],
    ],
  ])("%s", (_, plan, late) => {
    const stop = planStop(PROVIDERS, plan);
    expect(stop.lateProviders).toEqual(late);
    expect(stop.late.map(({ uid }) => uid)).toEqual([...late]);
    expect(stop.controllers.map(({ uid }) => uid)).toEqual(
      ["core", "infra"].filter((label) => !late.includes(label)),
    );
    expect(stop.parents.map(({ uid }) => uid)).toEqual(["operator"]);
  });
});

test("two providers in one program stop late together", () => {
  const providers = {
    ...PROVIDERS,
    providers: [aProvider("core", ["machines.x"], "all"), aProvider("infra", [], "all")],
  };
  const stop = planStop(providers, aPlan({}, "v1beta1"));
  expect(stop.late.map(({ uid }) => uid)).toEqual(["all"]);
  expect(stop.controllers).toEqual([]);
});

test("a DaemonSet is found before anything is written, unless it runs nowhere", () => {
  const others = [aController("speaker", "DaemonSet"), aController("idle", "DaemonSet", 0)];
  const named = others.map((one) => ({ ...one, groups: undefined }));
  const found = stopFindings(planStop({ ...PROVIDERS, others: named }, aPlan({})));
  expect(found.map(({ code, objects }) => [code, objects[0]?.name])).toEqual([
    ["CONTROLLER_CANNOT_STOP", "speaker"],
  ]);
});
