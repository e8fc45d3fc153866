// Objects that are seldom, and that a mover gets wrong: each arrives as it was, or is in the way with a flag to go on.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { OUR_PREFIX } from "../../src/model/capi.ts";
import { EXIT } from "../../src/model/error.ts";
import { fieldAt, formatId, idOf, type Json, type KubeObject } from "../../src/model/object.ts";
import { applyFleet } from "../support/fleet/apply-fleet.ts";
import { aCluster } from "../support/fleet/cluster.ts";
import { aLargeNumber } from "../support/fleet/companions.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import { fleetKind, pathOf } from "../support/fleet/fleet-kinds.ts";
import type { FleetObject } from "../support/fleet/fleet-object.ts";
import { type Fleet, fleetOf } from "../support/fleet/fleets.ts";
import { lookAtFleet } from "../support/fleet/look.ts";
import { normalForms } from "../support/fleet/normal-form.ts";
import { type Snapshot, uidsOf } from "../support/fleet/snapshot.ts";
import {
  type KubeconfigFolder,
  kubeconfigFolder,
  stageKubeconfigs,
} from "../support/kubeconfig-folder.ts";
import { firstOf, type Stage, smallFleet, startStage, stateOf } from "../support/stage.ts";
import { installCrds } from "../support/testbed/install-crds.ts";
import { findingsOf, type Typed, type TypeOptions, type as typeArgv } from "../support/typed.ts";

const LONG = 120_000;
const MERGE = "application/merge-patch+json";

let stage: Stage;
let folder: KubeconfigFolder;
let files: { readonly source: string; readonly target: string };

beforeAll(async () => {
  stage = await startStage();
  folder = await kubeconfigFolder();
  files = await stageKubeconfigs(stage, folder);
}, LONG * 8);

afterEach(() => {
  stage.reset();
});

afterAll(async () => {
  await stage.stop();
  await folder.remove();
});

function pivot(argv: readonly string[], options: TypeOptions = {}): Promise<Typed> {
  const clusters = ["--kubeconfig", files.source, "--to-kubeconfig", files.target];
  return typeArgv([...clusters, ...argv, "--yes", "-o", "ndjson"], options);
}

function inSource(method: string, path: string, body?: Json, type?: string): Promise<KubeObject> {
  return ask(stage.source.api, method, path, body, type) as Promise<KubeObject>;
}

function inTarget(method: string, path: string, body?: Json): Promise<KubeObject> {
  return ask(stage.target.api, method, path, body) as Promise<KubeObject>;
}

function ownerOf({ apiVersion, kind, metadata: { name, uid } }: KubeObject): Json {
  return { apiVersion, kind, name, uid };
}

function named(snapshot: Snapshot, key: string): KubeObject {
  const found = snapshot.get(key);
  if (found === undefined) throw new Error(`no ${key} among ${[...snapshot.keys()].join(", ")}`);
  return found;
}

/** Annotations of ours on anything. */
function ours(snapshot: Snapshot): readonly string[] {
  return [...snapshot].flatMap(([key, { metadata }]) =>
    Object.keys(metadata.annotations ?? {})
      .filter((name) => name.startsWith(OUR_PREFIX))
      .map((name) => `${key} ${name}`),
  );
}

const ODD = "odd";
const SECRETS = `/api/v1/namespaces/${ODD}/secrets`;
const SITES = `/apis/sites.example.dev/v1/namespaces/${ODD}/sites`;
const LIMITS = pathOf(fleetKind("LargeNumber"), ODD, "limits");
/** Four bytes each, right to left, combining, and what JSON escapes. */
const UTF8 = '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🦔 مرحبا e\u0301 \u2028 \\ " '.repeat(50);

describe("a fleet of odd objects", () => {
  let before: Snapshot;
  let after: Snapshot;
  let fleet: Fleet;
  let site: KubeObject;
  let copyOfSite: KubeObject;
  let limits: string;
  let outcome: Typed;

  beforeAll(async () => {
    for (const { api } of [stage.source, stage.target]) await installCrds(api, [SITE_CRD]);
    await inSource("POST", "/api/v1/namespaces", {
      metadata: {
        name: ODD,
        labels: { team: "odd", "pod-security.kubernetes.io/enforce": "privileged" },
        annotations: { "example.dev/note": UTF8 },
      },
    });
    fleet = await oddFleet();
    before = await lookAtFleet(stage.source.api, fleet);
    site = await inSource("GET", `${SITES}/here`);
    limits = (await stage.source.api.request("GET", LIMITS)).text;
    outcome = await pivot(["-n", ODD]);
    after = await lookAtFleet(stage.target.api, fleet);
    copyOfSite = await inTarget("GET", `${SITES}/here`);
  }, LONG);

  test("moves, and leaves nothing behind", async () => {
    expect(outcome.failure).toBeUndefined();
    expect(outcome.exitCode).toBe(EXIT.done);
    expect([...(await lookAtFleet(stage.source.api, fleet)).keys()]).toEqual([]);
    expect([...after.keys()]).toEqual([...before.keys()]);
    expect(ours(after)).toEqual([]);
  });

  test("is the same field by field, apart from the reference to nobody", () => {
    const isDangling = (key: string) => key === `Secret ${ODD}/dangling`;
    const without = (forms: Readonly<Record<string, Json>>) =>
      Object.fromEntries(Object.entries(forms).filter(([key]) => !isDangling(key)));
    const here = (uid: string) => [uid, "Site here"] as const;
    const uidsAfter = new Map([...uidsOf(after), here(copyOfSite.metadata.uid)]);
    const uidsBefore = new Map([...uidsOf(before), here(site.metadata.uid)]);
    expect(without(normalForms(after, uidsAfter))).toEqual(
      without(normalForms(before, uidsBefore)),
    );
  });

  test("a Cluster that the operator had paused stays paused", () => {
    const asleep = named(after, `Cluster.cluster.x-k8s.io ${ODD}/asleep`);
    expect(fieldAt(asleep, "spec", "paused")).toBe(true);
    const notes = findingsOf(outcome).filter(({ code }) => code === "PAUSED_ALREADY");
    expect(notes.map(({ severity, objects }) => [severity, objects])).toEqual([
      ["note", [{ group: "cluster.x-k8s.io", kind: "Cluster", namespace: ODD, name: "asleep" }]],
    ]);
  });

  test("spec.paused: false stays written out", () => {
    const awake = named(after, `Cluster.cluster.x-k8s.io ${ODD}/awake`);
    expect(fieldAt(awake, "spec", "paused")).toBe(false);
  });

  test("the namespace has its labels and annotations", async () => {
    const { metadata } = await inTarget("GET", `/api/v1/namespaces/${ODD}`);
    expect(metadata.annotations).toEqual({ "example.dev/note": UTF8 });
    expect(metadata.labels).toEqual({
      team: "odd",
      "pod-security.kubernetes.io/enforce": "privileged",
      "kubernetes.io/metadata.name": ODD,
    });
  });

  test("numbers keep their digits", async () => {
    const { text } = await stage.target.api.request("GET", LIMITS);
    const contents = (whole: string) => whole.slice(whole.lastIndexOf('"spec":'));
    expect(contents(text)).toBe(contents(limits));
    // The server itself keeps 1.0 as 1, but what a user applied stands in an annotation.
    expect(contents(text)).toContain('"large":9223372036854775807');
    expect(contents(text)).toContain('"seen":9007199254740993');
    expect(text).toContain('\\"ratio\\":1.0');
  });

  test("an immutable Secret is immutable, with its data", () => {
    const secret = named(after, `Secret ${ODD}/immutable`);
    expect(secret).toMatchObject({ immutable: true, data: { key: "aW1tdXRhYmxl" } });
  });

  test("an annotation in many scripts is the same text", () => {
    const { metadata } = named(after, `Cluster.cluster.x-k8s.io ${ODD}/awake`);
    expect(metadata.annotations?.["example.dev/scripts"]).toBe(UTF8);
  });

  test("owners that own each other still do, and the plan says so", () => {
    const [a, b] = ["cycle-a", "cycle-b"].map((name) => named(after, `Secret ${ODD}/${name}`));
    const uids = (object: KubeObject | undefined) =>
      object?.metadata.ownerReferences?.map(({ uid }) => uid);
    expect(uids(a)).toContain(b?.metadata.uid ?? "");
    expect(uids(b)).toEqual([a?.metadata.uid ?? ""]);
    expect(findingsOf(outcome).map(({ code }) => code)).toContain("OWNER_CYCLE");
  });

  test("a reference to an owner that exists nowhere is left out, and the plan says so", () => {
    const { metadata } = named(after, `Secret ${ODD}/dangling`);
    const cluster = named(after, `Cluster.cluster.x-k8s.io ${ODD}/awake`);
    expect(metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([cluster.metadata.uid]);
    const notes = findingsOf(outcome).filter(({ code }) => code === "OWNER_DANGLING");
    expect(notes.map(({ severity, objects }) => [severity, objects])).toEqual([
      ["note", [{ group: "", kind: "Secret", namespace: ODD, name: "dangling" }]],
    ]);
  });

  test("what is labelled move-hierarchy moves with what it owns", async () => {
    expect(copyOfSite["spec"]).toEqual(site["spec"]);
    expect(copyOfSite["status"]).toEqual(site["status"]);
    const below = named(after, `Secret ${ODD}/of-the-site`);
    expect(below.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([
      copyOfSite.metadata.uid,
    ]);
    const { status } = await stage.source.api.request("GET", `${SITES}/here`);
    expect(status).toBe(404);
  });
});

/** A kind of no provider: what makes it move is its label alone. */
const SITE_CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: "sites.sites.example.dev",
    labels: { "clusterctl.cluster.x-k8s.io/move-hierarchy": "" },
  },
  spec: {
    group: "sites.example.dev",
    names: { kind: "Site", listKind: "SiteList", plural: "sites", singular: "site" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1",
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

async function oddFleet(): Promise<Fleet> {
  const asleep = aCluster(ODD, "asleep").withControlPlane({ replicas: 1 }).paused().objects();
  const awake = aCluster(ODD, "awake").withControlPlane({ replicas: 1 }).objects();
  const cluster = awake.find(({ kind }) => kind === "Cluster") as FleetObject;
  const fleet = fleetOf([...asleep, ...awake, ...aLargeNumber(cluster, "limits")]);
  await applyFleet(stage.source.api, fleet);
  const path = pathOf(fleetKind("Cluster"), ODD, "awake");
  const annotations = { "example.dev/scripts": UTF8 };
  const change = { metadata: { annotations }, spec: { paused: false } };
  const written = await inSource("PATCH", path, change, MERGE);
  // Its controller has seen the change.
  const observed = { status: { observedGeneration: written.metadata.generation } };
  await inSource("PATCH", `${path}/status`, observed, MERGE);
  await putSecrets(ownerOf(written));
  await putSite();
  return fleet;
}

async function putSecrets(cluster: Json): Promise<void> {
  const put = (name: string, ownerReferences: readonly Json[], more: object = {}) =>
    inSource("POST", SECRETS, { metadata: { name, ownerReferences }, ...more });
  await put("immutable", [cluster], { immutable: true, data: { key: "aW1tdXRhYmxl" } });
  const gone = { apiVersion: "gone.example.dev/v1", kind: "Gone", name: "x", uid: "no-such-uid" };
  await put("dangling", [cluster, gone]);
  const secret = { apiVersion: "v1", kind: "Secret" };
  const a = await put("cycle-a", [cluster]);
  const b = await put("cycle-b", [{ ...secret, name: "cycle-a", uid: a.metadata.uid }]);
  const owners = [cluster, { ...secret, name: "cycle-b", uid: b.metadata.uid }];
  const closing = { metadata: { ownerReferences: owners } };
  await inSource("PATCH", `${SECRETS}/cycle-a`, closing, MERGE);
}

async function putSite(): Promise<void> {
  const kind = { apiVersion: "sites.example.dev/v1", kind: "Site" };
  const body = { ...kind, metadata: { name: "here" }, spec: { rack: 7 } };
  const { metadata } = await inSource("POST", SITES, body);
  await inSource("PATCH", `${SITES}/here/status`, { status: { power: "On" } }, MERGE);
  const owner = { ...kind, name: "here", uid: metadata.uid };
  const of = { metadata: { name: "of-the-site", ownerReferences: [owner] } };
  await inSource("POST", SECRETS, { ...of, data: { key: "c2l0ZQ==" } });
}

describe("an equal Secret that the target has already", () => {
  test(
    "may stay: it is not written to, and the run succeeds",
    async () => {
      const namespace = "equal";
      const fleet = await smallFleet(stage, namespace);
      const secrets = `/api/v1/namespaces/${namespace}/secrets`;
      const original = await inSource("GET", `${secrets}/bench-00-ca`);
      const { labels, annotations, name } = original.metadata;
      const { data, type } = original;
      await inTarget("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
      const metadata = { name, labels: labels ?? {}, annotations: annotations ?? {} };
      const there = await inTarget("POST", secrets, { metadata, data, type });

      const { failure, exitCode } = await pivot(["-n", namespace]);

      expect(failure).toBeUndefined();
      expect(exitCode).toBe(EXIT.done);
      expect(await inTarget("GET", `${secrets}/bench-00-ca`)).toEqual(there);
      expect([...(await lookAtFleet(stage.source.api, fleet)).keys()]).toEqual([]);
      expect((await lookAtFleet(stage.target.api, fleet)).size).toBe(fleet.objects.length);
    },
    LONG,
  );
});

/** A ServiceAccount that the Cluster owns: built in, and no kind that Cluster API moves. */
async function withAccount(namespace: string): Promise<{
  readonly fleet: Fleet;
  readonly path: string;
  readonly account: KubeObject;
  readonly ref: string;
}> {
  const fleet = await smallFleet(stage, namespace);
  const cluster = firstOf(await lookAtFleet(stage.source.api, fleet), "Cluster.cluster.x-k8s.io");
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const metadata = { name: "robot", ownerReferences: [ownerOf(cluster)], labels: { app: "x" } };
  const account = await inSource("POST", accounts, { metadata });
  const ref = `ServiceAccount/${namespace}/robot`;
  return { fleet, path: `${accounts}/robot`, account, ref };
}

function withoutVersion({ metadata: { resourceVersion: _, ...metadata }, ...rest }: KubeObject) {
  return { ...rest, metadata };
}

describe("a built-in object that a moved one owns", () => {
  test(
    "is in the way, and the finding has both flags",
    async () => {
      const { fleet, account, path } = await withAccount("foreign");
      const before = await stateOf(stage.source, fleet);
      const typed = await pivot(["-n", "foreign"]);
      expect(typed.failure).toMatchObject({ code: "PLAN_BLOCKED", exitCode: EXIT.unchanged });
      const [finding] = findingsOf(typed).filter(({ severity }) => severity === "error");
      expect(finding).toMatchObject({
        code: "FOREIGN_DEPENDENT",
        objects: [{ group: "", kind: "ServiceAccount", namespace: "foreign", name: "robot" }],
      });
      expect(finding?.why).toContain("owned by Cluster.cluster.x-k8s.io foreign/bench-00");
      expect(finding?.hint).toContain("--include ServiceAccount/foreign/robot");
      expect(finding?.hint).toContain("--leave ServiceAccount/foreign/robot");
      expect(await stateOf(stage.source, fleet)).toEqual(before);
      expect(await inSource("GET", path)).toEqual(account);
    },
    LONG,
  );

  test(
    "moves with --include",
    async () => {
      const { fleet, path, ref } = await withAccount("included");
      const { failure } = await pivot(["-n", "included", "--include", ref]);
      expect(failure).toBeUndefined();
      const copy = await inTarget("GET", path);
      const cluster = firstOf(
        await lookAtFleet(stage.target.api, fleet),
        "Cluster.cluster.x-k8s.io",
      );
      expect(copy.metadata.ownerReferences).toEqual([ownerOf(cluster)] as never);
      expect(copy.metadata.labels).toEqual({ app: "x" });
      expect((await stage.source.api.request("GET", path)).status).toBe(404);
    },
    LONG,
  );

  test(
    "stays with --leave, its owner reference cut",
    async () => {
      const { path, account, ref } = await withAccount("left");
      const { failure } = await pivot(["-n", "left", "--leave", ref]);
      expect(failure).toBeUndefined();
      const { metadata } = await inSource("GET", path);
      expect(metadata.uid).toBe(account.metadata.uid);
      expect(metadata.ownerReferences).toBeUndefined();
      expect(metadata.labels).toEqual({ app: "x" });
      expect(metadata.annotations).toBeUndefined();
      expect((await stage.target.api.request("GET", path)).status).toBe(404);
    },
    LONG,
  );

  test(
    "has its owner reference back after a run with --leave that failed",
    async () => {
      const { fleet, path, account, ref } = await withAccount("rejoined");
      const before = await stateOf(stage.source, fleet);
      let cut: unknown;
      stage.proxies.target.on({
        when: ({ method, path: asked, isWrite }) =>
          isWrite && method === "POST" && asked.endsWith("/machinesets"),
        before: async () => {
          cut ??= (await inSource("GET", path)).metadata.ownerReferences ?? "cut";
        },
        fault: { type: "answer", status: 422 },
      });
      const { failure } = await pivot(["-n", "rejoined", "--leave", ref]);
      expect(failure).toMatchObject({ code: "CREATE_REFUSED", exitCode: EXIT.unchanged });
      expect(cut).toBe("cut");
      expect(withoutVersion(await inSource("GET", path))).toEqual(withoutVersion(account));
      expect(await stateOf(stage.source, fleet)).toEqual(before);
      expect(await stateOf(stage.target, fleet)).toEqual({});
    },
    LONG,
  );
});

const BLOCK = "clusterctl.cluster.x-k8s.io/block-move";

/** An object whose controller is not ready for a move. */
async function blocked(
  namespace: string,
): Promise<{ readonly fleet: Fleet; readonly path: string; readonly id: string }> {
  const fleet = await smallFleet(stage, namespace);
  const kind = "DockerCluster.infrastructure.cluster.x-k8s.io";
  const object = firstOf(await lookAtFleet(stage.source.api, fleet), kind);
  const path = pathOf(fleetKind("DockerCluster"), namespace, object.metadata.name);
  await inSource("PATCH", path, { metadata: { annotations: { [BLOCK]: "" } } }, MERGE);
  return { fleet, path, id: formatId(idOf(object)) };
}

describe("an object with the annotation block-move", () => {
  test(
    "is waited for, and moves when its controller takes that away",
    async () => {
      const { fleet, path, id } = await blocked("patient");
      const reasons: string[] = [];
      let unblocked: Promise<unknown> | undefined;
      const typed = await pivot(["-n", "patient"], {
        onLine: ({ type, reason = "" }) => {
          if (type !== "waiting" || !reason.includes(BLOCK)) return;
          reasons.push(reason);
          const gone = { metadata: { annotations: { [BLOCK]: null } } };
          unblocked ??= inSource("PATCH", path, gone, MERGE);
        },
      });
      await unblocked;
      expect(typed.failure).toBeUndefined();
      expect(reasons[0]).toContain(id);
      expect(findingsOf(typed).map(({ code }) => code)).toContain("MOVE_BLOCKED_BY_ANNOTATION");
      const after = await lookAtFleet(stage.target.api, fleet);
      expect(after.size).toBe(fleet.objects.length);
      expect([...(await lookAtFleet(stage.source.api, fleet)).keys()]).toEqual([]);
    },
    LONG,
  );

  test(
    "that does not go away ends the run after --timeout, and everything is put back",
    async () => {
      const { fleet, id } = await blocked("stubborn");
      const before = await stateOf(stage.source, fleet);
      const { failure, exitCode } = await pivot(["-n", "stubborn", "--timeout", "2s"]);
      expect(failure).toMatchObject({ code: "MOVE_BLOCKED", cluster: "source" });
      expect(exitCode).toBe(EXIT.unchanged);
      expect(failure?.message).toContain(id);
      expect(failure?.message).toContain("everything was put back");
      expect(failure?.hint).toContain("--timeout");
      expect(await stateOf(stage.source, fleet)).toEqual(before);
      expect(await stateOf(stage.target, fleet)).toEqual({});
    },
    LONG,
  );
});

describe("a user of the target who may write, but not everything", () => {
  test(
    "is told so before anything is written",
    async () => {
      const namespace = "halfway";
      const fleet = await smallFleet(stage, namespace);
      const before = await stateOf(stage.source, fleet);
      const user = stage.target.tokenUsers.stranger;
      const rbac = "/apis/rbac.authorization.k8s.io/v1";
      const group = "rbac.authorization.k8s.io";
      await inTarget("POST", `${rbac}/clusterroles`, {
        metadata: { name: "half" },
        rules: [
          { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list"] },
          { apiGroups: ["", "coordination.k8s.io"], resources: ["*"], verbs: ["*"] },
          { nonResourceURLs: ["*"], verbs: ["get"] },
        ],
      });
      await inTarget("POST", `${rbac}/clusterrolebindings`, {
        metadata: { name: "half" },
        roleRef: { apiGroup: group, kind: "ClusterRole", name: "half" },
        subjects: [{ apiGroup: group, kind: "User", name: user.name }],
      });
      const file = await folder.write("half.yaml", stage.target.kubeconfigFor(user));
      const { failure } = await pivot(["-n", namespace, "--to-kubeconfig", file]);
      expect(failure).toMatchObject({ code: "PLAN_BLOCKED", exitCode: EXIT.unchanged });
      expect(await stateOf(stage.source, fleet)).toEqual(before);
      expect(await stateOf(stage.target, fleet)).toEqual({});
    },
    LONG,
  );
});
