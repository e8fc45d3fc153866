// Small rules of an installation: rights, kinds to be, probes, and what keeps a namespace.
import { describe, expect, test } from "bun:test";
import { OURS } from "../../src/model/capi.ts";
import type { KubeObject } from "../../src/model/object.ts";
import { kindOfCrd, targetAfterInstall } from "../../src/plan/crd-kinds.ts";
import { foreignObjects } from "../../src/plan/foreign-objects.ts";
import { minimalObject } from "../../src/plan/minimal-object.ts";
import { clusterRoleText } from "../../src/plan/missing-rules.ts";
import { isWebhookFailure, webhookedKinds } from "../../src/plan/webhook-rules.ts";
import { inventoryOf } from "./inventory-of.ts";
import { anObject, aSet, type Fields } from "./provider-world.ts";

describe("missing rights", () => {
  test("are one ClusterRole with few rules", () => {
    const right = (group: string, plural: string, verb: string) => ({ group, plural, verb });
    const text = clusterRoleText(
      [
        right("", "secrets", "create"),
        right("apps", "deployments", "delete"),
        right("apps", "deployments", "create"),
        right("", "services", "create"),
        { ...right("", "secrets", "create"), namespace: "ns" },
      ],
      "r",
    );
    expect(text).toBe(
      [
        "apiVersion: rbac.authorization.k8s.io/v1",
        "kind: ClusterRole",
        "metadata: {name: r}",
        "rules:",
        `- apiGroups: [""]`,
        `  resources: ["secrets", "services"]`,
        `  verbs: ["create"]`,
        `- apiGroups: ["apps"]`,
        `  resources: ["deployments"]`,
        `  verbs: ["create", "delete"]`,
      ].join("\n"),
    );
  });
});

function aCrd(spec: Fields = {}, openAPIV3Schema: Fields = {}): KubeObject {
  return anObject("CustomResourceDefinition smalls.x.io", {
    spec: {
      group: "x.io",
      scope: "Namespaced",
      names: { kind: "Small", plural: "smalls" },
      versions: [
        {
          name: "v2",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema },
        },
        { name: "v1", served: true, storage: false },
        { name: "v0", served: false, storage: false },
      ],
      ...spec,
    },
  });
}

describe("a kind to be", () => {
  test("is spoken at its storage version", () => {
    expect(kindOfCrd(aCrd())).toMatchObject({
      group: "x.io",
      kind: "Small",
      plural: "smalls",
      namespaced: true,
      versions: ["v2", "v1"],
      version: "v2",
      hasStatus: true,
      crd: { name: "smalls.x.io", storageVersion: "v2", hasConversionWebhook: false },
    });
  });

  test("is in the target as it will be, with its namespaces", () => {
    const target = inventoryOf([anObject("Namespace there")]);
    const objects = [anObject("Namespace there"), anObject("Namespace new"), aCrd()];
    const after = targetAfterInstall(target, { sets: [aSet(objects)], unlisted: [] });
    expect(after.kinds.get("Small.x.io")).toMatchObject({ version: "v2" });
    const names = [...after.objects.values()].map(
      ({ kind, metadata }) => `${kind} ${metadata.name}`,
    );
    expect(names).toEqual(["Namespace there", "Namespace new"]);
  });
});

describe("a probe", () => {
  test("has the least that a schema takes", () => {
    const spec = {
      type: "object",
      required: ["text", "word", "number", "list", "record", "given"],
      properties: {
        text: { type: "string", minLength: 3 },
        word: { type: "string", enum: ["a", "b"] },
        number: { type: "integer", minimum: 2 },
        list: { type: "array", minItems: 2, items: { type: "boolean" } },
        record: { type: "object", minProperties: 1, properties: { x: { type: "string" } } },
        given: { type: "string", default: "d" },
        optional: { type: "string" },
      },
    };
    expect(minimalObject(aCrd({}, { properties: { spec } }), "v2", { name: "p" })).toEqual({
      apiVersion: "x.io/v2",
      kind: "Small",
      metadata: { name: "p" },
      spec: {
        text: "xxx",
        word: "a",
        number: 2,
        list: [false, false],
        record: { x: "x" },
        given: "d",
      },
    });
  });

  test("is made for every kind whose creation a webhook looks at", () => {
    const rule = (resources: readonly string[], operations: readonly string[]) => ({
      apiGroups: ["x.io"],
      apiVersions: ["v1"],
      operations,
      resources,
    });
    const webhooks = [
      { rules: [rule(["smalls", "smalls/status"], ["CREATE", "UPDATE"]), rule(["*"], ["CREATE"])] },
      { rules: [rule(["smalls", "others"], ["*"]), rule(["deletes"], ["DELETE"])] },
    ];
    const objects = [anObject("ValidatingWebhookConfiguration v", { webhooks })];
    expect(webhookedKinds(objects).map(({ plural }) => plural)).toEqual(["smalls", "others"]);
  });

  test.each([
    [`Internal error occurred: failed calling webhook "v.x": failed to call webhook: x509`, true],
    [`conversion webhook for x.io/v1, Kind=Small failed: Post "https://…": EOF`, true],
    [`admission webhook "v.x" denied the request: no`, false],
    [`Small.x.io "p" is invalid: spec.a: Required value`, false],
  ])("%s", (message, want) => {
    expect(isWebhookFailure(message)).toBe(want);
  });
});

describe("what keeps a namespace", () => {
  const ours = { annotations: { [OURS.run]: "r1" } };
  const holder = anObject("Namespace ns", { metadata: ours });
  const program = anObject("Deployment ns/d", { metadata: ours });
  const owned = (text: string, owner: string) =>
    anObject(text, {
      metadata: { ownerReferences: [{ kind: "X", name: "x", uid: `uid of ${owner}` }] },
    });

  function keeping(...objects: readonly KubeObject[]): unknown {
    const inventory = inventoryOf([holder, ...objects]);
    const found = foreignObjects(inventory, [holder], "r1").get(holder.metadata.uid);
    return found && `${found.what}${found.isGoing ? ", which is going" : ""}`;
  }

  test.each<readonly [string, readonly KubeObject[], string | undefined]>([
    ["nothing when it is empty", [], undefined],
    [
      "nothing that any cluster makes",
      [anObject("ServiceAccount ns/default"), anObject("ConfigMap ns/kube-root-ca.crt")],
      undefined,
    ],
    [
      "nothing of this run, nor what follows from it",
      [
        program,
        owned("ReplicaSet ns/rs", "Deployment ns/d"),
        owned("Pod ns/p", "ReplicaSet ns/rs"),
      ],
      undefined,
    ],
    [
      "no Secret that cert-manager issued",
      [
        anObject("Secret ns/s", {
          metadata: { annotations: { "cert-manager.io/certificate-name": "c" } },
        }),
      ],
      undefined,
    ],
    ["an object of somebody else's", [anObject("Secret ns/theirs")], "Secret ns/theirs"],
    [
      "an object of another run's",
      [anObject("Secret ns/x", { metadata: { annotations: { [OURS.run]: "r0" } } })],
      "Secret ns/x",
    ],
    [
      "a pod whose owner is gone",
      [owned("Pod ns/p", "ReplicaSet ns/gone")],
      "Pod ns/p, which is going",
    ],
    ["nothing in another namespace", [anObject("Secret other/s")], undefined],
  ])("%s", (_, objects, want) => {
    expect(keeping(...objects)).toBe(want);
  });
});
