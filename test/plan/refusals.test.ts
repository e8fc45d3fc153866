import { describe, expect, test } from "bun:test";
import { KubeApiError } from "../../src/model/error.ts";
import type { ResourceKind } from "../../src/model/kinds.ts";
import type { Finding } from "../../src/model/plan.ts";
import { type Act, lackedRights, type Refused, refusalFindings } from "../../src/plan/refusals.ts";
import { tellable } from "../../src/plan/server-words.ts";

const MACHINE: ResourceKind = {
  ...{ group: "cluster.x-k8s.io", kind: "Machine", plural: "machines", namespaced: true },
  ...{ versions: ["v1beta2"], version: "v1beta2", verbs: ["create"], hasStatus: true },
};

function refused(
  message: string,
  facts: { name?: string; act?: Act; status?: number; reason?: string; body?: object } = {},
): Refused {
  const { name = "m1", act = "create", status = 422, reason = "Invalid", body } = facts;
  const cluster = act === "create" ? "target" : "source";
  return {
    id: { group: "cluster.x-k8s.io", kind: "Machine", namespace: "ns1", name },
    kind: MACHINE,
    act,
    error: new KubeApiError({ status, reason, message, cluster, request: "POST /" }),
    ...(body && { body }),
  };
}

function judged(
  all: readonly Refused[],
  yielding: Partial<Record<Act, readonly string[]>> = {},
): readonly Finding[] {
  const cluster = all[0]?.act === "create" ? "target" : "source";
  const planned = [{ group: "", kind: "Secret", namespace: "ns1", name: "prod-ca" }];
  const sets = Object.entries(yielding).map(([act, names]) => [act, new Set(names)] as const);
  return refusalFindings(all, { cluster, planned, yielding: Object.fromEntries(sets) });
}

const invalid = (name: string) =>
  `Machine.cluster.x-k8s.io "${name}" is invalid: spec.version: Required value`;
const denied = (words: string) => `admission webhook "v.example.dev" denied the request: ${words}`;

describe("what a server refuses", () => {
  test("is one finding for all objects of which it says the same", () => {
    const [only, ...others] = judged(
      ["m1", "m2", "m3"].map((name) => refused(invalid(name), { name })),
    );
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      code: "TARGET_REFUSES_CREATE",
      severity: "error",
      why: "the target refuses to create it: is invalid: spec.version: Required value (422 Invalid)",
    });
    expect(only?.objects.map(({ name }) => name)).toEqual(["m1", "m2", "m3"]);
  });

  const cases: readonly (readonly [string, Refused, Partial<Finding> | undefined])[] = [
    [
      "is nothing where the name is taken: that is looked at elsewhere",
      refused("machines m1 already exists", { status: 409, reason: "AlreadyExists" }),
      undefined,
    ],
    [
      "is nothing where an original has changed since",
      refused("the object has been modified", { act: "delete", status: 409, reason: "Conflict" }),
      undefined,
    ],
    [
      "is nothing for want of a right: those are told together",
      refused('machines is forbidden: User "eve" cannot create resource "machines"', {
        ...{ status: 403, reason: "Forbidden" },
      }),
      undefined,
    ],
    [
      "is an error for an admission plugin that answers 403 as well",
      refused("exceeded quota: small", { status: 403, reason: "Forbidden" }),
      { code: "TARGET_REFUSES_CREATE", severity: "error" },
    ],
    [
      "is a note where the object that is missed comes before it",
      refused(denied("secret prod-ca not found"), { status: 403, reason: "Forbidden" }),
      { code: "TARGET_REFUSES_CREATE", severity: "note" },
    ],
    [
      "is an error where nobody brings what is missed",
      refused(denied("secret other-prod-ca not found"), { status: 403, reason: "Forbidden" }),
      { code: "TARGET_REFUSES_CREATE", severity: "error" },
    ],
    [
      "is a note for a webhook that cannot be asked without storing",
      refused('admission webhook "v.example.dev" does not support dry run', { status: 400 }),
      { code: "NOT_TRIED", severity: "note" },
    ],
    [
      "is an error against a deletion by somebody who knows of no moves",
      refused(denied("in use"), { act: "delete", status: 403 }),
      { code: "SOURCE_REFUSES_DELETE", severity: "error" },
    ],
    [
      "is an error against a pause",
      refused(denied("not now"), { act: "pause", status: 403 }),
      { code: "SOURCE_REFUSES_CHANGE", severity: "error" },
    ],
  ];
  test.each(cases)("%s", (_, one, expected) => {
    const found = judged([one]);
    if (expected === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.objectContaining(expected)]);
  });

  test("is a note against a deletion that its provider lets pass for a move", () => {
    const one = refused(denied("in use"), { act: "delete", status: 403 });
    expect(judged([one], { delete: ["v.example.dev"] })).toEqual([
      expect.objectContaining({ code: "SOURCE_REFUSES_DELETE", severity: "note" }),
    ]);
    expect(judged([one], { strip: ["v.example.dev"] })[0]?.severity).toBe("error");
  });

  test("tells the right that was lacking", () => {
    const message = 'User "eve" cannot patch resource "machines"';
    const one = refused(message, { act: "strip", status: 403 });
    const right = {
      group: "cluster.x-k8s.io",
      plural: "machines",
      verb: "patch",
      namespace: "ns1",
    };
    expect(lackedRights([one])).toEqual([right]);
  });
});

describe("the words of a server", () => {
  const TOKEN = "abcdef.0123456789abcdef";
  const cases: readonly (readonly [string, string, object, string])[] = [
    [
      "lose what is secret by the name of its field",
      `spec.token: Invalid value: "${TOKEN}": too short`,
      { spec: { token: TOKEN } },
      'spec.token: Invalid value: "…": too short',
    ],
    [
      "lose what is long, escaped or not",
      'spec.files[0]: Invalid value: "#!/bin/sh\\necho \\"one two three\\"": no',
      { spec: { files: [{ script: '#!/bin/sh\necho "one two three"' }] } },
      'spec.files[0]: Invalid value: "…": no',
    ],
    [
      "lose whole structures",
      'spec: Invalid value: {"a":{"b":"c"}}: must not be',
      {},
      "spec: Invalid value: …: must not be",
    ],
    [
      "lose structures in the syntax of Go",
      'spec: Invalid value: map[string]interface {}{"a":"b"}: must not be',
      {},
      "spec: Invalid value: …: must not be",
    ],
    [
      "keep names, however long",
      'spec.clusterName: Invalid value: "a-name-of-more-than-24-letters": no such cluster',
      { spec: { clusterName: "a-name-of-more-than-24-letters" } },
      'spec.clusterName: Invalid value: "a-name-of-more-than-24-letters": no such cluster',
    ],
  ];
  test.each(cases)("%s", (_, message, body, expected) => {
    expect(tellable(message, body)).toBe(expected);
  });

  test("are cut off where they go on and on", () => {
    expect(tellable("x ".repeat(1_000)).length).toBeLessThan(700);
  });
});
