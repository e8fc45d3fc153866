// ClusterResourceSets that the target had before: those that select a Cluster on its way hold still until it has arrived,
// and are as they were afterwards, whatever happens in between.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/kube/system-clock.ts";
import { ANNOTATION, LABEL, OUR_PREFIX } from "../../src/model/capi.ts";
import { EXIT, PivotError } from "../../src/model/error.ts";
import type { KubeObject } from "../../src/model/object.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { ComparedProviders, Controller } from "../../src/model/provider.ts";
import { pauseTargetSets, unpauseTargetSets } from "../../src/run/target-sets.ts";
import { open } from "../kube/opened.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import type { Fleet } from "../support/fleet/fleets.ts";
import { previewOf } from "../support/pivot-session.ts";
import { dyingAfter, testRun } from "../support/run-context.ts";
import { type Stage, smallFleet, startStage } from "../support/stage.ts";

const LONG = 120_000;
const MERGE = "application/merge-patch+json";
const SETS = "/apis/addons.cluster.x-k8s.io/v1beta2/namespaces";
let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, LONG * 8);

afterEach(() => {
  stage.reset();
});

afterAll(() => stage.stop());

/** The names of the sets that a fleet finds in the target. */
const NAMES = ["applies", "paused", "other"] as const;

/** One that selects every Cluster, one that does and is paused, one that selects nothing of the fleet. */
async function makeSets({ namespaces: [namespace = ""] }: Fleet): Promise<void> {
  const { api } = stage.target;
  await ask(api, "POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  const all = { matchExpressions: [{ key: "nobody-has-it", operator: "DoesNotExist" }] };
  const bodies = {
    applies: { clusterSelector: all },
    paused: { clusterSelector: all, annotations: { [ANNOTATION.paused]: "by hand" } },
    other: { clusterSelector: { matchLabels: { "nobody-has-it": "x" } } },
  };
  for (const name of NAMES) {
    const { clusterSelector, ...metadata } = { annotations: {}, ...bodies[name] };
    const resources = [{ kind: "ConfigMap", name: "cni" }];
    await ask(api, "POST", `${SETS}/${namespace}/clusterresourcesets?fieldManager=kubectl`, {
      apiVersion: "addons.cluster.x-k8s.io/v1beta2",
      kind: "ClusterResourceSet",
      metadata: { ...metadata, name },
      spec: { clusterSelector, resources, strategy: "ApplyOnce" },
    });
  }
}

async function setOf(namespace: string, name: string): Promise<KubeObject> {
  const path = `${SETS}/${namespace}/clusterresourcesets/${name}`;
  return (await ask(stage.target.api, "GET", path)) as KubeObject;
}

/** Whole, field ownership with its times too, but without what any write raises. */
async function stateOfSets(namespace: string): Promise<readonly unknown[]> {
  const sets = await Promise.all(NAMES.map((name) => setOf(namespace, name)));
  return sets.map(({ metadata: { resourceVersion: _, generation: __, ...metadata }, ...rest }) => ({
    ...rest,
    metadata,
  }));
}

async function pausedSets(namespace: string): Promise<readonly string[]> {
  const sets = await Promise.all(NAMES.map((name) => setOf(namespace, name)));
  return sets
    .filter(({ metadata }) => ANNOTATION.paused in (metadata.annotations ?? {}))
    .map(({ metadata }) => metadata.name);
}

/** Of the target, when its first Cluster is created and when the last one has been unpaused. */
function watchSets(namespace: string): { readonly seen: Record<string, readonly string[]> } {
  const seen: Record<string, readonly string[]> = {};
  stage.proxies.target.on({
    when: ({ method, path, isWrite }) => isWrite && method === "POST" && path.endsWith("/clusters"),
    before: async () => {
      seen["copy"] = await pausedSets(namespace);
    },
  });
  stage.proxies.target.on({
    when: ({ isWrite, method, path }) =>
      isWrite && method === "PATCH" && /\/clusters\/[^/?]+(\?|$)/.test(path),
    before: async () => {
      seen["thaw"] = await pausedSets(namespace);
    },
  });
  return { seen };
}

describe("sets of the target that select what moves", () => {
  test(
    "are paused from before the copy to after the thaw, and as they were in the end",
    async () => {
      const fleet = await smallFleet(stage, "sets");
      await makeSets(fleet);
      const before = await stateOfSets("sets");
      const { seen } = watchSets("sets");
      const { error, preview } = await stage.pivot(fleet);
      expect(error).toBeUndefined();
      expect(preview?.plan.targetSets.map(({ id, freeze }) => [id.name, freeze])).toEqual([
        ["applies", "annotation"],
        ["paused", "already"],
      ]);
      expect(seen).toEqual({ copy: ["applies", "paused"], thaw: ["applies", "paused"] });
      expect(await stateOfSets("sets")).toEqual(before);
    },
    LONG,
  );

  test(
    "are as they were when the run is undone, and one that comes late holds still, too",
    async () => {
      const fleet = await smallFleet(stage, "late");
      await makeSets(fleet);
      await ask(stage.target.api, "DELETE", `${SETS}/late/clusterresourcesets/applies`);
      const interrupt = new AbortController();
      stage.proxies.source.on({
        when: ({ isWrite, path }) => isWrite && path.includes("/clusters/"),
        times: 1,
        before: async () => {
          const { metadata, ...rest } = await setOf("late", "other");
          const all = { matchExpressions: [{ key: "nobody-has-it", operator: "DoesNotExist" }] };
          await ask(stage.target.api, "POST", `${SETS}/late/clusterresourcesets`, {
            ...rest,
            metadata: { name: "applies" },
            spec: { ...(rest["spec"] as object), clusterSelector: all },
          });
        },
      });
      let paused: readonly string[] = [];
      stage.proxies.target.on({
        when: ({ method, path, isWrite }) =>
          isWrite && method === "POST" && path.endsWith("/machines"),
        times: 1,
        before: async () => {
          paused = await pausedSets("late");
          interrupt.abort(
            new PivotError({ code: "INTERRUPTED", message: "", exitCode: EXIT.sigint }),
          );
        },
      });
      const { error } = await stage.pivot(fleet, { signal: interrupt.signal });
      expect(error).toMatchObject({ code: "INTERRUPTED", exitCode: EXIT.sigint });
      expect(paused).toEqual(["applies", "paused"]);
      expect(await pausedSets("late")).toEqual(["paused"]);
      expect(JSON.stringify(await stateOfSets("late"))).not.toContain(OUR_PREFIX);
    },
    LONG,
  );
});

async function planOfSets({ namespaces }: Fleet): Promise<Plan> {
  const { source: from, target: to } = stage;
  const { preview, error } = await previewOf({ from, to, namespaces });
  if (preview === undefined) throw error;
  return preview.plan;
}

/** Every other entry of managedFields keeps its time; a hand's own write does not. */
function withoutTimes(state: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(state, (key, value) => (key === "time" ? undefined : value)));
}

function aCondition(type: string, status: string): object {
  return { type, status, reason: "Test", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" };
}

/** As if the core provider ran there. */
function withController(providers: ComparedProviders): ComparedProviders {
  const controller: Controller = {
    ...{ uid: "u", replicas: 1, image: "", featureGates: {} },
    id: { group: "apps", kind: "Deployment", namespace: "capi-system", name: "manager" },
  };
  const { target } = providers;
  const alive = target.providers.map((provider) => ({ ...provider, controllers: [controller] }));
  return { ...providers, target: { ...target, providers: alive } };
}

describe("a process that dies", () => {
  test(
    "after any write leaves marks by which another one puts everything back",
    async () => {
      const fleet = await smallFleet(stage, "dies");
      await makeSets(fleet);
      const before = await stateOfSets("dies");
      const client = await open(stage.target.adminKubeconfig(), { clock: systemClock });
      const plan = await planOfSets(fleet);

      await expect(pauseTargetSets(testRun(dyingAfter(client, 1)).context, plan)).rejects.toThrow(
        "died after patch ClusterResourceSet applies",
      );
      await pauseTargetSets(testRun(client).context, plan);
      expect(await pausedSets("dies")).toEqual(["applies", "paused"]);
      // Somebody adds a label meanwhile: it stays.
      const label = { metadata: { labels: { [LABEL.clusterName]: "x" } } };
      const path = `${SETS}/dies/clusterresourcesets/applies?fieldManager=hand`;
      await ask(stage.target.api, "PATCH", path, label, MERGE);

      await expect(unpauseTargetSets(testRun(dyingAfter(client, 1)).context)).rejects.toThrow(
        "died after patch ClusterResourceSet applies",
      );
      expect(await unpauseTargetSets(testRun(client).context)).toBe(0);
      const { metadata } = await setOf("dies", "applies");
      expect(metadata.labels).toEqual({ [LABEL.clusterName]: "x" });
      await ask(stage.target.api, "PATCH", path, { metadata: { labels: null } }, MERGE);
      expect(withoutTimes(await stateOfSets("dies"))).toEqual(withoutTimes(before));
    },
    LONG,
  );

  test(
    "a controller of the target that does not stand still is waited for, and named",
    async () => {
      const fleet = await smallFleet(stage, "acts");
      await makeSets(fleet);
      const status = { conditions: [aCondition("Paused", "False")] };
      const path = `${SETS}/acts/clusterresourcesets/applies`;
      await ask(stage.target.api, "PATCH", `${path}/status`, { status }, MERGE);
      const client = await open(stage.target.adminKubeconfig(), { clock: systemClock });
      const plan = await planOfSets(fleet);
      const { context, reasons } = testRun(client, { timeoutMs: 1_000 });
      const acting = { ...plan, providers: withController(plan.providers) };
      await expect(pauseTargetSets(context, acting)).rejects.toMatchObject({
        code: "PAUSE_NOT_ACKNOWLEDGED",
      });
      expect(reasons()).toEqual([
        "for the pause to be acknowledged by ClusterResourceSet.addons.cluster.x-k8s.io acts/applies",
      ]);
      expect(await unpauseTargetSets(context)).toBe(1);
    },
    LONG,
  );
});
