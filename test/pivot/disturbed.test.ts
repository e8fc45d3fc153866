// Networks and servers that misbehave: what can be ridden out is, without anything lost or done twice.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { EXIT, PivotError } from "../../src/model/error.ts";
import { expectMoved } from "../support/expect-moved.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import { lookAtFleet } from "../support/fleet/look.ts";
import type { ArrivedRequest, Rule } from "../support/proxy/fault-rules.ts";
import { firstOf, type Stage, smallFleet, startStage, stateOf } from "../support/stage.ts";

const LONG = 180_000;
let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, LONG * 6);

afterEach(() => {
  stage.reset();
});

afterAll(() => stage.stop());

describe("a pivot goes on", () => {
  const every = (n: number, fault: Rule["fault"]): Rule => ({
    when: ({ isWrite, writeNumber = 0 }) => isWrite && writeNumber % n === 0,
    ...(fault === undefined ? {} : { fault }),
  });
  const troubles: readonly (readonly [string, Rule])[] = [
    ["the answer of every third write is lost", every(3, { type: "lose-answer" })],
    ["the answer of every fifth write is lost", every(5, { type: "lose-answer" })],
    ["every fourth write never arrives", every(4, { type: "reset" })],
    [
      "every seventh write is told to come back later",
      every(7, { type: "answer", status: 429, retryAfterSeconds: 1 }),
    ],
    ["gateways fail now and then", every(6, { type: "answer", status: 503 })],
  ];

  test.each(troubles)(
    "when %s",
    async (what, rule) => {
      const namespace = `trouble-${troubles.findIndex(([each]) => each === what)}`;
      const fleet = await smallFleet(stage, namespace);
      const before = await lookAtFleet(stage.source.api, fleet);
      stage.proxies.source.on(rule);
      stage.proxies.target.on({ ...rule });
      await expectMoved(stage, fleet, before, await stage.pivot(fleet));
    },
    LONG,
  );

  test(
    "when the answer of the commit is lost",
    async () => {
      const fleet = await smallFleet(stage, "commit");
      const before = await lookAtFleet(stage.source.api, fleet);
      stage.proxies.source.on({ when: isCommit, times: 1, fault: { type: "lose-answer" } });
      await expectMoved(stage, fleet, before, await stage.pivot(fleet));
    },
    LONG,
  );
});

function isCommit({ method, body }: ArrivedRequest): boolean {
  return method === "PUT" && body.includes('"phase":"committed"');
}

describe("two runs at once", () => {
  test(
    "the second is told who holds the lock, and changes nothing",
    async () => {
      const fleet = await smallFleet(stage, "twice");
      const before = await lookAtFleet(stage.source.api, fleet);
      const held = stage.proxies.source.hold({
        when: ({ isWrite, path }) => isWrite && path.includes("/clusters/"),
      });
      const first = stage.pivot(fleet);
      await held.arrived;
      const { error } = await stage.pivot(fleet);
      expect(error).toBeInstanceOf(PivotError);
      const { code, exitCode, message } = error as PivotError;
      expect({ code, exitCode }).toEqual({ code: "LOCKED", exitCode: EXIT.unchanged });
      expect(message).toContain("another pivot holds the lock of the source cluster");
      expect(message).toContain("nothing was changed");
      held.release();
      await expectMoved(stage, fleet, before, await first);
    },
    LONG,
  );
});

describe("past the point of no return", () => {
  test(
    "a copy that somebody deletes is made again",
    async () => {
      const fleet = await smallFleet(stage, "forward");
      const before = await lookAtFleet(stage.source.api, fleet);
      const machine = firstOf(before, "KubeadmConfigTemplate.bootstrap.cluster.x-k8s.io");
      const path = `/apis/bootstrap.cluster.x-k8s.io/v1beta2/namespaces/forward/kubeadmconfigtemplates/${machine.metadata.name}`;
      const outcome = await stage.pivot(fleet, {
        onEvent: (event) => {
          if (event.type !== "point-of-no-return") return;
          stage.proxies.source.on({
            when: ({ method, path }) => method === "DELETE" && path.endsWith("/clusters/bench-00"),
            before: () => ask(stage.target.api, "DELETE", path),
          });
        },
      });
      await expectMoved(stage, fleet, before, outcome);
    },
    LONG,
  );
});

describe("writes", () => {
  test(
    "are at most five for each object, and none is read alone",
    async () => {
      const fleet = await smallFleet(stage, "budget");
      await stage.pivot(fleet);
      const { source, target } = stage.proxies;
      const ofFleet = [...source.requests, ...target.requests].filter(({ path }) =>
        path.includes("/namespaces/budget/"),
      );
      const writes = ofFleet.filter(({ isWrite }) => isWrite);
      const roots = 1;
      expect(writes.length).toBeLessThanOrEqual(5 * fleet.objects.length + roots);
      // A sketch of the protocol needs 4.4 (testbed): far fewer would mean that nothing was counted.
      expect(writes.length).toBeGreaterThan(3 * fleet.objects.length);
      const isSingle = (path: string) => /\/namespaces\/budget\/[a-z]+\/[^/]+$/.test(path);
      const reads = ofFleet.filter(({ method, path }) => method === "GET" && isSingle(path));
      expect(reads.map(({ path }) => path)).toEqual([]);
    },
    LONG,
  );
});

describe("a target that disappears in the middle of the copy", () => {
  test(
    "leaves the source as it was, and the error says what is left where",
    async () => {
      const fleet = await smallFleet(stage, "gone");
      const before = await stateOf(stage.source, fleet);
      stage.proxies.target.on({
        when: ({ method, path, isWrite }) =>
          isWrite && method === "POST" && path.endsWith("/machines"),
        times: 1,
        before: () => stage.target.killApiServer(),
      });
      const { error } = await stage.pivot(fleet, { waitForNetwork: "5s" });
      expect(error).toBeInstanceOf(PivotError);
      const { code, exitCode, message, hint } = error as PivotError;
      expect({ code, exitCode }).toEqual({ code: "CLUSTER_UNREACHABLE", exitCode: EXIT.midway });
      expect(message).toContain("the source was put back as it was");
      expect(hint).toContain("kubectl capi-pivot rollback");
      expect(await stateOf(stage.source, fleet)).toEqual(before);
    },
    LONG,
  );
});
