// A live fleet: real managers in the source, a bare target, one pivot. The Machines go on running, and at no moment do
// managers of both clusters write to what moves, as the API servers' own audit logs tell.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { compareStrings, fieldAt, stringAt } from "../../src/model/object.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import {
  applyLiveFleet,
  LIVE_MACHINES,
  LIVE_NAMESPACES,
} from "../support/live/apply-live-fleet.ts";
import { type LivePair, startLivePair } from "../support/live/live-pair.ts";
import { readLiveState, waitUntilRunning } from "../support/live/live-state.ts";
import { finishedSteps, type PivotOutcome, pivot } from "../support/pivot-session.ts";
import { type AuditEvent, isWrite, readAudit } from "../support/testbed/audit.ts";
import type { OwnCluster } from "../support/testbed/management-cluster.ts";

const LONG = 400_000;
let pair: LivePair;

beforeAll(async () => {
  pair = await startLivePair({ audit: true });
  await applyLiveFleet(pair.source.api);
  await waitUntilRunning(pair.source.api, LIVE_MACHINES);
}, 5 * LONG);

afterAll(() => pair?.stop());

/** What must be the same on both sides and at all times. */
async function machinesOf(cluster: OwnCluster): Promise<readonly string[]> {
  const { machines } = await readLiveState(cluster.api);
  return machines.map(({ name, providerId, phase }) => `${name} ${providerId} ${phase}`).sort();
}

describe("a failure before the commit", () => {
  test(
    "leaves the source's fleet alive, its controllers back, and the target bare",
    async () => {
      const before = await machinesOf(pair.source);
      const outcome = await pivot({
        from: pair.source,
        to: pair.target,
        onEvent: (event) => {
          if (event.type === "step-started" && event.step === "verify") throw new Error("a bug");
        },
      });
      expect(String(outcome.error)).toContain("a bug");
      expect(await machinesOf(pair.source)).toEqual(before);
      await scaleWorkers(pair.source, 2);
      await waitUntilRunning(pair.source.api, LIVE_MACHINES + 1);
      await scaleWorkers(pair.source, 1);
      await waitUntilRunning(pair.source.api, LIVE_MACHINES);
      expect(await ourCrds(pair.target)).toEqual([]);
    },
    LONG,
  );
});

describe("a live fleet", () => {
  test(
    "goes on running in the target, and the source manages nothing",
    async () => {
      const before = await machinesOf(pair.source);
      const startedAt = Date.now();
      const outcome = await pivot({ from: pair.source, to: pair.target, proveFor: "10s" });
      expect(outcome.error).toBeUndefined();
      expect(outcome.summary?.proof).toBe("proved");
      expect(finishedSteps(outcome)).toEqual(STEPS);
      expect(waitsFor("MachineHealthCheck", outcome)).toEqual([]);
      expect(await machinesOf(pair.target)).toEqual(before);

      expect(await programsOf(pair.source)).toEqual([]);
      expect(await webhooksOf(pair.source)).toEqual([]);
      expect(await ourCrds(pair.source)).toEqual([]);
      await expectOneWriter(startedAt);

      await scaleWorkers(pair.target, 2);
      await waitUntilRunning(pair.target.api, LIVE_MACHINES + 1);
    },
    LONG,
  );
});

const STEPS = [
  ...["connect", "discover", "preflight", "lock", "install", "preflight", "freeze", "stop"],
  ...["snapshot", "copy", "verify", "commit", "delete", "thaw", "prove", "clean", "close"],
];

/** Their controller looks at them every 15 s at most: that is not waited for while nobody reconciles. */
function waitsFor(kind: string, { events }: PivotOutcome): readonly string[] {
  return events.flatMap((event) =>
    event.type === "waiting" && event.step !== "prove" && event.reason.includes(kind)
      ? [`${event.step}: ${event.reason}`]
      : [],
  );
}

async function scaleWorkers(cluster: OwnCluster, replicas: number): Promise<void> {
  const base = `/apis/cluster.x-k8s.io/v1beta2/namespaces/live-plain/machinedeployments`;
  const [name = "none"] = await namesOf(cluster, base);
  const patch = { spec: { replicas } };
  await ask(cluster.api, "PATCH", `${base}/${name}`, patch, "application/merge-patch+json");
}

async function namesOf(cluster: OwnCluster, path: string): Promise<readonly string[]> {
  const items = fieldAt(await ask(cluster.api, "GET", path), "items");
  const all: readonly unknown[] = Array.isArray(items) ? items : [];
  return all.map((item) => stringAt(item, "metadata", "name") ?? "");
}

function programsOf(cluster: OwnCluster): Promise<readonly string[]> {
  return namesOf(cluster, "/apis/apps/v1/deployments");
}

async function webhooksOf(cluster: OwnCluster): Promise<readonly string[]> {
  const group = "/apis/admissionregistration.k8s.io/v1";
  return [
    ...(await namesOf(cluster, `${group}/validatingwebhookconfigurations`)),
    ...(await namesOf(cluster, `${group}/mutatingwebhookconfigurations`)),
  ];
}

async function ourCrds(cluster: OwnCluster): Promise<readonly string[]> {
  const all = await namesOf(cluster, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
  return all.filter((name) => name.endsWith("cluster.x-k8s.io"));
}

/** The last write of the source's managers to what moves is before the first of the target's. */
async function expectOneWriter(startedAt: number): Promise<void> {
  const [source, target] = await Promise.all([readAudit(pair.source), readAudit(pair.target)]);
  // What was undone before is another run, in which the source went on afterwards.
  const timesOf = (events: readonly AuditEvent[]): readonly string[] =>
    events
      .filter(isOfManager)
      .map(timeOf)
      .filter((time) => Date.parse(time) >= startedAt);
  const [inSource, inTarget] = [timesOf(source), timesOf(target)];
  // Acknowledged pauses.
  expect(inSource.length).toBeGreaterThan(10);
  expect(inTarget.length).toBeGreaterThan(10);
  const last = [...inSource].sort(compareStrings).at(-1) ?? "";
  const [first = ""] = [...inTarget].sort(compareStrings);
  expect(last < first).toBe(true);
}

function isOfManager(event: AuditEvent): boolean {
  const user = stringAt(event, "user", "username") ?? "";
  const group = stringAt(event, "objectRef", "apiGroup") ?? "";
  const namespace = stringAt(event, "objectRef", "namespace") ?? "";
  const isManager = user.startsWith("system:serviceaccount:cap");
  return (
    isWrite(event) &&
    isManager &&
    group.endsWith("cluster.x-k8s.io") &&
    LIVE_NAMESPACES.some((name) => name === namespace)
  );
}

function timeOf(event: AuditEvent): string {
  return stringAt(event, "requestReceivedTimestamp") ?? "";
}
