// Controllers of the source stop, all of them or none, and come back exactly as they were, whenever the process dies.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import { systemClock } from "../../src/kube/system-clock.ts";
import { OUR_PREFIX } from "../../src/model/capi.ts";
import type { ClusterClient } from "../../src/model/client.ts";
import type { PivotError } from "../../src/model/error.ts";
import type { Controller } from "../../src/model/provider.ts";
import type { StoppedController } from "../../src/model/run-record.ts";
import { DEPLOYMENT_KIND, LEASE_KIND } from "../../src/run/our-kinds.ts";
import { requireStopped } from "../../src/run/silence.ts";
import { startControllers, startParents } from "../../src/run/start-controllers.ts";
import { stopControllers } from "../../src/run/stop-controllers.ts";
import { open } from "../kube/opened.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import {
  makeNamespace,
  makeProgram,
  podCount,
  replicasNow,
  stateOfController,
  until,
} from "../support/programs-in-cluster.ts";
import { Died, dyingAfter, type TestRun, testRun, watchWrites } from "../support/run-context.ts";
import { type OwnCluster, startCluster } from "../support/testbed/management-cluster.ts";

const LONG = 120_000;
const MERGE = "application/merge-patch+json";
/** Nothing travels: no webhook is asked. */
let cluster: OwnCluster;
let client: OpenCluster;

beforeAll(async () => {
  cluster = await startCluster({ name: "source" });
  client = await open(cluster.adminKubeconfig(), { clock: systemClock });
}, LONG * 8);

/** Those that a test has started and may not have come to stop. */
const leaders: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(leaders.splice(0).map((leader) => leader.stop()));
});

afterAll(() => cluster.stop());

/** One of every kind of history that `spec.replicas` may have. */
async function fourPrograms(namespace: string): Promise<readonly Controller[]> {
  await makeNamespace(cluster.api, namespace);
  const make = (name: string, more: object) =>
    makeProgram(cluster.api, client, { namespace, name, ...more });
  const applied = await make("applied", {});
  const created = await make("created", { update: true, manager: "kubectl-create", replicas: 2 });
  const set = await make("set", { kind: "StatefulSet", replicas: 2 });
  const ours = await make("ours", { update: true, manager: "kubectl-capi-pivot" });
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/created/scale`;
  await ask(cluster.api, "PATCH", `${path}?fieldManager=kubectl`, { spec: { replicas: 3 } }, MERGE);
  await until(async () => (await podCount(client, created)) === 3);
  return [applied, created, set, ours];
}

interface Stop {
  readonly parents?: readonly Controller[];
  readonly controllers: readonly Controller[];
}

/** Resolves to what was recorded, also when the stop failed. */
async function stop(
  run: TestRun,
  { parents = [], controllers }: Stop,
): Promise<{ readonly recorded: readonly StoppedController[]; readonly error?: unknown }> {
  let recorded: readonly StoppedController[] = [];
  const onRecord = (stopped: readonly StoppedController[]): Promise<void> => {
    recorded = stopped;
    return Promise.resolve();
  };
  const known: readonly StoppedController[] = [];
  try {
    await stopControllers(run.context, { parents, controllers, known, onRecord });
    return { recorded };
  } catch (error) {
    return { recorded, error };
  }
}

async function start(
  client: ClusterClient,
  replicas: readonly StoppedController[],
): Promise<TestRun> {
  const run = testRun(client);
  await startControllers(run.context, { replicas, webhooks: [] });
  await startParents(run.context, { replicas, webhooks: [] });
  return run;
}

function statesOf(controllers: readonly Controller[]): Promise<readonly unknown[]> {
  return Promise.all(controllers.map((one) => stateOfController(client, one)));
}

async function marks(namespace: string): Promise<string> {
  const kinds = ["deployments", "statefulsets", "replicasets", "controllerrevisions"];
  const lists = kinds.map((kind) =>
    ask(cluster.api, "GET", `/apis/apps/v1/namespaces/${namespace}/${kind}`),
  );
  return JSON.stringify(await Promise.all(lists));
}

describe("stopping and starting", () => {
  test(
    "brings back replicas and field owners, and leaves nothing of ours",
    async () => {
      const controllers = await fourPrograms("back");
      const before = await statesOf(controllers);
      const run = testRun(client);
      const { recorded, error } = await stop(run, { controllers });
      expect(error).toBeUndefined();
      expect(recorded.map(({ id, replicas }) => [id.name, replicas])).toEqual([
        ["applied", 1],
        ["created", 3],
        ["set", 2],
        ["ours", 1],
      ]);
      for (const one of controllers) {
        expect(await replicasNow(client, one)).toBe(0);
        expect(await podCount(client, one)).toBe(0);
      }
      await requireStopped(run.context, recorded);
      expect(run.events.filter(({ type }) => type === "object")).toHaveLength(4);

      await start(client, recorded);
      expect(await statesOf(controllers)).toEqual(before);
      // The Deployment controller may copy what it sees a moment later.
      await Bun.sleep(1000);
      expect(await marks("back")).not.toContain(OUR_PREFIX);
    },
    LONG,
  );

  test(
    "parents stop first and start last, and the record is written before anything",
    async () => {
      await makeNamespace(cluster.api, "parents");
      const make = (name: string) =>
        makeProgram(cluster.api, client, { namespace: "parents", name });
      const [operator, core] = [await make("operator"), await make("core")];
      const writes: string[] = [];
      const watched = watchWrites(client, (write) => void writes.push(write));
      const run = testRun(watched);
      const replicas = await stopControllers(run.context, {
        parents: [operator],
        controllers: [core, operator],
        known: [],
        onRecord: async (stopped) => {
          expect(await marks("parents")).not.toContain(OUR_PREFIX);
          writes.push(`record ${stopped.map(({ id }) => id.name).join()}`);
        },
      });
      expect(writes).toEqual([
        "record operator,core",
        "patch Deployment operator",
        "patch Deployment operator scale",
        "patch Deployment core",
        "patch Deployment core scale",
      ]);
      writes.length = 0;
      await start(watched, replicas);
      expect(writes.map((write) => write.split(" ")[2])).toEqual([
        ...["core", "core", "operator", "operator"],
      ]);
    },
    LONG,
  );

  test("what wants no pods is left alone, what is not there any more is no plan", async () => {
    await makeNamespace(cluster.api, "idle");
    const options = { namespace: "idle", name: "idle", replicas: 0 };
    const idle = await makeProgram(cluster.api, client, options);
    const before = await statesOf([idle]);
    const { recorded, error } = await stop(testRun(client), { controllers: [idle] });
    expect({ recorded, error }).toEqual({ recorded: [], error: undefined });
    expect(await statesOf([idle])).toEqual(before);
    const another = { ...idle, uid: "0000" };
    expect((await stop(testRun(client), { controllers: [another] })).error).toMatchObject({
      code: "PLAN_DRIFTED",
    });
  });

  test("a DaemonSet is refused before anything is touched", async () => {
    await makeNamespace(cluster.api, "daemon");
    const core = await makeProgram(cluster.api, client, { namespace: "daemon", name: "core" });
    const daemon = await makeProgram(cluster.api, client, {
      namespace: "daemon",
      name: "speaker",
      kind: "DaemonSet",
    });
    const { recorded, error } = await stop(testRun(client), { controllers: [core, daemon] });
    expect(recorded).toEqual([]);
    expect(error).toMatchObject({ code: "CONTROLLER_NOT_STOPPED", cluster: "source" });
    expect((error as PivotError).message).toContain("DaemonSet.apps daemon/speaker");
    expect(await replicasNow(client, core)).toBe(1);
  });
});

describe("a process that dies", () => {
  /** The label and the scale of two controllers. */
  test.each([1, 2, 3, 4])(
    "after write %d of the stop leaves what can be put back",
    async (n) => {
      const namespace = `dies-${n}`;
      await makeNamespace(cluster.api, namespace);
      const make = (name: string, more: object) =>
        makeProgram(cluster.api, client, { namespace, name, ...more });
      const controllers = [
        await make("core", {}),
        await make("kcp", { kind: "StatefulSet", update: true, manager: "kubectl-create" }),
      ];
      const before = await statesOf(controllers);
      const { recorded, error } = await stop(testRun(dyingAfter(client, n)), { controllers });
      expect(error).toBeInstanceOf(Died);
      await start(client, recorded);
      expect(await statesOf(controllers)).toEqual(before);
    },
    LONG,
  );

  test.each([1, 2, 3, 4])(
    "after write %d of the start leaves what can be put back",
    async (n) => {
      const namespace = `dies-back-${n}`;
      await makeNamespace(cluster.api, namespace);
      const make = (name: string) => makeProgram(cluster.api, client, { namespace, name });
      const controllers = [await make("core"), await make("kcp")];
      const before = await statesOf(controllers);
      const { recorded } = await stop(testRun(client), { controllers });
      await expect(start(dyingAfter(client, n), recorded)).rejects.toBeInstanceOf(Died);
      await start(client, recorded);
      expect(await statesOf(controllers)).toEqual(before);
      const again = await start(watchWrites(client, refuseWrites), recorded);
      expect(again.notes()).toEqual([]);
    },
    LONG,
  );

  test(
    "before it wrote anything has changed nothing",
    async () => {
      await makeNamespace(cluster.api, "recorded");
      const core = await makeProgram(cluster.api, client, { namespace: "recorded", name: "core" });
      const { id, uid, replicas } = core;
      const entry = { id, uid, replicas, parent: false, managedFields: "" };
      await start(watchWrites(client, refuseWrites), [entry]);
      expect(await replicasNow(client, core)).toBe(1);
    },
    LONG,
  );

  test(
    "and whose label somebody takes away still has its record",
    async () => {
      await makeNamespace(cluster.api, "unlabelled");
      const core = await makeProgram(cluster.api, client, {
        namespace: "unlabelled",
        name: "core",
      });
      const before = await statesOf([core]);
      const { recorded } = await stop(testRun(client), { controllers: [core] });
      const path = "/apis/apps/v1/namespaces/unlabelled/deployments/core";
      const labels = {
        "capi-pivot.github.io/run": null,
        "capi-pivot.github.io/replicas-before": null,
      };
      await ask(cluster.api, "PATCH", path, { metadata: { labels } }, MERGE);
      await start(client, recorded);
      expect(await statesOf([core])).toEqual(before);
    },
    LONG,
  );

  test(
    "and whose controller somebody makes anew leaves the new one alone, and says so",
    async () => {
      await makeNamespace(cluster.api, "anew");
      const core = await makeProgram(cluster.api, client, { namespace: "anew", name: "core" });
      const { recorded } = await stop(testRun(client), { controllers: [core] });
      await client.delete(DEPLOYMENT_KIND, { namespace: "anew", name: "core" }, { uid: core.uid });
      await makeProgram(cluster.api, client, { namespace: "anew", name: "core", replicas: 2 });
      expect(requireStopped({ source: client }, recorded)).rejects.toMatchObject({
        code: "CONTROLLER_NOT_STOPPED",
      });
      const run = await start(watchWrites(client, refuseWrites), recorded);
      expect(run.notes()[0]).toContain("Deployment.apps anew/core of the source");
    },
    LONG,
  );
});

function refuseWrites(write: string): void {
  throw new Error(`nothing should be written: ${write}`);
}

describe("a controller that does not stop", () => {
  test(
    "because somebody scales it back is named, and so is somebody",
    async () => {
      await makeNamespace(cluster.api, "stubborn");
      const core = await makeProgram(cluster.api, client, { namespace: "stubborn", name: "core" });
      const before = await statesOf([core]);
      const path = "/apis/apps/v1/namespaces/stubborn/deployments/core?fieldManager=autoscaler";
      const fighting = watchWrites(client, async (write) => {
        if (!write.endsWith("scale")) return;
        await ask(cluster.api, "PATCH", path, { spec: { replicas: 2 } }, MERGE);
      });
      const { recorded, error } = await stop(testRun(fighting), { controllers: [core] });
      expect(error).toMatchObject({ code: "CONTROLLER_NOT_STOPPED", cluster: "source" });
      expect((error as PivotError).message).toContain(
        "Deployment.apps stubborn/core of the source cluster was scaled back to 2 by autoscaler",
      );
      await start(client, recorded);
      expect(await replicasNow(client, core)).toBe(1);
      expect(JSON.stringify(await statesOf([core]))).not.toContain(OUR_PREFIX);
      expect(before).toHaveLength(1);
    },
    LONG,
  );

  test(
    "because its pod hangs is waited for, and named after the time-out",
    async () => {
      await makeNamespace(cluster.api, "hanging");
      const core = await makeProgram(cluster.api, client, { namespace: "hanging", name: "core" });
      const path = await podPath("hanging");
      await ask(cluster.api, "PATCH", path, { metadata: { finalizers: ["x.y/z"] } }, MERGE);
      const run = testRun(client, { timeoutMs: 2_000 });
      const { recorded, error } = await stop(run, { controllers: [core] });
      expect(error).toMatchObject({ code: "CONTROLLER_NOT_STOPPED" });
      expect((error as PivotError).message).toMatch(
        /did not stop within 2 s: still waiting for Pod hanging\/core-\S+ to end/,
      );
      await ask(cluster.api, "PATCH", path, { metadata: { finalizers: null } }, MERGE);
      await start(client, recorded);
      expect(await replicasNow(client, core)).toBe(1);
    },
    LONG,
  );

  const leases: readonly (readonly [string, string, object, (pod: string) => string])[] = [
    ["arguments", "by-flag", { args: ["--leader-election-id=by-flag"] }, () => "elsewhere_1"],
    [
      "provider",
      "controller-leader-election-capi",
      { labels: { "cluster.x-k8s.io/provider": "cluster-api" } },
      () => "elsewhere_2",
    ],
    ["pod", "anything", {}, (pod) => `${pod}_6a5c2c1e`],
  ];
  test.each(leases)(
    "because somebody renews the lease known by its %s",
    async (how, name, options, holder) => {
      const namespace = `leader-${how}`;
      await makeNamespace(cluster.api, namespace);
      const core = await makeProgram(cluster.api, client, { namespace, name: "core", ...options });
      const pod = (await podPath(namespace)).split("/").at(-1) ?? "";
      const leader = await playLeader(namespace, name, holder(pod));
      const run = testRun(client, { timeoutMs: 4_000 });
      const { error, recorded } = await stop(run, { controllers: [core] });
      expect(error).toMatchObject({ code: "CONTROLLER_NOT_STOPPED" });
      expect((error as PivotError).message).toContain(
        `Lease ${namespace}/${name} not to be renewed any more by ${holder(pod)}`,
      );
      await leader.stop();
      await start(client, recorded);
      // Silent now: it stops.
      expect((await stop(testRun(client), { controllers: [core] })).error).toBeUndefined();
    },
    LONG,
  );

  test(
    "a lease of somebody else is not waited for, nor one that was given up",
    async () => {
      await makeNamespace(cluster.api, "others");
      const core = await makeProgram(cluster.api, client, {
        namespace: "others",
        name: "core",
        args: ["--leader-election-id", "mine"],
      });
      const other = await playLeader("others", "not-mine", "stranger_1");
      await client.create(LEASE_KIND, {
        metadata: { namespace: "others", name: "mine" },
        spec: { holderIdentity: "", leaseDurationSeconds: 1 },
      });
      const { error } = await stop(testRun(client), { controllers: [core] });
      await other.stop();
      expect(error).toBeUndefined();
    },
    LONG,
  );
});

/** How pods end; the lease of a leader that never gives it up would be waited for 20 seconds more. */
describe("a leader that is gone", () => {
  interface Leader {
    readonly core: Controller;
    readonly pod: string;
    readonly lease: string;
  }

  /** A pod on a node, with a lease of a minute. */
  async function leader(namespace: string): Promise<Leader> {
    await makeNamespace(cluster.api, namespace);
    const core = await makeProgram(cluster.api, client, { namespace, name: "core" });
    const pod = await podPath(namespace);
    const name = pod.split("/").at(-1) ?? "";
    const target = { kind: "Node", name: "node-1" };
    await ask(cluster.api, "POST", `${pod}/binding`, { metadata: { name }, target });
    const holderIdentity = `${name}_6a5c2c1e`;
    const renewTime = new Date().toISOString().replace("Z", "000Z");
    await client.create(LEASE_KIND, {
      metadata: { namespace, name: "leader" },
      spec: { holderIdentity, leaseDurationSeconds: 60, renewTime },
    });
    return { core, pod, lease: `Lease ${namespace}/leader` };
  }

  /** As soon as it is scaled to 0, the pod goes. */
  async function stopAs(
    { core, pod }: Leader,
    how: (pod: string) => Promise<void>,
  ): Promise<unknown> {
    const scaled = watchWrites(client, async (write) => {
      if (write.endsWith("scale")) void until(() => isEnding(pod)).then(() => how(pod));
    });
    const { error } = await stop(testRun(scaled, { timeoutMs: 5_000 }), { controllers: [core] });
    return error;
  }

  async function isEnding(pod: string): Promise<boolean> {
    return JSON.stringify(await ask(cluster.api, "GET", pod)).includes("deletionTimestamp");
  }

  async function forget(pod: string): Promise<void> {
    await ask(cluster.api, "DELETE", pod, { gracePeriodSeconds: 0 });
  }

  test(
    "by its kubelet's word is not waited for",
    async () => {
      const error = await stopAs(await leader("over"), async (pod) => {
        const terminated = { exitCode: 0, reason: "Completed" };
        const container = { name: "manager", image: "i", imageID: "", ready: false };
        const containerStatuses = [{ ...container, restartCount: 0, state: { terminated } }];
        const status = { phase: "Failed", containerStatuses };
        await ask(cluster.api, "PATCH", `${pod}/status`, { status }, MERGE);
        await forget(pod);
      });
      expect(error).toBeUndefined();
    },
    LONG,
  );

  test(
    "from the API alone may live on",
    async () => {
      const one = await leader("forced");
      const error = await stopAs(one, forget);
      expect(error).toMatchObject({ code: "CONTROLLER_NOT_STOPPED" });
      expect((error as PivotError).message).toContain(`${one.lease} not to be renewed any more`);
    },
    LONG,
  );
});

async function podPath(namespace: string): Promise<string> {
  const list = (await ask(cluster.api, "GET", `/api/v1/namespaces/${namespace}/pods`)) as {
    readonly items: readonly { readonly metadata: { readonly name: string } }[];
  };
  return `/api/v1/namespaces/${namespace}/pods/${list.items[0]?.metadata.name}`;
}

/** Renews a lease until it is told to stop; two seconds of silence, a third of the lease, would be its end. */
async function playLeader(
  namespace: string,
  name: string,
  holderIdentity: string,
): Promise<{ stop(): Promise<void> }> {
  const renewTime = () => new Date().toISOString().replace("Z", "000Z");
  const spec = { holderIdentity, leaseDurationSeconds: 6, renewTime: renewTime() };
  await client.create(LEASE_KIND, { metadata: { namespace, name }, spec });
  let isLeader = true;
  const renewing = (async () => {
    while (isLeader) {
      const patch = { spec: { renewTime: renewTime() } };
      await client.patch(LEASE_KIND, { namespace, name }, "merge", patch);
      await Bun.sleep(200);
    }
  })();
  const leader = {
    stop: async () => {
      isLeader = false;
      await renewing;
    },
  };
  leaders.push(leader);
  return leader;
}
