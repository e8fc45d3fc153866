// After the pivot: the providers of the source go, stand still or run again, and nothing of anybody else is touched.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { discover } from "../../src/discover/discover.ts";
import { identify } from "../../src/discover/identity.ts";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import { systemClock } from "../../src/kube/system-clock.ts";
import { LABEL, OUR_NAMESPACE, OUR_PREFIX } from "../../src/model/capi.ts";
import type { Inventory } from "../../src/model/inventory.ts";
import type { KubeObject } from "../../src/model/object.ts";
import type { Components, Controller } from "../../src/model/provider.ts";
import type { StoppedController } from "../../src/model/run-record.ts";
import { type CleanRequest, cleanSource } from "../../src/run/clean-source.ts";
import { ensureHome } from "../../src/run/home.ts";
import { DEPLOYMENT_KIND } from "../../src/run/our-kinds.ts";
import { removeSourceWebhooks, restoreSourceWebhooks } from "../../src/run/source-webhooks.ts";
import { stopControllers } from "../../src/run/stop-controllers.ts";
import { open } from "../kube/opened.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import {
  makeProgram,
  replicasNow,
  stateOfController,
  until,
} from "../support/programs-in-cluster.ts";
import { Died, dyingAfter, type TestRun, testRun, watchWrites } from "../support/run-context.ts";
import { type OwnCluster, startCluster } from "../support/testbed/management-cluster.ts";

const LONG = 120_000;
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
let cluster: OwnCluster;
let client: OpenCluster;

beforeAll(async () => {
  cluster = await startCluster({ name: "source" });
  client = await open(cluster.adminKubeconfig(), { clock: systemClock });
  await ensureHome(client, systemClock);
}, LONG * 8);

afterAll(() => cluster.stop());

async function readSource(): Promise<Inventory> {
  return discover(client, await identify(client));
}

async function make(path: string, body: object): Promise<KubeObject> {
  return (await ask(cluster.api, "POST", path, body)) as KubeObject;
}

async function exists(path: string): Promise<boolean> {
  return (await cluster.api.request("GET", path)).status === 200;
}

/** A provider as clusterctl installs it, one of its webhook configurations shared with somebody else. */
interface Installed {
  readonly namespace: string;
  readonly controller: Controller;
  readonly components: Components;
  readonly paths: Readonly<
    Record<"crd" | "namespace" | "account" | "binding" | "hooks" | "mixed", string>
  >;
}

async function installProvider(name: string): Promise<Installed> {
  const namespace = `${name}-system`;
  const labels = { [LABEL.provider]: name, [LABEL.clusterctl]: "" };
  const metadata = { name, namespace, labels };
  const home = await make("/api/v1/namespaces", { metadata: { name: namespace, labels } });
  const crdBody = crdOf(name, labels);
  const crd = await make("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crdBody);
  const account = await make(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata });
  const binding = await make(`${RBAC}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
  const service = await make(`/api/v1/namespaces/${namespace}/services`, {
    metadata,
    spec: { selector: { app: "manager" }, ports: [{ port: 443 }] },
  });
  const controller = await makeProgram(cluster.api, client, { namespace, name: "manager", labels });
  const deployment = await client.get(DEPLOYMENT_KIND, { namespace, name: "manager" });
  const own = hook("own", { namespace, name });
  const hooks = await make(`${ADMISSION}/validatingwebhookconfigurations`, {
    metadata: { name, labels },
    webhooks: [own],
  });
  await make(`${ADMISSION}/mutatingwebhookconfigurations`, {
    metadata: { name: `${name}-mixed` },
    webhooks: [own, hook("other", { namespace: "elsewhere", name: "other" })],
  });
  const stamped = [
    { ...home, apiVersion: "v1", kind: "Namespace" },
    { ...crd, apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
    { ...account, apiVersion: "v1", kind: "ServiceAccount" },
    { ...binding, apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" },
    { ...service, apiVersion: "v1", kind: "Service" },
    { ...deployment, apiVersion: "apps/v1", kind: "Deployment" },
    {
      ...hooks,
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
    },
  ];
  return {
    namespace,
    controller,
    components: { owner: name, objects: stamped },
    paths: {
      crd: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.${name}.test`,
      namespace: `/api/v1/namespaces/${namespace}`,
      account: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`,
      binding: `${RBAC}/clusterrolebindings/${name}`,
      hooks: `${ADMISSION}/validatingwebhookconfigurations/${name}`,
      mixed: `${ADMISSION}/mutatingwebhookconfigurations/${name}-mixed`,
    },
  };
}

function crdOf(name: string, labels: object): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `things.${name}.test`, labels },
    spec: {
      group: `${name}.test`,
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object" } },
        },
      ],
    },
  };
}

/** For a resource that does not exist: it disturbs nobody. */
function hook(
  name: string,
  service: { readonly namespace: string; readonly name: string },
): object {
  return {
    name: `${name}.x.test`,
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    clientConfig: { service },
    rules: [{ apiGroups: ["x.test"], apiVersions: ["*"], resources: ["xs"], operations: ["*"] }],
  };
}

async function stop(...controllers: readonly Controller[]): Promise<readonly StoppedController[]> {
  const { context } = testRun(client);
  const onRecord = (): Promise<void> => Promise.resolve();
  return stopControllers(context, { parents: [], controllers, known: [], onRecord });
}

const NOTHING_BEGUN = { begun: [], onRecord: () => Promise.resolve() } as const;

async function clean(
  installed: Installed,
  change: Partial<CleanRequest>,
): Promise<TestRun & { readonly figures: object }> {
  const run = testRun(client);
  const { components } = installed;
  const request = {
    choice: "remove",
    components: [components],
    certManager: undefined,
    operator: undefined,
  } as const;
  const figures = await cleanSource(run.context, {
    ...request,
    stopped: [],
    readSource,
    ...NOTHING_BEGUN,
    ...change,
  });
  return { ...run, figures };
}

/** Without what a new object has anew. */
async function webhooksOf(path: string): Promise<unknown> {
  const { metadata, ...rest } = (await ask(cluster.api, "GET", path)) as KubeObject;
  const {
    uid: _,
    resourceVersion: __,
    generation: ___,
    creationTimestamp: ____,
    ...kept
  } = metadata;
  return { ...rest, metadata: kept };
}

async function kept(): Promise<readonly string[]> {
  const list = (await ask(
    cluster.api,
    "GET",
    `/api/v1/namespaces/${OUR_NAMESPACE}/configmaps`,
  )) as {
    readonly items: readonly KubeObject[];
  };
  return list.items
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== "kube-root-ca.crt");
}

describe("webhooks that went silent", () => {
  test(
    "are kept, removed, and put back as they were, whenever the process dies",
    async () => {
      const installed = await installProvider("hooks");
      const { paths } = installed;
      const before = [await webhooksOf(paths.hooks), await webhooksOf(paths.mixed)];
      const stopped = await stop(installed.controller);
      for (let n = 1; n <= 3; n++) {
        const dying = testRun(dyingAfter(client, n));
        await expect(removeSourceWebhooks(dying.context, stopped)).rejects.toBeInstanceOf(Died);
        await removeSourceWebhooks(testRun(client).context, stopped);
        expect(await exists(paths.hooks)).toBe(false);
        expect(await webhooksOf(paths.mixed)).toMatchObject({
          webhooks: [{ name: "other.x.test" }],
        });

        const back = testRun(dyingAfter(client, n));
        await expect(restoreSourceWebhooks(back.context)).rejects.toBeInstanceOf(Died);
        await restoreSourceWebhooks(testRun(client).context);
        expect([await webhooksOf(paths.hooks), await webhooksOf(paths.mixed)]).toEqual(before);
        await forget();
      }
      await clean(installed, { stopped });
    },
    LONG,
  );
});

async function forget(): Promise<void> {
  for (const name of await kept()) {
    await ask(cluster.api, "DELETE", `/api/v1/namespaces/${OUR_NAMESPACE}/configmaps/${name}`);
  }
}

describe("--source-providers", () => {
  test(
    "remove: everything of the provider goes, and nothing else",
    async () => {
      const installed = await installProvider("remove");
      const { paths, namespace } = installed;
      const shared = await make(`${RBAC}/clusterroles`, {
        metadata: { name: "shared" },
        rules: [],
      });
      const components = {
        ...installed.components,
        objects: [
          ...installed.components.objects,
          { ...shared, apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" },
        ],
      };
      await make(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`, {
        metadata: { name: "controller-leader-election-x" },
        spec: {},
      });
      const stopped = await stop(installed.controller);
      await removeSourceWebhooks(testRun(client).context, stopped);
      const { notes } = await clean(installed, { stopped, components: [components] });
      for (const path of [paths.crd, paths.binding, paths.hooks, paths.namespace]) {
        expect([path, await exists(path)]).toEqual([path, false]);
      }
      expect(await exists(paths.mixed)).toBe(true);
      expect(await exists(`${RBAC}/clusterroles/shared`)).toBe(true);
      expect(notes()).toEqual([
        "in the source, ClusterRole.rbac.authorization.k8s.io shared stay: nothing shows that they are a provider's alone",
      ]);
      expect(await kept()).toEqual([]);
      // Again: there is nothing left to do.
      const writes: string[] = [];
      const run = testRun(watchWrites(client, (write) => void writes.push(write)));
      const request = {
        choice: "remove",
        certManager: undefined,
        operator: undefined,
        stopped,
        readSource,
      } as const;
      await cleanSource(run.context, {
        ...request,
        ...NOTHING_BEGUN,
        components: [installed.components],
      });
      expect(writes).toEqual([]);
    },
    LONG,
  );

  test(
    "remove: a CRD with objects and a namespace with tenants stay, and it is said why",
    async () => {
      const installed = await installProvider("tenants");
      const { paths, namespace } = installed;
      const path = `/apis/tenants.test/v1/namespaces/${namespace}/things`;
      await until(() => exists(path));
      await make(path, { apiVersion: "tenants.test/v1", kind: "Thing", metadata: { name: "a" } });
      await make(`/api/v1/namespaces/${namespace}/secrets`, { metadata: { name: "users" } });
      const { notes, figures } = await clean(installed, {});
      expect(notes()).toEqual([
        "in the source, CustomResourceDefinition things.tenants.test stays: there is Thing.tenants.test tenants-system/a",
        "in the source, Namespace tenants-system stays: it holds Secret tenants-system/users and 1 more",
      ]);
      expect(figures).toEqual({ objects: 5, kept: 2 });
      expect(await exists(`${path}/a`)).toBe(true);
      expect(await exists(paths.account)).toBe(false);
    },
    LONG,
  );

  test(
    "remove: one that was made anew under the same name is somebody else's",
    async () => {
      const installed = await installProvider("anew");
      await ask(cluster.api, "DELETE", installed.paths.binding);
      await make(`${RBAC}/clusterrolebindings`, {
        metadata: { name: "anew" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
      });
      const { notes } = await clean(installed, {});
      expect(notes().join()).toContain(
        "ClusterRoleBinding.rbac.authorization.k8s.io anew was made anew",
      );
      expect(await exists(installed.paths.binding)).toBe(true);
    },
    LONG,
  );

  test(
    "remove: who may not delete hears what is left, and the rest is gone",
    async () => {
      const installed = await installProvider("denied");
      const user = await cluster.issueClient("cleaner");
      await make(`${RBAC}/clusterroles`, {
        metadata: { name: "cleaner" },
        rules: [
          { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list"] },
          { apiGroups: ["apps", "", "apiextensions.k8s.io"], resources: ["*"], verbs: ["delete"] },
        ],
      });
      await make(`${RBAC}/clusterrolebindings`, {
        metadata: { name: "cleaner" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cleaner" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "cleaner" }],
      });
      const poor = await open(cluster.kubeconfigFor(user), { clock: systemClock });
      const run = testRun(poor);
      const request = {
        choice: "remove",
        certManager: undefined,
        operator: undefined,
        stopped: [],
        readSource,
      } as const;
      await expect(
        cleanSource(run.context, {
          ...request,
          ...NOTHING_BEGUN,
          components: [installed.components],
        }),
      ).rejects.toMatchObject({ code: "CLEANUP_INCOMPLETE", exitCode: 4, cluster: "source" });
      expect(await exists(installed.paths.account)).toBe(false);
      await clean(installed, {});
    },
    LONG,
  );

  test(
    "stop: controllers stay at 0, webhooks stay away and are kept, and it is said",
    async () => {
      const installed = await installProvider("stop");
      const stopped = await stop(installed.controller);
      const { notes } = await clean(installed, { choice: "stop", stopped });
      expect(await replicasNow(client, installed.controller)).toBe(0);
      expect(await exists(installed.paths.hooks)).toBe(false);
      expect(notes()).toEqual([
        "stopped in the source, with the replicas that they had: Deployment.apps stop-system/manager (1)",
        "the admission webhooks of the source are kept in ConfigMap capi-pivot-system/capi-pivot-0a1b2c3d-webhooks-0",
      ]);
      const state = await stateOfController(client, installed.controller);
      expect(JSON.stringify(state)).not.toContain(OUR_PREFIX);
      await forget();
    },
    LONG,
  );

  test(
    "keep: everything runs again as before",
    async () => {
      const installed = await installProvider("keep");
      const { paths, controller } = installed;
      const before = [
        await webhooksOf(paths.hooks),
        await webhooksOf(paths.mixed),
        await stateOfController(client, controller),
      ];
      const stopped = await stop(controller);
      await removeSourceWebhooks(testRun(client).context, stopped);
      const { figures } = await clean(installed, { choice: "keep", stopped });
      expect(figures).toEqual({ controllers: 1, webhooks: 2 });
      expect([
        await webhooksOf(paths.hooks),
        await webhooksOf(paths.mixed),
        await stateOfController(client, controller),
      ]).toEqual(before);
      expect(await kept()).toEqual([]);
    },
    LONG,
  );
});
