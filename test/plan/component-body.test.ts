// What belongs to the source alone does not come along; the run's marks and clusterctl's labels do.
import { describe, expect, test } from "bun:test";
import { OURS } from "../../src/model/capi.ts";
import type { ComponentSet } from "../../src/model/install.ts";
import type { Json, KubeObject } from "../../src/model/object.ts";
import { companionsOf, componentBody } from "../../src/plan/component-body.ts";
import { aDeployment, anObject, aSet, type Fields } from "./provider-world.ts";

const PROVIDER = {
  label: "infrastructure-small",
  name: "small",
  type: "InfrastructureProvider",
  version: "v1",
  namespace: "small-system",
} as const;

function bodyOf(
  object: KubeObject,
  change: Partial<ComponentSet> = {},
  uids: Readonly<Record<string, string>> = {},
): KubeObject {
  const set = aSet([object, ...(change.objects ?? [])], change);
  const companions = companionsOf([set, aSet(change.objects ?? [])]);
  const body = componentBody(object, {
    set,
    companions,
    uids: new Map(Object.entries(uids)),
    run: "r1",
  });
  return JSON.parse(JSON.stringify(body)) as KubeObject;
}

describe("metadata", () => {
  test("keeps name, labels and annotations, and gets the marks of the run", () => {
    const object = anObject("ConfigMap ns/a", {
      metadata: {
        labels: { mine: "1" },
        annotations: {
          theirs: "1",
          "kubectl.kubernetes.io/last-applied-configuration": "{}",
          "crd-migration.cluster.x-k8s.io/observed-generation": "3",
          "capi-pivot.github.io/run": "older",
        },
        creationTimestamp: "2026-01-01T00:00:00Z",
        generation: 3,
        managedFields: [],
        finalizers: ["x/y"],
        ownerReferences: [{ apiVersion: "v1", kind: "X", name: "operator", uid: "stays" }],
      },
      data: { a: "1" },
      status: { phase: "Bound" },
    });
    expect(bodyOf(object)).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        namespace: "ns",
        name: "a",
        labels: { mine: "1" },
        annotations: {
          theirs: "1",
          [OURS.run]: "r1",
          [OURS.component]: "infrastructure-small",
        },
      },
      data: { a: "1" },
    } as unknown as KubeObject);
  });

  test("gets the labels by which clusterctl finds components, over which its own prevail", () => {
    const plain = bodyOf(anObject("ConfigMap ns/a"), { provider: PROVIDER });
    expect(plain.metadata.labels).toEqual({
      "clusterctl.cluster.x-k8s.io": "",
      "cluster.x-k8s.io/provider": "infrastructure-small",
    });
    const shared = anObject("Namespace ns", {
      metadata: { labels: { "cluster.x-k8s.io/provider": "cluster-api" } },
    });
    expect(bodyOf(shared, { provider: PROVIDER }).metadata.labels).toMatchObject({
      "cluster.x-k8s.io/provider": "cluster-api",
    });
  });

  test("has owners that came along, by their new uids", () => {
    const owner = { apiVersion: "v1", kind: "X", name: "x", uid: "old", controller: true };
    const object = anObject("ConfigMap ns/a", { metadata: { ownerReferences: [owner] } });
    expect(bodyOf(object, {}, { old: "new" }).metadata.ownerReferences).toEqual([
      { ...owner, uid: "new" },
    ]);
  });
});

const INJECTED = { annotations: { "cert-manager.io/inject-ca-from": "ns/serving" } };
const hook = { clientConfig: { caBundle: "Q0E=", service: { name: "s", namespace: "ns" } } };
const plainHook = { clientConfig: { service: { name: "s", namespace: "ns" } } };

interface Case {
  readonly about: string;
  readonly object: KubeObject;
  readonly want: Fields;
  readonly companions?: readonly KubeObject[];
}

const CASES: readonly Case[] = [
  {
    about: "a Service gets its addresses and node ports anew",
    object: anObject("Service ns/s", {
      spec: {
        clusterIP: "10.96.1.2",
        clusterIPs: ["10.96.1.2"],
        ipFamilies: ["IPv4"],
        ipFamilyPolicy: "SingleStack",
        healthCheckNodePort: 30001,
        type: "NodePort",
        ports: [{ port: 443, nodePort: 30000 }],
      },
    }),
    want: { spec: { type: "NodePort", ports: [{ port: 443 }] } },
  },
  {
    about: "a headless Service stays headless",
    object: anObject("Service ns/s", {
      spec: { clusterIP: "None", clusterIPs: ["None"], ports: [] },
    }),
    want: { spec: { clusterIP: "None", ports: [] } },
  },
  {
    about: "a ServiceAccount loses its tokens",
    object: anObject("ServiceAccount ns/a", {
      secrets: [{ name: "t" }],
      imagePullSecrets: [{ name: "p" }],
    }),
    want: { secrets: undefined, imagePullSecrets: [{ name: "p" }] },
  },
  {
    about: "an injected bundle of a webhook is left to be injected",
    object: anObject("MutatingWebhookConfiguration m", { metadata: INJECTED, webhooks: [hook] }),
    want: { webhooks: [plainHook] },
  },
  {
    about: "a bundle that nobody injects is all that there is",
    object: anObject("MutatingWebhookConfiguration m", { webhooks: [hook] }),
    want: { webhooks: [hook] },
  },
  {
    about: "an injected bundle of a conversion is left to be injected",
    object: anObject("CustomResourceDefinition x.y", {
      metadata: INJECTED,
      spec: { group: "y", conversion: { strategy: "Webhook", webhook: hook } },
    }),
    want: { spec: { group: "y", conversion: { strategy: "Webhook", webhook: plainHook } } },
  },
  {
    about: "rules of an aggregating role are left to be collected",
    object: anObject("ClusterRole c", { aggregationRule: {}, rules: [{ verbs: ["get"] }] }),
    want: { rules: null },
  },
  {
    about: "accounts that do not come along get no rights",
    object: anObject("ClusterRoleBinding b", {
      subjects: [
        { kind: "ServiceAccount", name: "ours", namespace: "ns" },
        { kind: "ServiceAccount", name: "theirs", namespace: "elsewhere" },
        { kind: "ServiceAccount", name: "default", namespace: "ns" },
        { kind: "Group", name: "admins" },
      ],
    }),
    companions: [anObject("ServiceAccount ns/ours"), anObject("Namespace ns")],
    want: {
      subjects: [
        { kind: "ServiceAccount", name: "ours", namespace: "ns" },
        { kind: "ServiceAccount", name: "default", namespace: "ns" },
        { kind: "Group", name: "admins" },
      ],
    },
  },
];

describe("the rest", () => {
  test.each(CASES)("$about", ({ object, want, companions = [] }) => {
    const body: Readonly<Record<string, Json>> = bodyOf(object, { objects: companions });
    const found = Object.fromEntries(Object.keys(want).map((field) => [field, body[field]]));
    expect(found).toEqual(want);
  });

  test("a Deployment starts with revision 1", () => {
    const object = aDeployment(
      "ns/d",
      {},
      {
        metadata: { annotations: { "deployment.kubernetes.io/revision": "12" } },
      },
    );
    expect(bodyOf(object).metadata.annotations).not.toHaveProperty(
      "deployment.kubernetes.io/revision",
    );
  });
});
