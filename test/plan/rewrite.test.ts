import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { parseJson, stringifyJson } from "../../src/kube/json.ts";
import { ANNOTATION, OURS } from "../../src/model/capi.ts";
import type { Json, KubeObject } from "../../src/model/object.ts";
import type { PlannedObject } from "../../src/model/plan.ts";
import { compareObjects } from "../../src/plan/compare.ts";
import { travellers } from "../../src/plan/plan-pivot.ts";
import {
  bodyToCreate,
  ownerReferencesFor,
  pausedBeforeOf,
  type RewriteContext,
  statusFor,
  withoutOurs,
} from "../../src/plan/rewrite.ts";
import { classFleet, plainFleet, poolFleet } from "../support/fleet/fleets.ts";
import { anObject, objectsOf, plannedOf, planOf, uidOf } from "./inventory-of.ts";

// Many runs on a busy machine.
setDefaultTimeout(60_000);

const context: RewriteContext = {
  run: "r1",
  uids: { get: (uid) => `target ${uid}` },
  managedFields: "encoded",
  serves: () => true,
  versionOf: () => undefined,
};

/** One object and how it is planned when it is all there is. */
function alone(object: KubeObject): readonly [KubeObject, PlannedObject] {
  const [planned] = [...travellers(planOf([object])), ...planOf([object]).others];
  if (planned === undefined) throw new Error("not planned");
  return [object, planned];
}

function bodyOf(object: KubeObject, change: Partial<RewriteContext> = {}): Record<string, Json> {
  return bodyToCreate(...alone(object), { ...context, ...change });
}

function metadataOf(body: Json): Readonly<Record<string, Json>> {
  return (body as { readonly metadata: Record<string, Json> }).metadata;
}

describe("bodyToCreate", () => {
  test("keeps what its owners wrote and drops what the server wrote", () => {
    const source: KubeObject = {
      ...anObject("Machine ns1/m", {
        labels: { "cluster.x-k8s.io/watch-filter": "x" },
        annotations: { mine: "1" },
        finalizers: ["machine.cluster.x-k8s.io"],
        spec: { providerID: "docker:////m" },
        status: { phase: "Running" },
      }),
    };
    const served: KubeObject = {
      ...source,
      metadata: {
        ...source.metadata,
        generateName: "m-",
        selfLink: "/x",
        creationTimestamp: "2026-01-01T00:00:00Z",
        deletionGracePeriodSeconds: 0,
        managedFields: [{ manager: "m" }],
        future: "field",
      },
    };
    expect(parseJson(stringifyJson(bodyOf(served)))).toEqual({
      apiVersion: "cluster.x-k8s.io/v1beta2",
      kind: "Machine",
      metadata: {
        name: "m",
        namespace: "ns1",
        labels: { "cluster.x-k8s.io/watch-filter": "x" },
        annotations: {
          mine: "1",
          [OURS.run]: "r1",
          [OURS.sourceUid]: "uid of Machine ns1/m",
          [OURS.verdict]: "move",
          [OURS.managedFields]: "encoded",
        },
        finalizers: ["machine.cluster.x-k8s.io"],
        future: "field",
      },
      spec: { providerID: "docker:////m" },
    });
  });

  test("an object keeps whatever else it has", () => {
    const secret = {
      ...anObject("Secret ns1/a-ca"),
      type: "cluster.x-k8s.io/secret",
      data: { "tls.key": "eA==" },
      immutable: true,
    };
    const planned = plannedOf(planOf([anObject("Cluster ns1/a"), secret]), "Secret ns1/a-ca");
    const { type, data, immutable } = bodyToCreate(secret, planned, context);
    expect({ type, data, immutable }).toEqual({
      type: "cluster.x-k8s.io/secret",
      data: { "tls.key": "eA==" },
      immutable: true,
    });
  });

  test("without a status subresource the status comes along", () => {
    const [source, planned] = alone(anObject("MachineDrainRule ns1/r", { status: { seen: 1 } }));
    const without = { ...planned, kind: { ...planned.kind, hasStatus: false } };
    expect(bodyToCreate(source, without, context)["status"]).toEqual({ seen: 1 });
    expect(bodyToCreate(source, planned, context)["status"]).toBeUndefined();
  });

  const pauses: Readonly<
    Record<
      string,
      readonly [
        KubeObject,
        { readonly paused: Json; readonly annotation: Json; readonly before: Json },
      ]
    >
  > = {
    "a cluster is created paused": [
      anObject("Cluster ns1/a", { spec: { x: 1 } }),
      { paused: true, annotation: undefined, before: "absent" },
    ],
    "a cluster that said false will say so again": [
      anObject("Cluster ns1/a", { spec: { paused: false } }),
      { paused: true, annotation: undefined, before: "false" },
    ],
    "a cluster that we froze keeps what the freeze found": [
      anObject("Cluster ns1/a", {
        spec: { paused: true },
        annotations: { [OURS.pausedBefore]: "false", [OURS.run]: "r0" },
      }),
      { paused: true, annotation: undefined, before: "false" },
    ],
    "a cluster that was paused before stays so": [
      anObject("Cluster ns1/a", { spec: { paused: true } }),
      { paused: true, annotation: undefined, before: undefined },
    ],
    "a class is created with the annotation": [
      anObject("ClusterClass ns1/c", { spec: {} }),
      { paused: undefined, annotation: "", before: "absent" },
    ],
    "a class that was paused before keeps its annotation": [
      anObject("ClusterClass ns1/c", { annotations: { [ANNOTATION.paused]: "why" }, spec: {} }),
      { paused: undefined, annotation: "why", before: undefined },
    ],
    "a machine is paused through its cluster": [
      anObject("Machine ns1/m", { spec: {} }),
      { paused: undefined, annotation: undefined, before: undefined },
    ],
  };

  test.each(Object.entries(pauses))("%s", (_name, [source, want]) => {
    const body = bodyOf(source);
    const annotations = metadataOf(body)["annotations"] as Record<string, string>;
    expect({
      paused: (body["spec"] as Record<string, Json> | undefined)?.["paused"],
      annotation: annotations[ANNOTATION.paused],
      before: annotations[OURS.pausedBefore],
    }).toEqual(want as never);
    expect(annotations[OURS.run]).toBe("r1");
  });

  test("nothing of an earlier run survives", () => {
    expect(withoutOurs({ a: "1", [OURS.run]: "r0", [OURS.ownersBefore]: "[]" })).toEqual({
      a: "1",
    });
    expect(withoutOurs(undefined)).toEqual({});
  });

  test("what was not frozen by us has no pause to remember", () => {
    expect(pausedBeforeOf(...alone(anObject("Machine ns1/m")))).toBeUndefined();
  });
});

describe("owner references", () => {
  const source = anObject("Machine ns1/m", {
    owners: [
      "Machine ns1/gone",
      { key: "MachineSet ns1/ms", controller: true, blockOwnerDeletion: true },
      { key: "Cluster ns1/a", controller: false, future: "x" },
    ],
  });

  test("keep their order, flags and unknown fields; what does not exist is left out", () => {
    const uids = new Map([
      [uidOf("MachineSet ns1/ms"), "t1"],
      [uidOf("Cluster ns1/a"), "t2"],
    ]);
    expect(ownerReferencesFor(source, { ...context, uids })).toEqual([
      {
        apiVersion: "cluster.x-k8s.io/v1beta2",
        kind: "MachineSet",
        name: "ms",
        uid: "t1",
        controller: true,
        blockOwnerDeletion: true,
      },
      {
        apiVersion: "cluster.x-k8s.io/v1beta2",
        kind: "Cluster",
        name: "a",
        uid: "t2",
        controller: false,
        future: "x",
      },
    ]);
  });

  test("are no list at all when none is left", () => {
    const body = parseJson(stringifyJson(bodyOf(source, { uids: new Map() })));
    expect("ownerReferences" in metadataOf(body)).toBe(false);
  });

  test("change their version only when the target does not serve it", () => {
    const versions = (change: Partial<RewriteContext>) =>
      ownerReferencesFor(source, { ...context, ...change }).map(({ apiVersion }) => apiVersion);
    const old = { serves: () => false, versionOf: () => "v1beta1" };
    expect(new Set(versions(old))).toEqual(new Set(["cluster.x-k8s.io/v1beta1"]));
    expect(new Set(versions({ ...old, serves: () => true }))).toEqual(
      new Set(["cluster.x-k8s.io/v1beta2"]),
    );
    expect(new Set(versions({ serves: () => false }))).toEqual(
      new Set(["cluster.x-k8s.io/v1beta2"]),
    );
  });
});

describe("references in a spec", () => {
  const spec = {
    infrastructureRef: { apiVersion: "infra.x/v1beta2", kind: "M", name: "m", namespace: "ns1" },
    list: [{ ref: { apiVersion: "infra.x/v1beta2", kind: "M", name: "n" } }],
    notRef: { apiVersion: "infra.x/v1beta2", kind: "M" },
    text: "infra.x/v1beta2",
  };
  const body = (served: boolean) =>
    bodyOf(anObject("Machine ns1/m", { spec }), {
      serves: () => served,
      versionOf: (group, kind) => (group === "infra.x" && kind === "M" ? "v1beta1" : undefined),
    })["spec"];

  test("stay as they are when the target serves them", () => {
    expect(body(true)).toEqual(spec);
  });

  test("are rewritten when it does not, and nothing else is", () => {
    expect(body(false)).toEqual({
      ...spec,
      infrastructureRef: { ...spec.infrastructureRef, apiVersion: "infra.x/v1beta1" },
      list: [{ ref: { apiVersion: "infra.x/v1beta1", kind: "M", name: "n" } }],
    });
  });

  test("the object itself is written at the version of the plan", () => {
    const [source, planned] = alone(anObject("Machine ns1/m"));
    const older = { ...planned, kind: { ...planned.kind, version: "v1beta1" } };
    expect(bodyToCreate(source, older, context)["apiVersion"]).toBe("cluster.x-k8s.io/v1beta1");
  });
});

describe("status", () => {
  const at = (generation: number, status: Json) =>
    anObject("Machine ns1/m", { generation, status });
  const uids = new Map([["u1", "t1"]]);
  const observed = (number: number) => ({ observedGeneration: number });

  test.each([
    ["what was observed is observed again", 7, false, 7, 2],
    ["what was not yet observed is not observed", 6, false, 7, 0],
    ["what was never observed is not observed", 0, false, 7, 0],
    ["the pause itself is observed", 8, true, 8, 2],
    ["what was observed before we paused it", 7, true, 8, 2],
    ["what was not observed even then", 6, true, 8, 0],
  ])("%s", (_name, seen, pausedBySpec, generation, want) => {
    const source = at(generation, {
      ...observed(seen),
      conditions: [{ type: "Ready", ...observed(seen) }],
      deep: [{ ...observed(seen) }],
    });
    const seenAs = want === 0 ? {} : observed(want);
    expect(statusFor(source, { uids, generation: 2, pausedBySpec })).toEqual({
      ...seenAs,
      conditions: [{ type: "Ready", ...seenAs }],
      deep: [seenAs],
    });
  });

  test("uids of objects that were copied become those of the copies", () => {
    const source = at(1, {
      nodeRef: { kind: "Node", uid: "elsewhere" },
      ref: { kind: "Secret", uid: "u1" },
      conditions: [{ type: "Ready", related: { uid: "u1" } }],
    });
    expect(statusFor(source, { uids, generation: 1, pausedBySpec: false })).toEqual({
      nodeRef: { kind: "Node", uid: "elsewhere" },
      ref: { kind: "Secret", uid: "t1" },
      conditions: [{ type: "Ready", related: { uid: "t1" } }],
    });
  });

  test("the condition Paused is left to the target's controllers, wherever it is", () => {
    const conditions = [{ type: "Ready" }, { type: "Paused" }];
    const source = at(1, { conditions, v1beta2: { conditions }, Paused: { type: "Paused" } });
    expect(statusFor(source, { uids, generation: 1, pausedBySpec: false })).toEqual({
      conditions: [{ type: "Ready" }],
      v1beta2: { conditions: [{ type: "Ready" }] },
      Paused: { type: "Paused" },
    });
  });

  test("numbers keep their digits", () => {
    const status = parseJson('{"seen": 9007199254740993, "ratio": 1.0, "observedGeneration": 3}');
    const mapped = statusFor(at(3, status), { uids, generation: 1, pausedBySpec: false });
    expect(stringifyJson(mapped)).toBe(
      '{"seen":9007199254740993,"ratio":1.0,"observedGeneration":1}',
    );
  });
});

/** What a copy has more than its source. */
const ALLOWED = [
  /^metadata\.annotations( |\.capi-pivot\.github\.io\/\S+ |\.cluster\.x-k8s\.io\/paused )added$/,
  /^spec\.paused added$/,
];

describe("whole fleets", () => {
  const objects = [plainFleet("ns1"), classFleet("ns2"), poolFleet("ns3")].flatMap((fleet) =>
    objectsOf(fleet.objects),
  );

  test("a body is a faithful copy of its source, but for pause and owners' uids", () => {
    const plan = planOf(objects);
    const bodies = new Map(objects.map((object) => [object.metadata.uid, object]));
    const same: RewriteContext = { ...context, uids: { get: (uid) => uid } };
    for (const planned of travellers(plan)) {
      const source = bodies.get(planned.uid);
      if (source === undefined) throw new Error("no body");
      const { status: _, ...expected } = source;
      const changes = compareObjects(expected, bodyToCreate(source, planned, same));
      const told = changes
        .map(({ path, change }) => `${path} ${change}`)
        .filter((text) => !ALLOWED.some((allowed) => allowed.test(text)));
      expect(told).toEqual([]);
    }
  });
});

describe("any spec", () => {
  test("comes through with every field and digit", () => {
    const text = fc.json({ maxDepth: 4 }).map((json) => `{"any":${json},"n":9223372036854775807}`);
    fc.assert(
      fc.property(text, (json) => {
        const spec = parseJson(json);
        const body = bodyOf(anObject("Machine ns1/m", { spec }), { serves: () => false });
        expect(stringifyJson(body["spec"])).toBe(stringifyJson(spec));
      }),
      { seed: 20_261_124, numRuns: 500 },
    );
  });

  test("is not changed by being rewritten", () => {
    const source = objectsOf(plainFleet("ns1").objects)[0];
    if (source === undefined) throw new Error("no object");
    const before = stringifyJson(source);
    bodyOf(source);
    statusFor(source, { uids: new Map(), generation: 1, pausedBySpec: true });
    expect(stringifyJson(source)).toBe(before);
  });
});
