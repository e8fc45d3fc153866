// A run that is killed, on real servers: `resume` brings it to its end, `rollback` to its beginning, whichever write was
// the last one. The whole matrix is `./scripts/test --crash=full`; here is one moment of every kind, with what is said.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { OUR_NAMESPACE } from "../../src/model/capi.ts";
import { EXIT } from "../../src/model/error.ts";
import { expectArrived } from "../support/expect-moved.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import type { Fleet } from "../support/fleet/fleets.ts";
import { lookAtFleet } from "../support/fleet/look.ts";
import type { Snapshot } from "../support/fleet/snapshot.ts";
import {
  type ClusterFlags,
  clusterFlags,
  killAt,
  type Moment,
  startProgram,
} from "../support/killed-run.ts";
import { type KubeconfigFolder, kubeconfigFolder } from "../support/kubeconfig-folder.ts";
import type { ArrivedRequest } from "../support/proxy/fault-rules.ts";
import { namespaceIsGone, type Stage, smallFleet, startStage, stateOf } from "../support/stage.ts";
import { type Typed, type } from "../support/typed.ts";

const LONG = 180_000;
const MERGE = "application/merge-patch+json";

let stage: Stage;
let folder: KubeconfigFolder;
let flags: ClusterFlags;

beforeAll(async () => {
  stage = await startStage();
  folder = await kubeconfigFolder();
  flags = await clusterFlags(stage, folder);
}, LONG * 6);

afterEach(() => {
  stage.reset();
});

afterAll(async () => {
  await stage.stop();
  await folder.remove();
});

function isWrite(method: string, path: RegExp, body = ""): Moment["when"] {
  return (request: ArrivedRequest) =>
    request.isWrite &&
    request.method === method &&
    path.test(request.path) &&
    request.body.includes(body);
}

const RECORD = /\/configmaps(\/|$)/;
const CLUSTER = /\/clusters(\/|$)/;
const MACHINE = /\/machines(\/|$)/;

const BEFORE_COMMIT: readonly (readonly [string, Moment])[] = [
  ["makes the target's record", { cluster: "target", when: isWrite("POST", RECORD) }],
  ["pauses the Cluster", { cluster: "source", when: isWrite("PATCH", CLUSTER, '"paused":true') }],
  ["creates Machines", { cluster: "target", when: isWrite("POST", MACHINE) }],
  ["restores a status", { cluster: "target", when: isWrite("PUT", /\/machines\/.*\/status/) }],
  [
    "says `verified` in the source",
    { cluster: "source", when: isWrite("PUT", RECORD, "verified") },
  ],
];

const AFTER_COMMIT: readonly (readonly [string, Moment])[] = [
  ["commits", { cluster: "source", when: isWrite("PUT", RECORD, '"phase":"committed"') }],
  [
    "takes the finalizers off Machines",
    { cluster: "source", when: isWrite("PATCH", MACHINE, "delete-for-move") },
  ],
  ["deletes Machines", { cluster: "source", when: isWrite("DELETE", MACHINE) }],
  ["deletes the Cluster", { cluster: "source", when: isWrite("DELETE", CLUSTER) }],
  ["thaws Machines", { cluster: "target", when: isWrite("PATCH", MACHINE, "managedFields") }],
  ["unpauses the Cluster", { cluster: "target", when: isWrite("PATCH", CLUSTER, '"paused":null') }],
  ["removes the source's record", { cluster: "source", when: isWrite("DELETE", RECORD) }],
];

let number = 0;

/** A fleet whose pivot was killed at that moment. */
async function killed(moment: Moment): Promise<{
  readonly fleet: Fleet;
  readonly before: Snapshot;
  readonly state: Awaited<ReturnType<typeof stateOf>>;
}> {
  number += 1;
  const fleet = await smallFleet(stage, `killed-${number}`);
  const before = await lookAtFleet(stage.source.api, fleet);
  const state = await stateOf(stage.source, fleet);
  const namespaces = fleet.namespaces.flatMap((namespace) => ["-n", namespace]);
  await killAt(stage, [...flags.both, ...namespaces, "--yes", "--prove-for=0"], moment);
  stage.reset();
  return { fleet, before, state };
}

function typed(command: "resume" | "rollback", ...more: readonly string[]): Promise<Typed> {
  return type([command, ...flags.both, "--yes", ...more]);
}

async function expectMoved(fleet: Fleet, before: Snapshot): Promise<void> {
  await expectArrived(stage, fleet, before);
  expect(await namespaceIsGone(stage.source, OUR_NAMESPACE)).toBe(true);
}

async function expectUntouched(
  fleet: Fleet,
  state: Awaited<ReturnType<typeof stateOf>>,
): Promise<void> {
  expect(await stateOf(stage.source, fleet)).toEqual(state);
  expect([...(await lookAtFleet(stage.target.api, fleet)).keys()]).toEqual([]);
  expect(await namespaceIsGone(stage.source, OUR_NAMESPACE)).toBe(true);
}

describe("a run that dies when it", () => {
  test.each([...BEFORE_COMMIT, ...AFTER_COMMIT])(
    "%s is resumed to its end",
    async (_, moment) => {
      const { fleet, before } = await killed(moment);
      const { exitCode, stderr } = await typed("resume");
      expect({ exitCode, stderr }).toEqual({ exitCode: EXIT.done, stderr: expect.any(String) });
      await expectMoved(fleet, before);
    },
    LONG,
  );

  test.each(BEFORE_COMMIT)(
    "%s is rolled back to its beginning",
    async (_, moment) => {
      const { fleet, state } = await killed(moment);
      const { exitCode, stderr } = await typed("rollback");
      expect({ exitCode, stderr }).toEqual({
        exitCode: EXIT.done,
        stderr: expect.stringContaining("was undone"),
      });
      await expectUntouched(fleet, state);
    },
    LONG,
  );

  test(
    "deletes Machines is not rolled back: it says so, and changes nothing",
    async () => {
      const [, moment] = AFTER_COMMIT[2] ?? [];
      if (moment === undefined) throw new Error("no such moment");
      const { fleet, before } = await killed(moment);
      const { exitCode, stderr } = await typed("rollback");
      expect(exitCode).toBe(EXIT.pastCommit);
      expect(stderr).toContain("PAST_COMMIT");
      expect(stderr).toContain(`kubectl capi-pivot resume --kubeconfig=${flags.source[1]}`);
      expect((await typed("resume")).exitCode).toBe(EXIT.done);
      await expectMoved(fleet, before);
    },
    LONG,
  );
});

describe("Ctrl-C past the point of no return", () => {
  test(
    "stops between two writes with exit code 4, and resume ends the run",
    async () => {
      number += 1;
      const fleet = await smallFleet(stage, `killed-${number}`);
      const before = await lookAtFleet(stage.source.api, fleet);
      const held = stage.proxies.source.hold({ when: isWrite("DELETE", MACHINE) });
      const argv = [...flags.both, "-n", `killed-${number}`, "--yes", "--prove-for=0"];
      const running = await startProgram(argv);
      await held.arrived;
      running.kill("SIGINT");
      await running.said("interrupted past the point of no return");
      held.release();
      const { code, stderr } = await running.ended;
      expect(code).toBe(EXIT.pastCommit);
      expect(stderr).toContain("is past the point of no return");
      expect(stderr).toContain("kubectl capi-pivot resume");
      expect([...(await lookAtFleet(stage.source.api, fleet)).keys()]).not.toEqual([]);
      stage.reset();
      expect((await typed("resume")).exitCode).toBe(EXIT.done);
      await expectMoved(fleet, before);
    },
    LONG,
  );
});

describe("a rollback that dies", () => {
  test(
    "can only be rolled back, and is",
    async () => {
      const { fleet, state } = await killed({
        cluster: "target",
        when: isWrite("PUT", /\/machines\/.*\/status/),
      });
      await killAt(stage, ["rollback", ...flags.both, "--yes"], {
        cluster: "target",
        when: isWrite("DELETE", CLUSTER),
      });
      stage.reset();
      const { exitCode, stderr } = await typed("resume");
      expect({ exitCode, stderr }).toEqual({
        exitCode: EXIT.midway,
        stderr: expect.stringContaining("ROLLING_BACK"),
      });
      expect((await typed("rollback")).exitCode).toBe(EXIT.done);
      await expectUntouched(fleet, state);
      // Nothing of it is left to be undone; the target remembers an earlier run.
      expect((await typed("rollback")).stderr).toContain("PAST_COMMIT");
    },
    LONG,
  );
});

describe("foreign hands while a run was interrupted", () => {
  const COPYING: Moment = { cluster: "target", when: isWrite("PUT", /\/machines\/.*\/status/) };

  async function refused(change: (fleet: Fleet, before: Snapshot) => Promise<unknown>) {
    const { fleet, before, state } = await killed(COPYING);
    await change(fleet, before);
    const { exitCode, stderr } = await typed("resume");
    expect(exitCode).toBe(EXIT.midway);
    expect(stderr).toContain("kubectl capi-pivot rollback");
    return { fleet, state, stderr };
  }

  function nameOf(before: Snapshot, kind: string): string {
    const key = [...before.keys()].find((one) => one.startsWith(`${kind} `)) ?? "";
    return key.split("/").at(-1) ?? "";
  }

  test(
    "unpaused a Cluster: it is named, and nothing is paused again behind their back",
    async () => {
      const { stderr, fleet } = await refused(async ({ namespaces }, before) => {
        const name = nameOf(before, "Cluster.cluster.x-k8s.io");
        const path = `/apis/cluster.x-k8s.io/v1beta2/namespaces/${namespaces[0]}/clusters/${name}`;
        await ask(stage.source.api, "PATCH", path, { spec: { paused: null } }, MERGE);
      });
      expect(stderr).toContain("has been unpaused by somebody else");
      expect((await typed("rollback")).exitCode).toBe(EXIT.done);
      expect([...(await lookAtFleet(stage.target.api, fleet)).keys()]).toEqual([]);
    },
    LONG,
  );

  test(
    "added a Secret below the Cluster: the kind is named",
    async () => {
      const { stderr } = await refused(async ({ namespaces }, before) => {
        const [cluster] = [...before].filter(([key]) => key.startsWith("Cluster.cluster.x-k8s.io"));
        const { metadata } = cluster?.[1] ?? { metadata: { name: "", uid: "" } };
        const owner = {
          apiVersion: "cluster.x-k8s.io/v1beta2",
          kind: "Cluster",
          name: metadata.name,
          uid: metadata.uid,
        };
        await ask(stage.source.api, "POST", `/api/v1/namespaces/${namespaces[0]}/secrets`, {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "late", ownerReferences: [owner] },
        });
      });
      expect(stderr).toContain("objects of kind Secret take part now");
      expect((await typed("rollback")).exitCode).toBe(EXIT.done);
    },
    LONG,
  );

  test(
    "edited a copy: it is named with its field",
    async () => {
      const { stderr, fleet, state } = await refused(async ({ namespaces }, before) => {
        const name = nameOf(before, "Machine.cluster.x-k8s.io");
        const path = `/apis/cluster.x-k8s.io/v1beta2/namespaces/${namespaces[0]}/machines/${name}`;
        await ask(stage.target.api, "PATCH", path, { spec: { providerID: "x:///y" } }, MERGE);
      });
      expect(stderr).toContain("COPY_DIFFERS");
      expect((await typed("rollback")).exitCode).toBe(EXIT.done);
      await expectUntouched(fleet, state);
    },
    LONG,
  );
});

describe("options of a run that is resumed", () => {
  test(
    "come from its record: a flag that contradicts it is a usage error",
    async () => {
      const { fleet, before } = await killed({ cluster: "target", when: isWrite("POST", MACHINE) });
      const { exitCode, stderr } = await typed("resume", "--status=drop");
      expect({ exitCode, stderr }).toEqual({
        exitCode: EXIT.usage,
        stderr: expect.stringContaining("--status is not what run"),
      });
      expect((await typed("resume", "--status=restore")).exitCode).toBe(EXIT.done);
      await expectMoved(fleet, before);
    },
    LONG,
  );
});
