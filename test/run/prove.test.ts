// The proof after the thaw, on a real server that plays the target; the test plays its controllers.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { discover } from "../../src/discover/discover.ts";
import { identify } from "../../src/discover/identity.ts";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import { systemClock } from "../../src/kube/system-clock.ts";
import { CLUSTER_KIND } from "../../src/model/capi.ts";
import type { PivotError } from "../../src/model/error.ts";
import type { Inventory } from "../../src/model/inventory.ts";
import { fieldAt, idOf, type KubeObject, kindKey } from "../../src/model/object.ts";
import type { Plan, PlannedObject } from "../../src/model/plan.ts";
import type { Copies, Snapshot } from "../../src/run/context.ts";
import { fleetOf, MACHINE_KIND } from "../../src/run/fleet.ts";
import { type ProofRequest, prove } from "../../src/run/prove.ts";
import { open } from "../kube/opened.ts";
import { applyFleet } from "../support/fleet/apply-fleet.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import { benchFleet } from "../support/fleet/fleets.ts";
import { testRun } from "../support/run-context.ts";
import type { OwnCluster } from "../support/testbed/management-cluster.ts";
import { startCapiCluster } from "../support/testbed/pair.ts";

const LONG = 120_000;
const MERGE = "application/merge-patch+json";
const BASE = "/apis/cluster.x-k8s.io/v1beta2/namespaces";
let cluster: OwnCluster;
let client: OpenCluster;

beforeAll(async () => {
  cluster = await startCapiCluster("target");
  client = await open(cluster.adminKubeconfig(), { clock: systemClock });
}, LONG * 8);

afterAll(() => cluster.stop());

interface Moved extends ProofRequest {
  readonly cluster: KubeObject;
  readonly machine: KubeObject;
}

type Condition = Readonly<Record<"type" | "status", string>>;

/** A fleet that has just been unpaused: every copy is there, and what its source said before. */
async function movedFleet(namespace: string, before: readonly Condition[] = []): Promise<Moved> {
  const fleet = benchFleet({ clusters: 1, namespace, controlPlanes: 1, workers: 2 });
  await applyFleet(cluster.api, fleet);
  await setConditions(namespace, before);
  const inventory = await discover(client, await identify(client));
  const objects = await readFleet(inventory, namespace);
  const planned = objects.map((body) => plannedOf(inventory, body));
  const plan = { groups: [{ objects: planned }] } as unknown as Plan;
  const bodies = new Map(objects.map((body) => [body.metadata.uid, body]));
  const copies = new Map(planned.map((one) => [one.uid, { planned: one, uid: one.uid }]));
  const snapshot = { plan, bodies, source: inventory, target: inventory } as unknown as Snapshot;
  const first = (kind: string): KubeObject => {
    const found = objects.find((body) => kindKey(idOf(body)) === kind);
    if (found === undefined) throw new Error(`no ${kind}`);
    return found;
  };
  return {
    fleet: fleetOf(plan, bodies),
    snapshot,
    copies: copies as unknown as Copies,
    isActedOn: () => true,
    machines: "snapshot",
    proveForMs: 1_500,
    cluster: first(CLUSTER_KIND),
    machine: first(MACHINE_KIND),
  };
}

async function readFleet(inventory: Inventory, namespace: string): Promise<readonly KubeObject[]> {
  const kinds = [CLUSTER_KIND, MACHINE_KIND].flatMap((key) => inventory.kinds.get(key) ?? []);
  const lists = await Promise.all(kinds.map((kind) => client.list(kind, { namespace })));
  return lists.flat();
}

function plannedOf(inventory: Inventory, body: KubeObject): PlannedObject {
  const id = idOf(body);
  const kind = inventory.kinds.get(kindKey(id));
  if (kind === undefined) throw new Error(`no kind of ${kindKey(id)}`);
  return {
    id,
    uid: body.metadata.uid,
    kind,
    verdict: { kind: "move", reason: "" },
    hold: "acknowledges",
    freeze: kindKey(id) === CLUSTER_KIND ? "spec" : "none",
    hasFinalizers: true,
    owners: [],
    cutOwners: [],
    danglingOwners: [],
  };
}

/** Plays a controller: these conditions of the only Cluster are as given, all others stay. */
async function setConditions(namespace: string, changed: readonly Condition[]): Promise<void> {
  const list = (await ask(cluster.api, "GET", `${BASE}/${namespace}/clusters`)) as {
    readonly items: readonly KubeObject[];
  };
  for (const { metadata, ...rest } of list.items) {
    const found = fieldAt(rest, "status", "conditions");
    const conditions = (Array.isArray(found) ? found : []) as Condition[];
    const types = new Set(changed.map(({ type }) => type));
    const time = { lastTransitionTime: "2026-03-01T08:30:00Z", reason: "Played", message: "" };
    const next = [
      ...conditions.filter(({ type }) => !types.has(type)),
      ...changed.map((one) => ({ ...time, ...one })),
    ];
    const path = `${BASE}/${namespace}/clusters/${metadata.name}/status`;
    await ask(cluster.api, "PATCH", path, { status: { conditions: next } }, MERGE);
  }
}

async function failure(work: Promise<unknown>): Promise<PivotError> {
  return work.then(
    () => {
      throw new Error("it was proved");
    },
    (error: unknown) => error as PivotError,
  );
}

const HEALTHY: readonly Condition[] = [
  { type: "Available", status: "True" },
  { type: "RemoteConnectionProbe", status: "True" },
];

describe("proved", () => {
  test(
    "is a fleet that stays as it was",
    async () => {
      const moved = await movedFleet("as-it-was", HEALTHY);
      const run = testRun(client);
      const start = performance.now();
      expect(await prove(run.context, moved)).toEqual({
        proof: "proved",
        figures: { clusters: 1, machines: 3 },
      });
      expect(performance.now() - start).toBeGreaterThan(1_500);
      expect(run.reasons()).toEqual(["3 Machines to stay as they are"]);
    },
    LONG,
  );

  test(
    "is a Cluster that gets well in time, and it is said what was waited for",
    async () => {
      const moved = await movedFleet("gets-well", HEALTHY);
      await setConditions("gets-well", [
        { type: "Available", status: "False" },
        { type: "Paused", status: "True" },
      ]);
      const run = testRun(client);
      const proving = prove(run.context, moved);
      await Bun.sleep(1_200);
      await setConditions("gets-well", [{ type: "Paused", status: "False" }]);
      await Bun.sleep(1_200);
      await setConditions("gets-well", [{ type: "Available", status: "True" }]);
      expect((await proving).proof).toBe("proved");
      const name = moved.cluster.metadata.name;
      expect(run.reasons()).toContain(
        `Cluster.cluster.x-k8s.io gets-well/${name} does not say Paused=False: its controller does not go on, and 1 more`,
      );
      expect(run.reasons()).toContain(
        `Cluster gets-well/${name} does not say Available, as it did before (Played)`,
      );
    },
    LONG,
  );

  test(
    "is a Cluster that was ill before and is ill now",
    async () => {
      const ill = [{ type: "Available", status: "False" }];
      const moved = await movedFleet("ill", ill);
      expect((await prove(testRun(client).context, moved)).proof).toBe("proved");
    },
    LONG,
  );

  test(
    "is a rollout that goes on: its Machines come and go",
    async () => {
      const moved = await movedFleet("rollout", [{ type: "RollingOut", status: "True" }]);
      await deleteMachine(moved.machine);
      const run = testRun(client);
      expect((await prove(run.context, moved)).proof).toBe("proved");
      expect(run.notes()[0]).toStartWith("Machines of rollout/");
    },
    LONG,
  );
});

async function deleteMachine({ metadata }: KubeObject): Promise<void> {
  const path = `${BASE}/${metadata.namespace}/machines/${metadata.name}`;
  await ask(cluster.api, "PATCH", path, { metadata: { finalizers: null } }, MERGE);
  await ask(cluster.api, "DELETE", path);
}

async function addMachine({ metadata, spec }: KubeObject, name: string): Promise<void> {
  const { namespace, labels } = metadata;
  await ask(cluster.api, "POST", `${BASE}/${namespace}/machines`, {
    apiVersion: "cluster.x-k8s.io/v1beta2",
    kind: "Machine",
    metadata: { namespace, name, labels },
    spec,
  });
}

describe("not proved", () => {
  test("is what nobody watches over", async () => {
    const moved = await movedFleet("nobody");
    const { context } = testRun(client);
    expect((await prove(context, { ...moved, isActedOn: () => false })).proof).toBe(
      "no-controllers",
    );
  });

  const changes: readonly (readonly [string, (moved: Moved) => Promise<unknown>, string])[] = [
    ["a new Machine", ({ machine }) => addMachine(machine, "new"), "got Machine.cluster.x-k8s.io"],
    ["a Machine that is gone", ({ machine }) => deleteMachine(machine), "lost Machine"],
    [
      "a Machine in deletion",
      ({ machine: { metadata } }) =>
        ask(cluster.api, "DELETE", `${BASE}/${metadata.namespace}/machines/${metadata.name}`),
      "is losing Machine",
    ],
    [
      "a Machine made anew",
      async ({ machine }) => {
        await deleteMachine(machine);
        await addMachine(machine, machine.metadata.name);
      },
      "got another Machine",
    ],
    [
      "another providerID",
      ({ machine: { metadata } }) =>
        ask(
          cluster.api,
          "PATCH",
          `${BASE}/${metadata.namespace}/machines/${metadata.name}`,
          { spec: { providerID: "docker:////other" } },
          MERGE,
        ),
      "with another providerID than before",
    ],
  ];
  test.each(changes)(
    "is %s, at once",
    async (what, change, words) => {
      const namespace = what.toLowerCase().replaceAll(" ", "-");
      const moved = await movedFleet(namespace, HEALTHY);
      const proving = failure(prove(testRun(client).context, { ...moved, proveForMs: 60_000 }));
      await Bun.sleep(300);
      await change(moved);
      const { code, exitCode, message, hint, cluster } = await proving;
      expect({ code, exitCode, cluster }).toEqual({
        code: "PROOF_FAILED",
        exitCode: 4,
        cluster: "target",
      });
      expect(message).toContain(`Cluster ${namespace}/${moved.cluster.metadata.name}`);
      expect(message).toContain(words);
      expect(hint).toContain(`-n ${namespace} describe cluster`);
    },
    LONG,
  );

  test(
    "is other Machines than the record says, where the record is all that is left",
    async () => {
      const moved = await movedFleet("record");
      await addMachine(moved.machine, "late");
      const snapshot = { ...moved.snapshot, bodies: new Map() };
      const { message } = await failure(prove(testRun(client).context, { ...moved, snapshot }));
      expect(message).toContain("has other Machines or providerIDs than before (4 now, 3 before)");
    },
    LONG,
  );

  test(
    "is a Cluster that does not get well",
    async () => {
      const moved = await movedFleet("unwell", HEALTHY);
      await setConditions("unwell", [{ type: "RemoteConnectionProbe", status: "False" }]);
      const { context } = testRun(client, { timeoutMs: 1_000 });
      const { code, message } = await failure(prove(context, { ...moved, proveForMs: 100 }));
      expect(code).toBe("PROOF_FAILED");
      expect(message).toContain("does not say RemoteConnectionProbe, as it did before (Played)");
    },
    LONG,
  );
});
