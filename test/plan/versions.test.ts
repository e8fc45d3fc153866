import { describe, expect, test } from "bun:test";
import type { CrdFacts, ResourceKind } from "../../src/model/kinds.ts";
import { commonKind } from "../../src/plan/versions.ts";
import { kindOf } from "./inventory-of.ts";

interface Served {
  readonly versions: readonly string[];
  /** The version in requests: the storage version when it is served. */
  readonly version: string;
  readonly statusVersions?: readonly string[];
}

function aKind({ versions, version, statusVersions = versions }: Served): ResourceKind {
  const { crd, ...kind } = kindOf("Machine");
  const facts: CrdFacts | undefined = crd && { ...crd, storageVersion: version, statusVersions };
  return { ...kind, versions, version, ...(facts === undefined ? {} : { crd: facts }) };
}

describe("the version both clusters speak", () => {
  const cases: Readonly<Record<string, readonly [Served, Served, string | undefined]>> = {
    "the source's storage version when the target serves it": [
      { versions: ["v1beta2", "v1beta1"], version: "v1beta1" },
      { versions: ["v1beta2", "v1beta1"], version: "v1beta2" },
      "v1beta1",
    ],
    "the newest of both when the target does not serve it": [
      { versions: ["v1beta2", "v1beta1", "v1alpha4"], version: "v1alpha4" },
      { versions: ["v1beta2", "v1beta1"], version: "v1beta2" },
      "v1beta2",
    ],
    "an older one when the target knows no newer": [
      { versions: ["v1beta2", "v1beta1"], version: "v1beta2" },
      { versions: ["v1beta1"], version: "v1beta1" },
      "v1beta1",
    ],
    "none when they share none": [
      { versions: ["v1alpha3"], version: "v1alpha3" },
      { versions: ["v1beta1"], version: "v1beta1" },
      undefined,
    ],
  };

  test.each(Object.entries(cases))("%s", (_name, [source, target, want]) => {
    expect(commonKind(aKind(source), aKind(target))?.version).toBe(want as never);
  });

  const kind = aKind({ versions: ["v1"], version: "v1" });

  test("none when the target lacks the kind", () => {
    expect(commonKind(kind, undefined)).toBeUndefined();
  });

  test("none when the target creates none of them", () => {
    expect(commonKind(kind, { ...kind, verbs: ["list", "delete"] })).toBeUndefined();
  });

  test("none when one of the two has it in namespaces only", () => {
    expect(commonKind(kind, { ...kind, namespaced: false })).toBeUndefined();
  });

  test("the target says whether the status is written by itself", () => {
    const without = aKind({ versions: ["v1"], version: "v1", statusVersions: [] });
    expect(commonKind(kind, without)?.hasStatus).toBe(false);
    expect(commonKind(without, kind)?.hasStatus).toBe(true);
  });
});
