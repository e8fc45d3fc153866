// A component that the target has already: used when it is the same, in the way when it is not.
import { describe, expect, test } from "bun:test";
import type { Json, KubeObject } from "../../src/model/object.ts";
import { componentCollisions, differencesOf } from "../../src/plan/component-compare.ts";
import { aDeployment, anObject, aSet, type Fields } from "./provider-world.ts";

interface Case {
  readonly about: string;
  readonly ours: KubeObject;
  readonly theirs: KubeObject;
  readonly want: readonly string[];
}

const ROLE = anObject("ClusterRole r", { rules: [{ verbs: ["get"] }] });
const PROGRAM = aDeployment("ns/d");
const manager = { name: "manager", image: "example.com/m:v1.2.3" };

function aCrd(versions: readonly Json[], fields: Fields = {}): KubeObject {
  return anObject("CustomResourceDefinition smalls.x.io", {
    spec: {
      group: "x.io",
      scope: "Namespaced",
      names: { kind: "Small", plural: "smalls" },
      versions,
      ...fields,
    },
  });
}

function aVersion(name: string, properties: Fields = {}, change: Fields = {}): Fields {
  const spec = { type: "object", properties };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
  return { name, served: true, storage: true, schema, ...change };
}

const OLD = { storage: false };
const STRING = { type: "string" };
const conversion = (name: string) => ({
  conversion: {
    strategy: "Webhook",
    webhook: {
      clientConfig: { caBundle: name, service: { name, namespace: "ns", path: "/convert" } },
    },
  },
});

const CASES: readonly Case[] = [
  {
    about: "equal but for what a server fills in",
    ours: PROGRAM,
    theirs: aDeployment(
      "ns/d",
      {
        containers: [{ ...manager, imagePullPolicy: "Always", resources: {} }],
        dnsPolicy: "ClusterFirst",
      },
      { metadata: { labels: { more: "1" }, annotations: { more: "1" }, generation: 4 } },
    ),
    want: [],
  },
  {
    about: "another image",
    ours: PROGRAM,
    theirs: aDeployment("ns/d", { containers: [{ ...manager, image: "example.com/m:v2" }] }),
    want: ["spec.template.spec.containers[0].image"],
  },
  {
    about: "arguments that ours has not",
    ours: PROGRAM,
    theirs: aDeployment("ns/d", { containers: [{ ...manager, args: ["--x"] }] }),
    want: ["spec.template.spec.containers[0].args"],
  },
  {
    about: "one more container",
    ours: PROGRAM,
    theirs: aDeployment("ns/d", { containers: [manager, { name: "sidecar" }] }),
    want: ["spec.template.spec.containers[1]"],
  },
  {
    about: "a role with more rights",
    ours: ROLE,
    theirs: anObject("ClusterRole r", { rules: [{ verbs: ["get"] }, { verbs: ["*"] }] }),
    want: ["rules[1]"],
  },
  {
    about: "an aggregating role, whatever it has collected",
    ours: anObject("ClusterRole r", { aggregationRule: { a: 1 }, rules: null }),
    theirs: anObject("ClusterRole r", { aggregationRule: { a: 1 }, rules: [{ verbs: ["*"] }] }),
    want: [],
  },
  {
    about: "a Secret of other content, named by path alone",
    ours: anObject("Secret ns/s", { data: { token: "b25l" } }),
    theirs: anObject("Secret ns/s", { data: { token: "dHdv", more: "eA==" }, type: "Opaque" }),
    want: ["data.token", "data.more"],
  },
  {
    about: "a Secret that was written as text",
    ours: anObject("Secret ns/s", { stringData: { token: "zwölf" } }),
    theirs: anObject("Secret ns/s", { data: { token: btoa("zw\xc3\xb6lf") }, type: "Opaque" }),
    want: [],
  },
  {
    about: "a binding whose groups the server has completed",
    ours: anObject("RoleBinding ns/b", { subjects: [{ kind: "Group", name: "g" }] }),
    theirs: anObject("RoleBinding ns/b", {
      subjects: [{ kind: "Group", name: "g", apiGroup: "rbac.authorization.k8s.io" }],
    }),
    want: [],
  },
  {
    about: "a CRD that serves what would be stored, but not what is stored yet",
    ours: {
      ...aCrd([aVersion("v1beta1", {}, OLD), aVersion("v1beta2")]),
      status: { storedVersions: ["v1beta1", "v1beta2"] },
    },
    theirs: aCrd([aVersion("v1beta2")]),
    want: ["spec.versions[v1beta1]"],
  },
  {
    about: "a bundle, a token and a policy type of its own cluster",
    ours: anObject("NetworkPolicy ns/n", { spec: { podSelector: {} } }),
    theirs: anObject("NetworkPolicy ns/n", { spec: { podSelector: {}, policyTypes: ["Ingress"] } }),
    want: [],
  },
  {
    about: "a namespace with other labels, but the same guard of its pods",
    ours: anObject("Namespace n", { metadata: { labels: { a: "1" } } }),
    theirs: anObject("Namespace n", { metadata: { labels: { b: "1" } } }),
    want: [],
  },
  {
    about: "a namespace that would refuse the pods",
    ours: anObject("Namespace n"),
    theirs: anObject("Namespace n", {
      metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    }),
    want: ["metadata.labels.pod-security.kubernetes.io/enforce"],
  },
  {
    about: "a CRD with more versions and fields",
    ours: aCrd([aVersion("v1beta1", { a: STRING })]),
    theirs: aCrd([aVersion("v1beta1", { a: STRING, b: STRING }), aVersion("v1alpha1", {}, OLD)]),
    want: [],
  },
  {
    about: "a CRD that does not serve what the source stores",
    ours: aCrd([aVersion("v1beta2")]),
    theirs: aCrd([aVersion("v1beta1"), aVersion("v1beta2", {}, { served: false })]),
    want: ["spec.versions[v1beta2]"],
  },
  {
    about: "a CRD that would prune a field, deep down",
    ours: aCrd([
      aVersion("v1", {
        list: { type: "array", items: { type: "object", properties: { a: STRING } } },
      }),
    ]),
    theirs: aCrd([aVersion("v1", { list: { type: "array", items: { type: "object" } } })]),
    want: ["spec.versions[v1].schema.spec.list.a"],
  },
  {
    about: "a newer CRD, whose author knows the older fields",
    ours: aCrd([aVersion("v1beta1", { a: STRING })]),
    theirs: aCrd([aVersion("v1beta1", {}, OLD), aVersion("v1beta2")]),
    want: [],
  },
  {
    about: "a CRD that takes any field",
    ours: aCrd([aVersion("v1", { a: STRING })]),
    theirs: aCrd([
      aVersion(
        "v1",
        {},
        { schema: { openAPIV3Schema: { "x-kubernetes-preserve-unknown-fields": true } } },
      ),
    ]),
    want: [],
  },
  {
    about: "a CRD of another scope",
    ours: aCrd([aVersion("v1")]),
    theirs: aCrd([aVersion("v1")], { scope: "Cluster" }),
    want: ["spec.scope"],
  },
  {
    about: "a CRD that others convert",
    ours: aCrd([aVersion("v1")], conversion("ours")),
    theirs: aCrd([aVersion("v1")], conversion("theirs")),
    want: ["spec.conversion.webhook.clientConfig.service.name"],
  },
  {
    about: "a CRD that nobody converts",
    ours: aCrd([aVersion("v1")], conversion("ours")),
    theirs: aCrd([aVersion("v1")]),
    want: ["spec.conversion.strategy"],
  },
];

describe("what differs", () => {
  test.each(CASES)("$about", ({ ours, theirs, want }) => {
    expect(differencesOf(ours, theirs)).toEqual([...want]);
  });

  test("is a finding that names the object, the paths and the owner, and no value", () => {
    const set = aSet([anObject("Secret ns/s", { data: { token: "b25l" } })]);
    const theirs = anObject("Secret ns/s", { data: { token: "dHdv" } });
    const findings = componentCollisions(
      { sets: [set], unlisted: [] },
      new Map([["Secret ns/s", theirs]]),
    );
    expect(findings).toMatchObject([{ code: "COMPONENT_DIFFERS", severity: "error" }]);
    expect(findings[0]?.why).toBe(
      "the target has another Secret ns/s (differs in data.token), which is a component of infrastructure-small",
    );
    expect(JSON.stringify(findings)).not.toContain("dHdv");
  });
});
