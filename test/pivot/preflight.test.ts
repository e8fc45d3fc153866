// Everything that servers would refuse is known before anything is written: a fleet with one of each problem, between
// clusters whose policies, schemas and quotas are real.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { EXIT } from "../../src/model/error.ts";
import type { Json, KubeObject, ObjectId } from "../../src/model/object.ts";
import type { Finding } from "../../src/model/plan.ts";
import { applyFleet } from "../support/fleet/apply-fleet.ts";
import { aCluster } from "../support/fleet/cluster.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import { fleetOf } from "../support/fleet/fleets.ts";
import { type KubeconfigFolder, kubeconfigFolder } from "../support/kubeconfig-folder.ts";
import { installCrds } from "../support/testbed/install-crds.ts";
import type { OwnCluster } from "../support/testbed/management-cluster.ts";
import { type Pair, startPair } from "../support/testbed/pair.ts";
import { type Typed, type as typeArgv } from "../support/typed.ts";
import { KnownPair } from "../support/whole-cluster/known-pair.ts";

const LONG = 120_000;
const JSON_PATCH = "application/json-patch+json";
const MERGE = "application/merge-patch+json";
const CAPI = "cluster.x-k8s.io";
let pair: Pair<OwnCluster>;
let folder: KubeconfigFolder;
let clusters: readonly string[];

beforeAll(async () => {
  pair = await startPair();
  folder = await kubeconfigFolder();
  clusters = [
    "--kubeconfig",
    await folder.write("source", pair.source.adminKubeconfig()),
    "--to-kubeconfig",
    await folder.write("target", pair.target.adminKubeconfig()),
  ];
}, LONG * 8);

afterAll(async () => {
  await Promise.all([pair.source.stop(), pair.target.stop()]);
  await folder.remove();
});

function plan(...argv: readonly string[]): Promise<Typed> {
  return typeArgv(["plan", ...clusters, ...argv, "-o", "json"]);
}

function pivot(...argv: readonly string[]): Promise<Typed> {
  return typeArgv([...clusters, ...argv, "--yes", "-o", "ndjson"]);
}

function findingsIn({ stdout }: Typed): readonly Finding[] {
  return (JSON.parse(stdout) as { readonly findings: readonly Finding[] }).findings;
}

interface PolicyRule {
  readonly name: string;
  readonly namespace: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly group: string;
  readonly plural: string;
  /** CEL. What is not so is refused. */
  readonly expression?: string;
  readonly message: string | { readonly expression: string };
}

/** Somebody's rules for a namespace, as a cluster enforces them by itself. */
async function makePolicy({ api }: OwnCluster, rule: PolicyRule): Promise<void> {
  const { name, namespace, operation, group, plural, expression = "false", message } = rule;
  const base = "/apis/admissionregistration.k8s.io/v1";
  const metadata = { name };
  const said =
    typeof message === "string" ? { message } : { messageExpression: message.expression };
  await ask(api, "POST", `${base}/validatingadmissionpolicies`, {
    metadata,
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [
          { apiGroups: [group], apiVersions: ["*"], operations: [operation], resources: [plural] },
        ],
      },
      validations: [{ expression, ...said }],
    },
  });
  await ask(api, "POST", `${base}/validatingadmissionpolicybindings`, {
    metadata,
    spec: {
      policyName: name,
      validationActions: ["Deny"],
      matchResources: {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
      },
    },
  });
}

/** Servers learn of policies, schemas and webhooks in their own time. */
async function untilRefused(
  { api }: OwnCluster,
  method: string,
  path: string,
  body: Json,
): Promise<void> {
  const type = method === "PATCH" ? MERGE : "application/json";
  const headers = { "content-type": type };
  for (let attempt = 0; attempt < 300; attempt++) {
    const answer = await api.request(method, `${path}?dryRun=All`, JSON.stringify(body), headers);
    if (answer.status >= 400 && answer.status !== 404) return;
    await Bun.sleep(100);
  }
  throw new Error(`${method} ${path} is not refused`);
}

const TRIAL = "trial";
const LATER = "trial-later";

/** What a plan says, per refusal: how the server puts it, and whom it is about. */
const REFUSALS: readonly (readonly [string, Partial<Finding>, RegExp, readonly string[]])[] = [
  [
    "a policy of the target",
    { code: "TARGET_REFUSES_CREATE", severity: "error" },
    /no machines here/,
    ["Machine trial-md-0", "Machine trial-control-plane"],
  ],
  [
    "a schema of the target",
    { code: "TARGET_REFUSES_CREATE", severity: "error" },
    /is invalid: .*not in this cluster/,
    ["KubeadmConfigTemplate trial"],
  ],
  [
    "a quota of the target",
    { code: "TARGET_REFUSES_CREATE", severity: "error" },
    /exceeded quota: none/,
    ["DockerCluster trial"],
  ],
  [
    "a webhook of the target that nobody serves",
    { code: "TARGET_REFUSES_CREATE", severity: "error" },
    /failed calling webhook/,
    ["MachineDeployment trial"],
  ],
  [
    "a policy of the target that quotes a Secret",
    { code: "TARGET_REFUSES_CREATE", severity: "error" },
    /words are not shown/,
    ["Secret trial-kubeconfig"],
  ],
  [
    "a policy of the source against pausing",
    { code: "SOURCE_REFUSES_CHANGE", severity: "error" },
    /let it be paused: .*nobody pauses here/,
    ["Cluster trial"],
  ],
  [
    "a policy of the source against taking finalizers off",
    { code: "SOURCE_REFUSES_CHANGE", severity: "error" },
    /let it go of its finalizers: .*keep your finalizers/,
    ["DockerMachine"],
  ],
  [
    "a policy of the source against deleting",
    { code: "SOURCE_REFUSES_DELETE", severity: "error" },
    /nothing is deleted here/,
    ["KubeadmConfig"],
  ],
];

const CLOUD = "cloud-config";
const HALF = "half";

/** What nobody refuses, and what is wrong all the same. */
const KNOWN: readonly (readonly [string, Pick<Finding, "code" | "severity">, RegExp, string])[] = [
  [
    "a reference that would lead nowhere",
    { code: "REFERENCE_LEFT_BEHIND", severity: "error" },
    /refers to Secret trial\/cloud-config/,
    "KubeadmConfig trial-md-0",
  ],
  [
    "a quota with too little room",
    { code: "QUOTA_TOO_SMALL", severity: "error" },
    /room for 1 of them, and 2 come/,
    `MachineSet ${TRIAL}-md-0`,
  ],
  [
    "a Cluster that is not provisioned",
    { code: "CLUSTER_NOT_PROVISIONED", severity: "error" },
    /InfrastructureReady is False for \d+[dh]: NotReady/,
    `Cluster ${HALF}`,
  ],
  [
    "a machine in the making",
    { code: "INFRASTRUCTURE_IN_FLIGHT", severity: "error" },
    /has no providerID yet/,
    `DockerMachine ${HALF}-md-0`,
  ],
  [
    "a rollout",
    { code: "ROLLOUT_IN_PROGRESS", severity: "warning" },
    /RollingOut is True/,
    `Cluster ${HALF}`,
  ],
  [
    "Flux beside live controllers",
    { code: "GITOPS_ACTIVE", severity: "error" },
    /Kustomization flux-system\/fleet/,
    `Cluster ${TRIAL}`,
  ],
  [
    "an autoscaler",
    { code: "AUTOSCALED", severity: "warning" },
    /the cluster autoscaler/,
    `MachineDeployment ${TRIAL}-md-0`,
  ],
];

describe("a fleet with one of each problem", () => {
  let known: KnownPair;
  let planned: Typed;
  let pivoted: Typed;

  beforeAll(async () => {
    for (const namespace of [TRIAL, LATER]) {
      const fleet = aCluster(namespace, namespace)
        .withControlPlane({ replicas: 1 })
        .withMachineDeployment("md-0", { machines: 1 });
      await applyFleet(pair.source.api, fleetOf(fleet.objects()));
    }
    const half = aCluster(TRIAL, HALF).withMachineDeployment("md-0", { machines: 1 });
    await applyFleet(pair.source.api, fleetOf(half.objects()));
    await makeTroubleInTarget();
    await makeTroubleInSource();
    await makeTroubleInFleet();
    known = await KnownPair.learn(pair);
    const scope = ["-n", TRIAL, "-n", LATER];
    planned = await plan(...scope);
    pivoted = await pivot(...scope);
  }, LONG * 2);

  test("is blocked, and nobody has written a byte", async () => {
    expect(planned.exitCode).toBe(EXIT.unchanged);
    expect(pivoted.exitCode).toBe(EXIT.unchanged);
    expect(pivoted.failure?.code).toBe("PLAN_BLOCKED");
    expect(pivoted.lines.map(({ step }) => step)).not.toContain("lock");
    expect(await known.hasChanged()).toBe(false);
  });

  test.each(REFUSALS)("is refused by %s", (_, facts, words, about) => {
    const found = findingsIn(planned).filter(
      ({ code, severity, why }) =>
        code === facts.code && severity === facts.severity && words.test(why),
    );
    expect(found).toHaveLength(1);
    const names = (found[0]?.objects ?? []).map(({ kind, name }) => `${kind} ${name}`);
    for (const name of about) expect(names.filter((one) => one.startsWith(name))).toHaveLength(1);
  });

  test.each(KNOWN)("is known to have %s", (_, { code, severity }, words, about) => {
    const found = findingsIn(planned).filter(
      (one) => one.code === code && one.severity === severity && words.test(one.why),
    );
    expect(found).toHaveLength(1);
    const names = (found[0]?.objects ?? []).map(({ kind, name }) => `${kind} ${name}`);
    expect(names.filter((name) => name.startsWith(about))).not.toEqual([]);
  });

  test("takes along what --include names, and moves a Cluster that --allow names", async () => {
    const include = `Secret/${TRIAL}/${CLOUD}`;
    const allow = `${TRIAL}/${HALF}=provisioned,in-flight,rollout`;
    const typed = await plan("-n", TRIAL, "--include", include, "--allow", allow);
    const codes = findingsIn(typed).map(({ code, severity }) => `${severity} ${code}`);
    expect(codes).not.toContain("error REFERENCE_LEFT_BEHIND");
    expect(codes).toContain("note CLUSTER_NOT_PROVISIONED");
    expect(codes).toContain("note INFRASTRUCTURE_IN_FLIGHT");
    expect(codes).toContain("note ROLLOUT_IN_PROGRESS");
    const { groups } = JSON.parse(typed.stdout) as {
      readonly groups: readonly { readonly objects: readonly { readonly id: ObjectId }[] }[];
    };
    const names = groups.flatMap(({ objects }) => objects.map(({ id }) => `${id.kind} ${id.name}`));
    expect(names).toContain(`Secret ${CLOUD}`);
  });

  test("says what can only be tried later", () => {
    const later = findingsIn(planned).filter(({ code }) => code === "TRIED_LATER");
    expect(later).toHaveLength(1);
    expect(later[0]?.objects.every(({ namespace }) => namespace === LATER)).toBe(true);
    expect(later[0]?.objects.length).toBeGreaterThan(15);
  });

  test("shows no content of a Secret", async () => {
    const path = `/api/v1/namespaces/${TRIAL}/secrets`;
    const { items } = (await ask(pair.source.api, "GET", path)) as {
      readonly items: readonly { readonly data?: Readonly<Record<string, string>> }[];
    };
    // `cloud-config` and the like are words of everybody's.
    const contents = items
      .flatMap(({ data = {} }) => Object.values(data))
      .filter((content) => content.length > 20);
    expect(contents.length).toBeGreaterThan(3);
    const shown = [planned, pivoted].map(({ stdout, stderr }) => stdout + stderr).join("");
    for (const content of contents) {
      expect(shown).not.toContain(content);
      expect(shown).not.toContain(Buffer.from(content, "base64").toString());
    }
  });
});

async function makeTroubleInTarget(): Promise<void> {
  const { target } = pair;
  const { api } = target;
  const place = `/namespaces/${TRIAL}`;
  await ask(api, "POST", "/api/v1/namespaces", { metadata: { name: TRIAL } });
  await makePolicy(target, {
    ...{ name: "machines", namespace: TRIAL, operation: "CREATE", group: CAPI },
    ...{ plural: "machines", message: "no machines here" },
  });
  await makePolicy(target, {
    ...{ name: "secrets", namespace: TRIAL, operation: "CREATE", group: "", plural: "secrets" },
    ...{ expression: "!has(object.data)", message: { expression: "string(object.data)" } },
  });
  const crd =
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/kubeadmconfigtemplates.bootstrap.cluster.x-k8s.io";
  const { spec } = (await ask(api, "GET", crd)) as { spec: { versions: readonly object[] } };
  const rules = [{ rule: "false", message: "not in this cluster" }];
  const patch = spec.versions.map((_, index) => ({
    op: "add",
    path: `/spec/versions/${index}/schema/openAPIV3Schema/x-kubernetes-validations`,
    value: rules,
  }));
  await ask(api, "PATCH", crd, patch, JSON_PATCH);
  const quota = `/api/v1${place}/resourcequotas`;
  const hard = {
    "count/dockerclusters.infrastructure.cluster.x-k8s.io": "0",
    "count/machinesets.cluster.x-k8s.io": "1",
  };
  const used = Object.fromEntries(Object.keys(hard).map((name) => [name, "0"]));
  await ask(api, "POST", quota, { metadata: { name: "none" }, spec: { hard } });
  await ask(api, "PATCH", `${quota}/none/status`, { status: { hard, used } }, MERGE);
  await ask(
    api,
    "POST",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    deadWebhook("machinedeployments"),
  );
  const capi = `/apis/${CAPI}/v1beta2${place}`;
  for (const [path, body] of [
    [`${capi}/machines`, aBody(CAPI, "Machine", { clusterName: "x", bootstrap: {} })],
    [`${capi}/machinedeployments`, aBody(CAPI, "MachineDeployment", {})],
    [`/api/v1${place}/secrets`, { metadata: { name: "x" }, data: { x: "" } }],
    [
      `/apis/bootstrap.${CAPI}/v1beta2${place}/kubeadmconfigtemplates`,
      aBody(`bootstrap.${CAPI}`, "KubeadmConfigTemplate", { template: { spec: {} } }),
    ],
    [
      `/apis/infrastructure.${CAPI}/v1beta2${place}/dockerclusters`,
      aBody(`infrastructure.${CAPI}`, "DockerCluster", {}),
    ],
  ] as const)
    await untilRefused(target, "POST", path, body);
}

function aBody(group: string, kind: string, spec: object): object {
  return { apiVersion: `${group}/v1beta2`, kind, metadata: { name: "x" }, spec };
}

/** As of a program that is gone. */
function deadWebhook(plural: string): Json {
  return {
    metadata: { name: "gone" },
    webhooks: [
      {
        name: "gone.example.dev",
        clientConfig: { service: { namespace: "default", name: "gone" } },
        rules: [
          { apiGroups: [CAPI], apiVersions: ["*"], operations: ["CREATE"], resources: [plural] },
        ],
        failurePolicy: "Fail",
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": TRIAL } },
      },
    ],
  };
}

async function makeTroubleInSource(): Promise<void> {
  const { source } = pair;
  await makePolicy(source, {
    ...{ name: "pauses", namespace: TRIAL, operation: "UPDATE", group: CAPI, plural: "clusters" },
    ...{ expression: "!has(object.spec.paused)", message: "nobody pauses here" },
  });
  await makePolicy(source, {
    ...{ name: "finalizers", namespace: TRIAL, operation: "UPDATE" },
    ...{ group: `infrastructure.${CAPI}`, plural: "dockermachines" },
    ...{ expression: "has(object.metadata.finalizers)", message: "keep your finalizers" },
  });
  await makePolicy(source, {
    ...{ name: "deletes", namespace: TRIAL, operation: "DELETE", group: `bootstrap.${CAPI}` },
    ...{ plural: "kubeadmconfigs", message: "nothing is deleted here" },
  });
  const cluster = `/apis/${CAPI}/v1beta2/namespaces/${TRIAL}/clusters/${TRIAL}`;
  await untilRefused(source, "PATCH", cluster, { spec: { paused: true } });
}

/** Nobody refuses it. */
async function makeTroubleInFleet(): Promise<void> {
  const { api } = pair.source;
  const place = (group: string, plural: string) =>
    `/apis/${group}/v1beta2/namespaces/${TRIAL}/${plural}`;
  const change = (path: string, patch: Json) => ask(api, "PATCH", path, patch, MERGE);
  const nameOf = async (path: string, prefix: string) => {
    const { items } = (await ask(api, "GET", path)) as { readonly items: readonly KubeObject[] };
    const found = items.find(({ metadata: { name } }) => name.startsWith(prefix));
    return `${path}/${found?.metadata.name}`;
  };
  await ask(api, "POST", `/api/v1/namespaces/${TRIAL}/secrets`, {
    metadata: { name: CLOUD },
  });
  const configs = place(`bootstrap.${CAPI}`, "kubeadmconfigs");
  const files = [{ path: "/x", contentFrom: { secret: { name: CLOUD, key: "x" } } }];
  await change(await nameOf(configs, "trial-md-0"), { spec: { files } });
  const at = { lastTransitionTime: "2026-01-01T00:00:00Z", message: "" };
  const conditions = [
    { ...at, type: "InfrastructureReady", status: "False", reason: "NotReady" },
    { ...at, type: "RollingOut", status: "True", reason: "RollingOut" },
  ];
  const initialization = { infrastructureProvisioned: null };
  const half = `${place(CAPI, "clusters")}/${HALF}`;
  await change(`${half}/status`, { status: { conditions, initialization } });
  const machines = place(`infrastructure.${CAPI}`, "dockermachines");
  await change(await nameOf(machines, `${HALF}-md-0`), { spec: { providerID: null } });
  await installCrds(api, [KUSTOMIZATIONS]);
  await ask(api, "POST", "/api/v1/namespaces", { metadata: { name: "flux-system" } });
  const flux = "kustomize.toolkit.fluxcd.io";
  await ask(api, "POST", `/apis/${flux}/v1/namespaces/flux-system/kustomizations`, {
    ...{ apiVersion: `${flux}/v1`, kind: "Kustomization", metadata: { name: "fleet" }, spec: {} },
  });
  const labels = { [`${flux}/name`]: "fleet", [`${flux}/namespace`]: "flux-system" };
  await change(`${place(CAPI, "clusters")}/${TRIAL}`, { metadata: { labels } });
  const annotations = { [`${CAPI}/cluster-api-autoscaler-node-group-max-size`]: "3" };
  await change(`${place(CAPI, "machinedeployments")}/${TRIAL}-md-0`, { metadata: { annotations } });
}

const KUSTOMIZATIONS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "kustomizations.kustomize.toolkit.fluxcd.io" },
  spec: {
    group: "kustomize.toolkit.fluxcd.io",
    names: { kind: "Kustomization", plural: "kustomizations" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
} as const;

describe("a user of both clusters who may only read", () => {
  const namespace = "righteous";
  let files: readonly string[];
  let planned: readonly Finding[];

  beforeAll(async () => {
    const fleet = aCluster(namespace, namespace).withControlPlane({ replicas: 1 });
    await applyFleet(pair.source.api, fleetOf(fleet.objects()));
    for (const cluster of [pair.source, pair.target]) {
      await grant(cluster, "reader", [
        { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] },
        { nonResourceURLs: ["*"], verbs: ["get"] },
      ]);
    }
    const { source, target } = pair;
    const reader = (cluster: OwnCluster) => cluster.kubeconfigFor(cluster.tokenUsers.stranger);
    files = [
      ...["--kubeconfig", await folder.write("source-reader", reader(source))],
      ...["--to-kubeconfig", await folder.write("target-reader", reader(target))],
    ];
    const typed = await typeArgv(["plan", ...files, "-n", namespace, "-o", "json"]);
    planned = findingsIn(typed);
  }, LONG);

  test("is told before anything is written, once per cluster", () => {
    const errors = planned.filter(({ severity }) => severity === "error");
    expect(errors.map(({ code }) => code)).toEqual(["RIGHTS_MISSING", "RIGHTS_MISSING"]);
  });

  test(
    "may do everything with the ClusterRoles that are printed",
    async () => {
      for (const cluster of [pair.source, pair.target]) {
        const finding = planned.find(({ why }) => why.includes(`of the ${cluster.name} may not`));
        const [, ...manifest] = (finding?.hint ?? "").split("\n");
        const role = parse(manifest.join("\n")) as { readonly rules: readonly object[] };
        await grant(cluster, "granted", role.rules);
      }
      const typed = await typeArgv([...files, "-n", namespace, "--yes", "-o", "ndjson"]);
      expect(typed.failure).toBeUndefined();
      expect(typed.exitCode).toBe(EXIT.done);
    },
    LONG,
  );
});

async function grant(cluster: OwnCluster, name: string, rules: readonly object[]): Promise<void> {
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  const apiGroup = "rbac.authorization.k8s.io";
  await ask(cluster.api, "POST", `${rbac}/clusterroles`, { metadata: { name }, rules });
  await ask(cluster.api, "POST", `${rbac}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup, kind: "ClusterRole", name },
    subjects: [{ apiGroup, kind: "User", name: cluster.tokenUsers.stranger.name }],
  });
}

test(
  "what is refused once its namespace is there undoes the run before anything is paused",
  async () => {
    const late = "refused-late";
    const fleet = aCluster(late, late).withControlPlane({ replicas: 1 });
    await applyFleet(pair.source.api, fleetOf(fleet.objects()));
    await makePolicy(pair.target, {
      ...{ name: late, namespace: late, operation: "CREATE", group: CAPI, plural: "machines" },
      ...{ message: "no machines here either" },
    });
    await Bun.sleep(2_000);
    const clusterPath = `/apis/${CAPI}/v1beta2/namespaces/${late}/clusters/${late}`;
    const before = await ask(pair.source.api, "GET", clusterPath);
    const planned = await plan("-n", late);
    expect(planned.exitCode).toBe(EXIT.done);
    const outcome = await pivot("-n", late);
    expect(outcome.failure).toMatchObject({ code: "CREATE_REFUSED", exitCode: EXIT.unchanged });
    expect(outcome.failure?.message).toContain("no machines here either");
    const steps = outcome.lines.flatMap(({ type, step }) => (type === "step-started" ? step : []));
    expect(steps).not.toContain("freeze");
    expect(await ask(pair.source.api, "GET", clusterPath)).toEqual(before);
    const { text } = await pair.target.api.request("GET", `/api/v1/namespaces/${late}`);
    expect(text).toMatch(/"deletionTimestamp"|"NotFound"/);
  },
  LONG,
);
