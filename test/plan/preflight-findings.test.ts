import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../src/model/object.ts";
import type { Allowed, Finding, Plan, PlannedObject } from "../../src/model/plan.ts";
import { stateFindings } from "../../src/plan/cluster-states.ts";
import { hasAppliers, otherOwners } from "../../src/plan/gitops.ts";
import { referencesIn } from "../../src/plan/reference-fields.ts";

const NOW = Date.parse("2026-01-02T00:00:00Z");
const secondsSince = (moment: string) => (NOW - Date.parse(moment)) / 1000;

/** Of a group that the kind belongs to; metadata from `name`, and more of it. */
function object(kind: string, name: string, rest: object = {}, metadata: object = {}): KubeObject {
  const group = kind.startsWith("Docker") ? "infrastructure.cluster.x-k8s.io" : "cluster.x-k8s.io";
  return {
    apiVersion: `${group}/v1beta2`,
    kind,
    metadata: {
      ...{ name, namespace: "ns1", uid: `uid of ${kind} ${name}`, resourceVersion: "1" },
      ...{ creationTimestamp: "2026-01-01T23:00:00Z", ...metadata },
    },
    ...rest,
  };
}

/** As if all of these moved. */
function world(objects: readonly KubeObject[]): { plan: Plan; bodies: Map<string, KubeObject> } {
  const planned = objects.map(({ apiVersion, kind, metadata: { uid, name, namespace = "" } }) => ({
    uid,
    id: { group: apiVersion.split("/")[0] ?? "", kind, namespace, name },
    verdict: { kind: "move", reason: "" },
  }));
  const groups = [{ objects: planned as unknown as readonly PlannedObject[] }];
  return {
    plan: { groups } as unknown as Plan,
    bodies: new Map(objects.map((one) => [one.metadata.uid, one])),
  };
}

describe("the state of a Cluster", () => {
  const READY = {
    initialization: { infrastructureProvisioned: true, controlPlaneInitialized: true },
  };
  const condition = (type: string, status: string, reason: string) => ({
    ...{ type, status, reason, lastTransitionTime: "2026-01-01T23:57:00Z" },
  });
  const label = { labels: { "cluster.x-k8s.io/cluster-name": "prod" } };
  const machine = object(
    "Machine",
    "m1",
    { spec: { infrastructureRef: { kind: "DockerMachine", name: "d1" } } },
    label,
  );
  const states = (objects: readonly KubeObject[], allow: readonly Allowed[] = []) =>
    stateFindings({ ...world(objects), allow, secondsSince });

  const cases: readonly (readonly [string, readonly KubeObject[], readonly object[]])[] = [
    ["is fine when it is provisioned", [object("Cluster", "prod", { status: READY })], []],
    [
      "is fine when it is provisioned by the fields of the older contract",
      [
        object("Cluster", "prod", {
          status: { infrastructureReady: true, controlPlaneReady: true },
        }),
      ],
      [],
    ],
    [
      "is a warning when nobody has looked at it",
      [object("Cluster", "prod")],
      [
        {
          ...{ code: "CLUSTER_NOT_PROVISIONED", severity: "warning" },
          why: "no controller has looked at it yet (it is 1h old)",
        },
      ],
    ],
    [
      "is an error while its infrastructure is made, with age and reason",
      [
        object("Cluster", "prod", {
          status: {
            initialization: { controlPlaneInitialized: true },
            conditions: [condition("InfrastructureReady", "False", "NotReady")],
          },
        }),
      ],
      [
        {
          ...{ code: "CLUSTER_NOT_PROVISIONED", severity: "error" },
          why: expect.stringContaining("(InfrastructureReady is False for 3m: NotReady)"),
          hint: expect.stringContaining("--allow ns1/prod=provisioned"),
        },
      ],
    ],
    [
      "is an error while its control plane is not initialized",
      [object("Cluster", "prod", { status: { infrastructureReady: true } })],
      [{ code: "CONTROL_PLANE_NOT_INITIALIZED", severity: "error" }],
    ],
    [
      "is an error while a machine has no providerID",
      [
        object("Cluster", "prod", { status: READY }),
        machine,
        object("DockerMachine", "d1", {}, label),
      ],
      [{ code: "INFRASTRUCTURE_IN_FLIGHT", severity: "error" }],
    ],
    [
      "is fine where the machine is known to its provider, joined or not",
      [
        object("Cluster", "prod", { status: READY }),
        machine,
        object("DockerMachine", "d1", { spec: { providerID: "docker:////d1" } }, label),
      ],
      [],
    ],
    [
      "is fine where another Cluster's machine has none",
      [
        object("Cluster", "prod", { status: READY }),
        object("DockerMachine", "d1", {}, { labels: { "cluster.x-k8s.io/cluster-name": "other" } }),
        machine,
      ],
      [],
    ],
    [
      "is a warning while machines are replaced",
      [
        object("Cluster", "prod", { status: READY }),
        object(
          "MachineDeployment",
          "md",
          { status: { conditions: [condition("RollingOut", "True", "RollingOut")] } },
          label,
        ),
      ],
      [
        {
          ...{ code: "ROLLOUT_IN_PROGRESS", severity: "warning" },
          why: "machines of MachineDeployment md are being changed (RollingOut is True for 3m: RollingOut)",
        },
      ],
    ],
    [
      "is a warning when its API server cannot be reached",
      [
        object("Cluster", "prod", {
          status: {
            ...READY,
            conditions: [condition("RemoteConnectionProbe", "False", "ProbeFailed")],
          },
        }),
      ],
      [{ code: "WORKLOAD_UNREACHABLE", severity: "warning" }],
    ],
  ];
  test.each(cases)("%s", (_, objects, expected) => {
    expect(states(objects)).toEqual(expected.map((one) => expect.objectContaining(one)));
  });

  test("is a note where that check of that Cluster is allowed, and no other", () => {
    const objects = [object("Cluster", "prod"), object("Cluster", "dev")];
    const found = states(objects, [{ cluster: "ns1/prod", check: "provisioned" }]);
    expect(found.map(({ severity }) => severity)).toEqual(["note", "warning"]);
    const other = states(objects, [{ cluster: "ns1/prod", check: "rollout" }]);
    expect(other.map(({ severity }) => severity)).toEqual(["warning", "warning"]);
  });
});

describe("a field refers", () => {
  const cases: readonly (readonly [string, object, string | undefined])[] = [
    ["to a Secret", { dataSecretName: "x" }, "Secret x"],
    ["to a Secret by reference", { secretRef: { name: "x" } }, "Secret x"],
    ["to a Secret that is named alone", { secretRef: "x" }, "Secret x"],
    [
      "to a Secret of another namespace",
      { secretRef: { name: "x", namespace: "y" } },
      "Secret y/x",
    ],
    ["to a Secret in a list", { imagePullSecretRefs: [{ name: "x" }] }, "Secret x"],
    [
      "to a file's content",
      { files: [{ contentFrom: { secret: { name: "x", key: "y" } } }] },
      "Secret x",
    ],
    ["to a ConfigMap", { configMapRef: { name: "x" } }, "ConfigMap x"],
    ["to Metal3's user data", { userData: { name: "x", namespace: "y" } }, "Secret y/x"],
    [
      "to an identity",
      { identityRef: { kind: "AWSClusterStaticIdentity", name: "x" } },
      "AWSClusterStaticIdentity x",
    ],
    [
      "to anything by its version",
      { pool: { apiVersion: "ipam.metal3.io/v1alpha1", kind: "IPPool", name: "x" } },
      "IPPool.ipam.metal3.io x",
    ],
    [
      "to anything by its group",
      { poolRef: { apiGroup: "ipam.metal3.io", kind: "IPPool", name: "x" } },
      "IPPool.ipam.metal3.io x",
    ],
    [
      "to nothing where a thing only has a name",
      { variables: [{ name: "x", value: "y" }] },
      undefined,
    ],
    ["to nothing where a kind is a choice", { network: { kind: "private", name: "x" } }, undefined],
  ];
  test.each(cases)("%s", (_, spec, expected) => {
    const found = referencesIn(object("Machine", "m1", { spec })).map(
      ({ kind, group, namespace, name }) =>
        `${kind}${group ? `.${group}` : ""} ${namespace === undefined ? "" : `${namespace}/`}${name}`,
    );
    expect(found).toEqual(expected === undefined ? [] : [expected]);
  });
});

describe("who else writes", () => {
  const FLUX = {
    labels: {
      "kustomize.toolkit.fluxcd.io/name": "fleet",
      "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    },
  };
  const kustomization = (spec: object): KubeObject => ({
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name: "fleet", namespace: "flux-system", uid: "k", resourceVersion: "1" },
    spec,
  });
  const application = (syncPolicy: object): KubeObject => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "fleet", namespace: "argocd", uid: "a", resourceVersion: "1" },
    spec: { syncPolicy },
  });
  const ARGO = {
    annotations: {
      "argocd.argoproj.io/tracking-id": "argocd_fleet:cluster.x-k8s.io/Cluster:ns1/prod",
    },
  };
  const owners = (
    metadata: object,
    appliers: readonly KubeObject[] = [],
    { isStopping = false, autoscalers = [] as readonly KubeObject[] } = {},
  ): readonly Finding[] => {
    const made = world([object("Cluster", "prod", {}, metadata)]);
    const source = { material: { autoscalers } } as never;
    return otherOwners({ ...made, source, appliers, isStopping });
  };

  const cases: readonly (readonly [string, readonly Finding[], readonly object[]])[] = [
    ["is nobody", owners({}), []],
    [
      "is Flux: an error beside live controllers",
      owners(FLUX, [kustomization({})]),
      [
        {
          ...{ code: "GITOPS_ACTIVE", severity: "error" },
          hint: "flux suspend kustomization fleet -n flux-system",
        },
      ],
    ],
    [
      "is Flux: a warning where the controllers are stopped",
      owners(FLUX, [kustomization({})], { isStopping: true }),
      [{ code: "GITOPS_ACTIVE", severity: "warning" }],
    ],
    ["is nobody where Flux is suspended", owners(FLUX, [kustomization({ suspend: true })]), []],
    [
      "is perhaps Flux in another cluster",
      owners(FLUX),
      [{ severity: "warning", why: expect.stringContaining("it may run elsewhere") }],
    ],
    [
      "is Argo CD",
      owners(ARGO, [application({ automated: {} })]),
      [
        {
          code: "GITOPS_ACTIVE",
          severity: "error",
          hint: "argocd app set fleet --sync-policy none",
        },
      ],
    ],
    ["is nobody where Argo CD waits to be told", owners(ARGO, [application({})]), []],
    [
      "is Helm",
      owners({ annotations: { "meta.helm.sh/release-name": "prod" } }),
      [{ code: "HELM_RELEASE", severity: "note" }],
    ],
    [
      "is the cluster autoscaler",
      owners({
        annotations: { "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size": "1" },
      }),
      [{ code: "AUTOSCALED", severity: "warning" }],
    ],
    [
      "is a HorizontalPodAutoscaler",
      owners({}, [], {
        autoscalers: [
          {
            ...object("HorizontalPodAutoscaler", "hpa"),
            spec: { scaleTargetRef: { kind: "Cluster", name: "prod" } },
          },
        ],
      }),
      [{ code: "AUTOSCALED", severity: "warning" }],
    ],
  ];
  test.each(cases)("%s", (_, found, expected) => {
    expect(found).toEqual(expected.map((one) => expect.objectContaining(one)));
  });

  test("nobody is asked for where nothing is labelled", () => {
    const of = (metadata: object) => world([object("Cluster", "prod", {}, metadata)]);
    expect(
      [{}, FLUX].map((metadata) => hasAppliers(of(metadata).plan, of(metadata).bodies)),
    ).toEqual([false, true]);
  });
});
