// Objects whose controllers know nothing of a Cluster's pause: marked by a provider, or left alone because the controller
// is stopped. What the preview expects is required once the source is paused.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/kube/system-clock.ts";
import { LABEL } from "../../src/model/capi.ts";
import { EXIT } from "../../src/model/error.ts";
import type { PivotEvent } from "../../src/model/event.ts";
import { formatId, idOf, type KubeObject } from "../../src/model/object.ts";
import type { Preview } from "../../src/model/preview.ts";
import type { Controller } from "../../src/model/provider.ts";
import { open } from "../kube/opened.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import type { Fleet } from "../support/fleet/fleets.ts";
import { lookAtFleet } from "../support/fleet/look.ts";
import { previewOf } from "../support/pivot-session.ts";
import { makeNamespace, makeProgram, replicasNow } from "../support/programs-in-cluster.ts";
import { firstOf, type Stage, smallFleet, startStage, stateOf } from "../support/stage.ts";
import { installCrds } from "../support/testbed/install-crds.ts";

const LONG = 120_000;
const MERGE = "application/merge-patch+json";
const PAUSED = "baremetalhost.metal3.io/paused";
const HOSTS = "/apis/metal3.io/v1alpha1/namespaces";
let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
  for (const { api } of [stage.source, stage.target]) await installCrds(api, [HOST_CRD]);
  const client = await open(stage.source.adminKubeconfig(), { clock: systemClock });
  // Who marks hosts, and who acts on them.
  for (const [name, labels] of [
    ["capm3", { [LABEL.provider]: "infrastructure-metal3" }],
    ["baremetal-operator", {}],
  ] as const) {
    await makeNamespace(stage.source.api, name);
    await makeProgram(stage.source.api, client, { namespace: name, name, labels });
  }
}, LONG * 8);

afterEach(() => {
  stage.reset();
});

afterAll(() => stage.stop());

const HOST_CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "baremetalhosts.metal3.io", labels: { [LABEL.clusterctl]: "" } },
  spec: {
    group: "metal3.io",
    names: { kind: "BareMetalHost", plural: "baremetalhosts", singular: "baremetalhost" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
} as const;

/** A Cluster with one host below, of a machine unless told otherwise. */
async function fleetWithHost(
  namespace: string,
  spec: object = { consumerRef: { kind: "Metal3Machine", name: "m" } },
): Promise<Fleet> {
  const fleet = await smallFleet(stage, namespace);
  const cluster = firstOf(await lookAtFleet(stage.source.api, fleet), "Cluster.cluster.x-k8s.io");
  const { apiVersion, kind, metadata } = cluster;
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid };
  await ask(stage.source.api, "POST", `${HOSTS}/${namespace}/baremetalhosts`, {
    apiVersion: "metal3.io/v1alpha1",
    kind: "BareMetalHost",
    metadata: { name: "host", finalizers: ["baremetalhost.metal3.io"], ownerReferences: [owner] },
    spec,
  });
  return fleet;
}

async function hostOf(cluster: "source" | "target", namespace: string): Promise<KubeObject> {
  const path = `${HOSTS}/${namespace}/baremetalhosts/host`;
  return (await ask(stage[cluster].api, "GET", path)) as KubeObject;
}

/** Marks the host a while after its Cluster is paused, as cluster-api-provider-metal3 does. */
function playMetal3(namespace: string): void {
  stage.proxies.source.on({
    when: ({ isWrite, path }) => isWrite && path.includes(`/${namespace}/clusters/`),
    times: 1,
    before: () => {
      setTimeout(() => void mark(namespace), 2_500);
    },
  });
}

async function mark(namespace: string): Promise<void> {
  const patch = { metadata: { annotations: { [PAUSED]: "metal3.io/capm3" } } };
  await ask(stage.source.api, "PATCH", `${HOSTS}/${namespace}/baremetalhosts/host`, patch, MERGE);
}

function holdOfHost(preview: Preview | undefined): string | undefined {
  const planned = preview?.plan.groups.flatMap(({ objects }) => objects) ?? [];
  return planned.find(({ id }) => id.kind === "BareMetalHost")?.hold;
}

function reasons(events: readonly PivotEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === "waiting" ? [event.reason] : []));
}

describe("a host that its provider pauses", () => {
  test(
    "is waited for, and arrives paused",
    async () => {
      const fleet = await fleetWithHost("marked");
      playMetal3("marked");
      const { error, preview, events } = await stage.pivot(fleet, { providers: "skip" });
      expect(error).toBeUndefined();
      expect(preview?.plan.findings.map(({ code }) => code)).toEqual(["TRIED_LATER"]);
      expect(holdOfHost(preview)).toBe("marker");
      expect(reasons(events)).toContain(
        "for infrastructure-metal3 to pause BareMetalHost.metal3.io marked/host",
      );
      const { metadata } = await hostOf("target", "marked");
      expect(metadata.annotations).toEqual({ [PAUSED]: "metal3.io/capm3" });
      expect(metadata.finalizers).toEqual(["baremetalhost.metal3.io"]);
    },
    LONG,
  );

  test(
    "and is not: everything is put back, and the provider is named",
    async () => {
      const fleet = await fleetWithHost("unmarked");
      const before = await stateOf(stage.source, fleet);
      const { error } = await stage.pivot(fleet, { timeout: "3s", providers: "skip" });
      expect(error).toMatchObject({
        code: "PAUSE_NOT_ACKNOWLEDGED",
        exitCode: EXIT.unchanged,
        cluster: "source",
      });
      expect(String(error)).toContain("infrastructure-metal3 of the source cluster did not pause");
      expect(String(error)).toContain("BareMetalHost.metal3.io unmarked/host");
      expect(await stateOf(stage.source, fleet)).toEqual(before);
    },
    LONG,
  );

  test(
    "without a machine nobody does: the plan says what to do",
    async () => {
      const { namespaces } = await fleetWithHost("free", { online: true });
      const { source: from, target: to } = stage;
      const { preview } = await previewOf({ from, to, namespaces, providers: "skip" });
      const found = preview?.plan.findings
        .slice(0, -1)
        .map(({ code, severity, objects }) => [...[severity, code], ...objects.map(formatId)]);
      expect(found).toEqual([["error", "KIND_NOT_HELD", "BareMetalHost.metal3.io free/host"]]);
      expect(preview?.plan.findings[0]?.hint).toContain(`annotation ${PAUSED}`);
    },
    LONG,
  );
});

describe("a controller that --controller names", () => {
  test(
    "is stopped by a whole pivot before what it acts on is copied",
    async () => {
      const fleet = await fleetWithHost("named", { online: true });
      const client = await open(stage.source.adminKubeconfig(), { clock: systemClock });
      const program = await baremetalOperator();
      const seen: number[] = [];
      stage.proxies.target.on({
        when: ({ method, path, isWrite }) =>
          isWrite && method === "POST" && path.endsWith("/baremetalhosts"),
        before: async () => {
          seen.push(await replicasNow(client, program));
        },
      });
      const { error, preview } = await stage.pivot(fleet, {
        namespaces: [],
        controllers: ["baremetal-operator/baremetal-operator"],
        providers: "skip",
        sourceProviders: "keep",
        proveFor: "0",
      });
      expect(error).toBeUndefined();
      expect(holdOfHost(preview)).toBe("no-controller");
      expect(new Set(seen)).toEqual(new Set([0]));
      expect(await replicasNow(client, program)).toBe(1);
      expect((await hostOf("target", "named"))["spec"]).toEqual({ online: true });
    },
    LONG,
  );
});

async function baremetalOperator(): Promise<Controller> {
  const path = "/apis/apps/v1/namespaces/baremetal-operator/deployments/baremetal-operator";
  const object = (await ask(stage.source.api, "GET", path)) as KubeObject;
  const id = idOf({ ...object, apiVersion: "apps/v1", kind: "Deployment" });
  return { id, uid: object.metadata.uid, replicas: 1, image: "", featureGates: {} };
}
