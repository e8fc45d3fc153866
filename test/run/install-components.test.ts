// Providers brought to a bare target on real servers, and taken away again. The test plays the kubelet, cert-manager and
// the provider's program (test/support/plays-target.ts).
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readComponents } from "../../src/discover/components.ts";
import { discover } from "../../src/discover/discover.ts";
import { identify } from "../../src/discover/identity.ts";
import { discoverKinds } from "../../src/discover/resource-kinds.ts";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import { systemClock } from "../../src/kube/system-clock.ts";
import { OURS } from "../../src/model/capi.ts";
import { CERT_MANAGER, type ComponentSet, type InstallPlan } from "../../src/model/install.ts";
import type { Inventory } from "../../src/model/inventory.ts";
import {
  compareStrings,
  fieldAt,
  type Json,
  type KubeObject,
  listAt,
  stringAt,
} from "../../src/model/object.ts";
import type { Providers } from "../../src/model/provider.ts";
import { planInstall } from "../../src/plan/install-plan.ts";
import { installComponents } from "../../src/run/install-components.ts";
import { releaseComponents, uninstallComponents } from "../../src/run/uninstall-components.ts";
import { open } from "../kube/opened.ts";
import { aController, anObject, aProvider } from "../plan/provider-world.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import { certManagerCrds } from "../support/live/manifests.ts";
import {
  type Parts,
  play,
  startWebhookServer,
  type WebhookServer,
} from "../support/plays-target.ts";
import { dyingAfter, type TestRun, testRun, watchWrites } from "../support/run-context.ts";
import {
  applyProvider,
  pathOf,
  type SmallProvider,
  smallProvider,
} from "../support/small-provider.ts";
import { namespaceIsGone } from "../support/stage.ts";
import type { Crd } from "../support/testbed/capi-crds.ts";
import { installCrds } from "../support/testbed/install-crds.ts";
import { type OwnCluster, startCluster } from "../support/testbed/management-cluster.ts";

const BUILD = 20 * 60_000;
const MERGE = "application/merge-patch+json";
setDefaultTimeout(120_000);

let source: OwnCluster;
let target: OwnCluster;
let clients: { readonly source: OpenCluster; readonly target: OpenCluster };
const servers: WebhookServer[] = [];

beforeAll(async () => {
  const certManager = (await certManagerCrds()) as unknown as readonly Crd[];
  [source, target] = (await Promise.all(
    ["source", "target"].map((name) =>
      startCluster({ name, prepare: (api) => installCrds(api, certManager) }),
    ),
  )) as [OwnCluster, OwnCluster];
  const options = { clock: systemClock };
  clients = {
    source: await open(source.adminKubeconfig(), options),
    target: await open(target.adminKubeconfig(), { ...options, name: "target" }),
  };
}, BUILD);

afterAll(async () => {
  await Promise.all([source.stop(), target.stop(), ...servers.map((server) => server.stop())]);
});

/** A provider in the source, and the plan to bring it to the target. */
interface Scene {
  readonly provider: SmallProvider;
  readonly server: WebhookServer;
  readonly plan: InstallPlan;
  readonly run: TestRun;
  readonly install: (run?: TestRun, parts?: Parts, plan?: InstallPlan) => Promise<void>;
  /** Its objects in the target, by `Kind name`, those that are there. */
  readonly found: () => Promise<ReadonlyMap<string, KubeObject>>;
}

const NONE: Providers = { providers: [], parents: [], others: [], certManager: undefined };

async function aScene(name: string, change: Parameters<typeof testRun>[1] = {}): Promise<Scene> {
  const server = await startWebhookServer(name);
  servers.push(server);
  const caBundle = btoa((await startWebhookServerAuthority()).cert);
  const provider = smallProvider({ name, port: server.port, caBundle });
  await applyProvider(source.api, provider);
  const kinds = {
    source: await discoverKinds(clients.source),
    target: await discoverKinds(clients.target),
  };
  const plan = await planOf(provider, kinds.source);
  const run = testRun(clients.target, { source: clients.source, run: name, ...change });
  const injects = server.authority.cert;
  const install = async (with_ = run, parts: Parts = { injects }, what = plan) => {
    const player = play(target.api, provider, parts);
    try {
      await installComponents(with_.context, what, kinds);
    } finally {
      await player.stop();
    }
  };
  return { provider, server, plan, run, install, found: () => objectsInTarget(provider) };
}

/** Another authority: what the source's webhooks are called with. */
function startWebhookServerAuthority() {
  return import("../support/certificates.ts").then(({ createAuthority }) =>
    createAuthority("source"),
  );
}

async function planOf(
  { label, namespace, name, group }: SmallProvider,
  kinds: Inventory["kinds"],
): Promise<InstallPlan> {
  const kind = kinds.get("Deployment.apps");
  if (kind === undefined) throw new Error("no Deployments");
  const programs = await clients.source.list(kind, { namespace });
  const provider = aProvider([], {
    label,
    name,
    namespace,
    controllers: programs.map(aController),
    crds: [`smalls.${group}`],
  });
  const providers = { ...NONE, providers: [provider] };
  const components = await readComponents(clients.source, { kinds }, providers);
  return planInstall({ source: providers, target: NONE, components, manifests: [] }).plan;
}

async function objectsInTarget(provider: SmallProvider): Promise<ReadonlyMap<string, KubeObject>> {
  const found = new Map<string, KubeObject>();
  for (const object of provider.objects as readonly KubeObject[]) {
    const path = `${pathOf(object)}/${object.metadata.name}`;
    const answer = await target.api.request("GET", path);
    if (answer.status === 200) {
      found.set(`${object.kind} ${object.metadata.name}`, JSON.parse(answer.text) as KubeObject);
    }
  }
  return found;
}

async function readTarget(): Promise<Inventory> {
  return discover(clients.target, await identify(clients.target));
}

async function errorOf(work: Promise<unknown>): Promise<Readonly<Record<string, Json>>> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const { code, message, hint } = error as Record<string, Json>;
  return { code, message, hint };
}

/** What stays of a run, in words. */
function uninstall({ run }: Scene, of = run): Promise<readonly string[]> {
  return uninstallComponents(of.context, readTarget);
}

/** What is there once the namespace is gone, too: its controller takes its time. */
async function leftOf({ provider, found }: Scene): Promise<readonly string[]> {
  expect(await namespaceIsGone(target, provider.namespace)).toBe(true);
  return [...(await found()).keys()];
}

describe("a provider", () => {
  test("comes whole, in order, proved to work, and leaves no mark", async () => {
    const scene = await aScene("whole");
    await scene.install();
    const { name } = scene.provider;

    const order = scene.run.events.flatMap((event) =>
      event.type === "object" ? [`${event.id.kind} ${event.status}`] : [],
    );
    expect(order).toEqual(
      [
        "Namespace done",
        "CustomResourceDefinition done",
        ...["Certificate done", "Issuer done"],
        "ServiceAccount done",
        ...["ClusterRole done", "Role done"],
        ...["ClusterRoleBinding done", "RoleBinding done"],
        ...["ConfigMap done", "Secret done"],
        "Service done",
        "Deployment done",
        "ValidatingWebhookConfiguration done",
      ].sort(byFirstSeen(order)),
    );
    expect(new Set(scene.server.calls)).toEqual(new Set(["/validate", "/convert"]));

    const found = await scene.found();
    expect(found.size).toBe(scene.provider.objects.length);
    const secret = (which: string) => fieldAt(found.get(`Secret ${name}-${which}`), "data");
    expect(secret("credentials")).toEqual({ token: btoa("s3cr3t-of-the-provider") });
    expect(secret("cert")).toMatchObject({ "tls.key": btoa("the target's key") });
    const hooks = listAt(found.get(`ValidatingWebhookConfiguration ${name}-webhooks`), "webhooks");
    expect(fieldAt(hooks[0], "clientConfig", "caBundle")).toBe(btoa(scene.server.authority.cert));
    for (const [id, object] of found) {
      if (id === `Secret ${name}-cert`) continue;
      expect(object.metadata.annotations).toMatchObject({ "capi-pivot.github.io/run": "whole" });
      expect(object.metadata.labels).toMatchObject({ "clusterctl.cluster.x-k8s.io": "" });
    }

    const path = `/apis/clusterctl.cluster.x-k8s.io/v1alpha3/namespaces/${scene.provider.namespace}/providers`;
    const listed = listAt(await ask(target.api, "GET", path), "items");
    expect(listed).toMatchObject([
      { providerName: name, type: "InfrastructureProvider", version: "v1.2.3" },
    ]);

    await releaseComponents(scene.run.context, await readTarget());
    const after = [...(await scene.found()).values()].map(
      ({ metadata }) => metadata.annotations ?? {},
    );
    expect(after.flatMap(Object.keys).filter((key) => key.startsWith("capi-pivot"))).toEqual([]);
    // Nothing of this run is left to undo.
    expect(await uninstall(scene)).toEqual([]);
    expect((await scene.found()).size).toBe(scene.provider.objects.length);
  });

  test("is let go of by what its Deployment has made, although that gets the mark once more", async () => {
    const scene = await aScene("heirs");
    await scene.install();
    const { run, namespace } = { run: scene.run.context.run, ...scene.provider };
    const path = `/apis/apps/v1/namespaces/${namespace}/replicasets`;
    const sets = async () => listAt(await ask(target.api, "GET", path), "items") as KubeObject[];
    const marks = async () =>
      (await sets()).map(({ metadata }) => metadata.annotations?.[OURS.run]);
    expect(await marks()).toEqual([run]);
    // As a controller does that has read the Deployment a moment before.
    let isStale = true;
    const stale = watchWrites(clients.target, async (write) => {
      if (!isStale || !write.startsWith("patch ReplicaSet")) return;
      isStale = false;
      const annotations = { [OURS.run]: run, [OURS.component]: "heirs" };
      const [set] = await sets();
      const at = `${path}/${set?.metadata.name}`;
      await ask(target.api, "PATCH", at, { metadata: { annotations } }, MERGE);
    });
    await releaseComponents({ ...scene.run.context, target: stale }, await readTarget());
    expect(isStale).toBe(false);
    expect(await marks()).toEqual([undefined]);
    expect(await uninstall(scene)).toEqual([]);
  });

  test("is taken up where an earlier attempt left it, and used where it is there already", async () => {
    const scene = await aScene("again");
    await scene.install();
    const before = await scene.found();
    const repeated = testRun(clients.target, { ...scene.run.context, emit: () => undefined });
    await scene.install({ ...repeated, context: { ...scene.run.context } });
    const other = testRun(clients.target, { source: clients.source, run: "other" });
    await scene.install(other);
    const statuses = other.events.flatMap((event) =>
      event.type === "object" ? [event.status] : [],
    );
    expect(new Set(statuses)).toEqual(new Set(["skipped"]));
    const versions = (objects: ReadonlyMap<string, KubeObject>) =>
      [...objects].flatMap(([id, { metadata }]) =>
        // The test injects again.
        /Webhook|CustomResource/.test(id) ? [] : [`${id} ${metadata.resourceVersion}`],
      );
    expect(versions(await scene.found())).toEqual(versions(before));
    // What was there before is not the other run's to remove.
    expect(await uninstallComponents(other.context, readTarget)).toEqual([]);
    expect((await scene.found()).size).toBe(before.size);
    await uninstall(scene);
  });

  test("waits for cert-manager when that comes along, before it asks it for anything", async () => {
    const scene = await aScene("behind");
    const namespace = "behind-certs-system";
    const programs = smallProvider({ name: "behind-certs", port: 1, caBundle: "" }).objects.filter(
      (object) =>
        ["Namespace", "ServiceAccount", "ConfigMap"].includes((object as KubeObject).kind),
    ) as readonly KubeObject[];
    const deployment = scene.provider.objects.find(
      (object) => (object as KubeObject).kind === "Deployment",
    ) as KubeObject;
    const spec = { ...(deployment["spec"] as object), template: podOf("behind-certs") };
    const certManager: ComponentSet = {
      owner: CERT_MANAGER,
      from: "manifests",
      objects: [
        ...programs.map((object) => ({ ...object, metadata: { ...object.metadata, uid: "" } })),
        {
          ...deployment,
          metadata: { ...deployment.metadata, uid: "", name: "certs", namespace },
          spec: { ...spec, selector: { matchLabels: { app: "behind-certs" } } },
        },
      ],
    };
    const plan = { ...scene.plan, sets: [certManager, ...scene.plan.sets] };
    const player = play(target.api, { ...scene.provider, namespace });
    await scene.install(scene.run, undefined, plan);
    await player.stop();
    const order = scene.run.events.flatMap((event) =>
      event.type === "object" ? [event.id.name] : [],
    );
    expect(order.indexOf("certs")).toBeGreaterThan(order.indexOf("smalls.behind.example.io"));
    expect(order.indexOf("certs")).toBeLessThan(order.indexOf("behind-serving"));
    expect(scene.run.reasons().join("\n")).toContain(`Deployment.apps ${namespace}/certs`);
    expect(await uninstall(scene)).toEqual([]);
  });

  test.each([2, 5, 10, 15, 18])("is whole or gone when the run dies after write %d", async (n) => {
    const scene = await aScene(`dies${n}`);
    const dying = { ...scene.run.context, target: dyingAfter(clients.target, n) };
    await expect(scene.install({ ...scene.run, context: dying })).rejects.toThrow("died after");
    if (n % 2 === 0) {
      await scene.install();
      expect((await scene.found()).size).toBe(scene.provider.objects.length);
    }
    expect(await uninstall(scene)).toEqual([]);
    expect(await leftOf(scene)).toEqual([]);
  });

  test("goes, but for what somebody else has put into it", async () => {
    const scene = await aScene("kept");
    await scene.install();
    const { namespace, group } = scene.provider;
    const small = {
      apiVersion: `${group}/v2`,
      kind: "Small",
      metadata: { name: "theirs" },
      spec: { size: 1 },
    };
    await ask(target.api, "POST", `/apis/${group}/v2/namespaces/default/smalls`, small);
    await ask(target.api, "POST", `/api/v1/namespaces/${namespace}/configmaps`, {
      metadata: { name: "theirs" },
    });
    const kept = await uninstall(scene);
    expect(kept).toEqual([
      `CustomResourceDefinition.apiextensions.k8s.io smalls.${group} of the target stays: it holds Small.${group} default/theirs`,
      `Namespace ${namespace} of the target stays: it holds ConfigMap ${namespace}/theirs`,
    ]);
    const left = await scene.found();
    expect([...left.keys()].sort(compareStrings)).toEqual([
      `CustomResourceDefinition smalls.${group}`,
      `Namespace ${namespace}`,
      // Issued in the target, by somebody else.
      "Secret kept-cert",
    ]);
    for (const { metadata } of left.values())
      expect(JSON.stringify(metadata.annotations ?? {})).not.toContain("capi-pivot");
  });
});

function podOf(app: string): object {
  const containers = [{ name: "manager", image: "registry.example.com/certs:v1" }];
  return { metadata: { labels: { app } }, spec: { containers } };
}

/** Within a stage any order will do. */
function byFirstSeen(order: readonly string[]): (a: string, b: string) => number {
  return (a, b) => order.indexOf(a) - order.indexOf(b);
}

/** The same, with programs that pull their images with a Secret. */
function withPullSecret(plan: InstallPlan, name: string): InstallPlan {
  const pulling = (object: KubeObject): KubeObject => {
    if (object.kind !== "Deployment") return object;
    const changed = structuredClone(object) as { spec?: Json };
    const pods = fieldAt(changed.spec, "template", "spec") as { imagePullSecrets?: object };
    pods.imagePullSecrets = [{ name }];
    return changed as KubeObject;
  };
  return {
    ...plan,
    sets: plan.sets.map((set) => ({ ...set, objects: set.objects.map(pulling) })),
  };
}

describe("an installation stops", () => {
  test("when another object has the name, before the program starts", async () => {
    const scene = await aScene("taken");
    const name = `${scene.provider.name}-role`;
    const role = {
      metadata: { name },
      rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
    };
    await ask(target.api, "POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", role);
    const error = await errorOf(scene.install());
    expect(error).toMatchObject({ code: "COMPONENT_DIFFERS" });
    expect(error["message"]).toContain(
      `ClusterRole.rbac.authorization.k8s.io ${name} (differs in rules[0].`,
    );
    expect([...(await scene.found()).keys()]).not.toContain(
      `Deployment ${scene.provider.name}-manager`,
    );
    expect(await uninstall(scene)).toEqual([]);
    expect(await leftOf(scene)).toEqual([`ClusterRole ${name}`]);
  });

  test("when pods do not start, with their reasons", async () => {
    const scene = await aScene("pull", { timeoutMs: 4_000 });
    const image = "registry.example.com/pull:v1.2.3";
    const waiting = { reason: "ImagePullBackOff", message: "pull secret missing" };
    const containerStatuses = [
      { name: "manager", image, imageID: "", ready: false, restartCount: 0, state: { waiting } },
    ];
    const error = await errorOf(
      scene.install(scene.run, { pod: { phase: "Pending", containerStatuses } }),
    );
    const reason = `Deployment.apps pull-system/pull-manager to be available: manager (${image}): ImagePullBackOff: pull secret missing`;
    expect(error).toMatchObject({ code: "PROVIDER_NOT_AVAILABLE" });
    expect(error["message"]).toContain(reason);
    expect(scene.run.reasons()).toContain(reason);
    expect(await uninstall(scene)).toEqual([]);
  });

  test("at once when no waiting will mend it: the image pull secret is not there", async () => {
    const scene = await aScene("nopull", { timeoutMs: 60_000 });
    const image = "registry.example.com/nopull:v1.2.3";
    const waiting = { reason: "ErrImagePull", message: "401 Unauthorized" };
    const containerStatuses = [
      { name: "manager", image, imageID: "", ready: false, restartCount: 0, state: { waiting } },
    ];
    const plan = withPullSecret(scene.plan, "registry");
    const start = performance.now();
    const error = await errorOf(
      scene.install(scene.run, { pod: { phase: "Pending", containerStatuses } }, plan),
    );
    expect(error).toMatchObject({ code: "PROVIDER_NOT_AVAILABLE" });
    expect(error["message"]).toBe(
      `providers cannot start in the target cluster: Deployment.apps nopull-system/nopull-manager: manager (${image}): ErrImagePull: 401 Unauthorized; its image pull secret nopull-system/registry does not exist`,
    );
    expect(performance.now() - start).toBeLessThan(40_000);
    expect(await uninstall(scene)).toEqual([]);
  });

  test("when a certificate is not issued", async () => {
    const scene = await aScene("unissued", { timeoutMs: 2_000 });
    const error = await errorOf(scene.install(scene.run, { issues: false }));
    expect(error).toMatchObject({ code: "CERTIFICATE_NOT_ISSUED" });
    expect(error["message"]).toContain("unissued-system/unissued-serving");
    expect(await uninstall(scene)).toEqual([]);
  });

  test("when bundles are not injected", async () => {
    const scene = await aScene("uninjected", { timeoutMs: 3_000 });
    const error = await errorOf(scene.install(scene.run, {}));
    expect(error).toMatchObject({ code: "WEBHOOK_NOT_SERVED" });
    expect(error["message"]).toContain("the caBundle of");
    expect(await uninstall(scene)).toEqual([]);
  });

  test("when a webhook is not served, with the words of the API server", async () => {
    const scene = await aScene("unserved", { timeoutMs: 5_000 });
    await scene.server.stop();
    const error = await errorOf(scene.install());
    expect(error).toMatchObject({ code: "WEBHOOK_NOT_SERVED" });
    expect(error["message"]).toContain(`failed calling webhook "validate.${scene.provider.group}"`);
    expect(await uninstall(scene)).toEqual([]);
  });

  test("when a bundle belongs to another certificate", async () => {
    const scene = await aScene("untrusted", { timeoutMs: 5_000 });
    const other = await startWebhookServerAuthority();
    const error = await errorOf(scene.install(scene.run, { injects: other.cert }));
    expect(error).toMatchObject({ code: "WEBHOOK_NOT_SERVED" });
    expect(error["message"]).toContain("x509");
    expect(await uninstall(scene)).toEqual([]);
  });

  test("before the first write, when a manifest is of a kind that nobody knows", async () => {
    const scene = await aScene("unknown");
    const monitor = anObject("Monitor unknown-system/m", {
      apiVersion: "monitoring.example.com/v1",
    });
    const [set] = scene.plan.sets;
    if (set === undefined) throw new Error("nothing is planned");
    const plan = { ...scene.plan, sets: [{ ...set, objects: [...set.objects, monitor] }] };
    const error = await errorOf(scene.install(scene.run, {}, plan));
    expect(error).toMatchObject({ code: "CREATE_REFUSED" });
    expect(error["message"]).toContain("Monitor.monitoring.example.com unknown-system/m");
    expect([...(await scene.found()).keys()]).toEqual([]);
  });

  test("before the first write, when rights are missing", async () => {
    const scene = await aScene("rightless");
    const { stranger } = target.tokenUsers;
    const client = await open(target.kubeconfigFor(stranger), {
      clock: systemClock,
      name: "target",
    });
    const run = testRun(client, { source: clients.source, run: "rightless" });
    const error = await errorOf(scene.install(run));
    expect(error).toMatchObject({ code: "FORBIDDEN" });
    expect(error["hint"]).toContain(`kind: ClusterRole`);
    expect(error["hint"]).toContain(
      `resources: ["deployments"]\n  verbs: ["create", "delete", "get", "list", "patch"]`,
    );
    expect(await leftOf(scene)).toEqual([]);
  });

  test("at a role whose rights the user may not hand out", async () => {
    const scene = await aScene("escalates");
    await allowEverythingBut(scene.provider);
    const user = await target.issueClient("limited");
    const client = await open(target.kubeconfigFor(user), { clock: systemClock, name: "target" });
    const run = testRun(client, { source: clients.source, run: "escalates" });
    const error = await errorOf(scene.install(run));
    expect(error).toMatchObject({ code: "FORBIDDEN" });
    expect(error["hint"]).toContain(`resources: ["clusterroles", "roles"]\n  verbs: ["escalate"]`);
    expect(await uninstall(scene, run)).toEqual([]);
  });
});

/** Enough to create every kind, but no right on Nodes, which the roles give. */
async function allowEverythingBut({ namespace, group }: SmallProvider): Promise<void> {
  const all = ["create", "get", "list", "patch", "delete"];
  const rule = (apiGroups: readonly string[], resources: readonly string[], verbs = all) => ({
    apiGroups,
    resources,
    verbs,
  });
  const rules = [
    rule([""], ["namespaces", "secrets", "serviceaccounts", "services", "pods", "configmaps"]),
    rule(
      ["apps", "cert-manager.io", "apiextensions.k8s.io", "admissionregistration.k8s.io", group],
      ["*"],
    ),
    rule(["rbac.authorization.k8s.io"], ["*"]),
  ];
  const read = [rule(["*"], ["*"], ["list"])];
  const roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
  await ask(target.api, "POST", roles, {
    metadata: { name: `limited-${namespace}` },
    rules: [...rules, ...read],
  });
  await ask(target.api, "POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name: `limited-${namespace}` },
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: `limited-${namespace}`,
    },
    subjects: [{ kind: "User", name: "limited", apiGroup: "rbac.authorization.k8s.io" }],
  });
}

test("errors and events name no credential", async () => {
  const scene = await aScene("quiet");
  await ask(target.api, "POST", "/api/v1/namespaces", { metadata: { name: "quiet-system" } });
  const secret = {
    metadata: { name: "quiet-credentials" },
    data: { token: btoa("another-s3cr3t") },
  };
  await ask(target.api, "POST", "/api/v1/namespaces/quiet-system/secrets", secret);
  const error = await errorOf(scene.install());
  const said = JSON.stringify([error, scene.run.events]);
  expect(error["code"]).toBe("COMPONENT_DIFFERS");
  expect(said).toContain("data.token");
  for (const word of ["s3cr3t", btoa("another-s3cr3t"), stringAt(secret, "data", "token") ?? "-"])
    expect(said).not.toContain(word);
});
