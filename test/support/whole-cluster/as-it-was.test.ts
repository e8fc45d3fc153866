import { describe, expect, test } from "bun:test";
import { OUR_NAMESPACE } from "../../../src/model/capi.ts";
import type { KubeObject } from "../../../src/model/object.ts";
import { clusterForm, type FormContext } from "./as-it-was.ts";
import { differencesOf } from "./differences.ts";

const OLD = "2026-01-01T00:00:00Z";
const NEW = "2026-02-02T00:00:30Z";
const UID = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";

const CONTEXT: FormContext = {
  names: new Map([
    [UID, "uid of source's ConfigMap ns1/one"],
    [OTHER, "uid of source's Secret ns1/other"],
  ]),
  uidsAtStart: new Map([["ConfigMap ns1/one", UID]]),
  startedAt: "2026-02-02T00:00:00Z",
};

function aConfigMap(change: Partial<KubeObject["metadata"]> = {}, rest: object = {}): KubeObject {
  const metadata = { name: "one", namespace: "ns1", uid: UID, resourceVersion: "7" };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...metadata, creationTimestamp: OLD, ...change },
    ...rest,
  };
}

/** In words what differs when the first became the second. */
function between(before: readonly KubeObject[], now: readonly KubeObject[]): readonly string[] {
  const form = (objects: readonly KubeObject[]) => ({
    source: clusterForm(objects, CONTEXT),
    target: {},
  });
  return differencesOf(form(before), form(now));
}

const KEY = "source: ConfigMap ns1/one";

describe("nothing has changed", () => {
  const same: readonly (readonly [string, KubeObject, KubeObject])[] = [
    ["by a write alone", aConfigMap(), aConfigMap({ resourceVersion: "8", generation: 3 })],
    [
      "when both were written during the run, however late",
      aConfigMap({ managedFields: [{ manager: "x", time: NEW }] }),
      aConfigMap({ managedFields: [{ manager: "x", time: "2026-02-02T00:59:00Z" }] }),
    ],
    [
      "when another new object's controller has seen the generation that there is",
      aConfigMap({ uid: OTHER, generation: 1 }, { status: { observedGeneration: 1 } }),
      aConfigMap({ uid: OTHER, generation: 4 }, { status: { observedGeneration: 4 } }),
    ],
  ];
  test.each(same)("%s", (_, before, now) => {
    expect(between([before], [now])).toEqual([]);
  });

  test("in what a stopped controller writes when it starts again", () => {
    const program = (readyReplicas: number, time: string): KubeObject => ({
      ...aConfigMap({
        managedFields: [
          { manager: "helm", time: OLD },
          { manager: "kube-controller-manager", subresource: "status", time },
        ],
      }),
      apiVersion: "apps/v1",
      kind: "Deployment",
      status: { readyReplicas },
    });
    expect(between([program(1, OLD)], [program(2, NEW)])).toEqual([]);
  });

  test("when pods have other names, or events and locks of others came", () => {
    const pod = (name: string): KubeObject => ({
      ...aConfigMap({ name, ownerReferences: [{ ...OWNER, name: "set" }] }),
      kind: "Pod",
    });
    const event = { ...aConfigMap(), kind: "Event" };
    const lease = { ...aConfigMap(), apiVersion: "coordination.k8s.io/v1", kind: "Lease" };
    expect(between([pod("a")], [pod("b"), event, lease])).toEqual([]);
  });

  test("when a namespace is on its way out with all that is in it", () => {
    const namespace: KubeObject = {
      ...aConfigMap(),
      kind: "Namespace",
      metadata: { name: "ns2", uid: OTHER, resourceVersion: "1", deletionTimestamp: NEW },
    };
    expect(between([], [namespace, aConfigMap({ namespace: "ns2" })])).toEqual([]);
  });
});

const OWNER = { apiVersion: "v1", kind: "Secret", name: "other", uid: OTHER };

describe("something has changed", () => {
  const changed: readonly (readonly [string, readonly KubeObject[], readonly string[]])[] = [
    ["it is gone", [], [`${KEY}: is missing`]],
    [
      "a new object has its name",
      [aConfigMap({ uid: OTHER })],
      [`${KEY}: metadata.uid is "of a new object", not "as at the start"`],
    ],
    [
      "an old time has moved",
      [aConfigMap({ creationTimestamp: NEW })],
      [`${KEY}: metadata.creationTimestamp is "since the start", not "${OLD}"`],
    ],
    [
      "another generation is said to have been observed",
      [aConfigMap({}, { status: { observedGeneration: 4 } })],
      [`${KEY}: status is new: {"observedGeneration":4}`],
    ],
    [
      "an annotation was left",
      [aConfigMap({ annotations: { left: "behind" } })],
      [`${KEY}: metadata.annotations is new: {"left":"behind"}`],
    ],
    [
      "an owner was set",
      [aConfigMap({ ownerReferences: [OWNER] })],
      [
        `${KEY}: metadata.ownerReferences is new: [{"apiVersion":"v1","kind":"Secret","name":"other","uid":"uid of source's Secret ns1/other"}]`,
      ],
    ],
  ];
  test.each(changed)("%s", (_, now, lines) => {
    expect(between([aConfigMap()], now)).toEqual(lines);
  });

  test("our lock was left", () => {
    const lease: KubeObject = {
      ...aConfigMap({ namespace: OUR_NAMESPACE, name: "capi-pivot" }),
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
    };
    expect(between([], [lease])).toEqual([
      `source: Lease.coordination.k8s.io ${OUR_NAMESPACE}/capi-pivot: should not be there`,
    ]);
  });

  test("a record says something else, whatever the run is called", () => {
    const record = (run: string, phase: string): KubeObject =>
      aConfigMap(
        { namespace: OUR_NAMESPACE, name: `capi-pivot-${run}` },
        { data: { record: JSON.stringify({ run, phase, updatedAt: NEW }) } },
      );
    expect(between([record("0a1b2c3d", "done")], [record("deadbeef", "committed")])).toEqual([
      `source: ConfigMap ${OUR_NAMESPACE}/capi-pivot-RUN: phase is "committed", not "done"`,
    ]);
  });
});
