// A network that dies in the middle of a run: waited out for longer than the locks last, and what is said and left when
// it stays dead. Through it, requests get lost before and after the server has acted.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { OUR_NAMESPACE } from "../../src/model/capi.ts";
import { EXIT, PivotError } from "../../src/model/error.ts";
import { fieldAt } from "../../src/model/object.ts";
import { expectMoved } from "../support/expect-moved.ts";
import { lookAtFleet } from "../support/fleet/look.ts";
import type { PivotOutcome } from "../support/pivot-session.ts";
import type { ArrivedRequest } from "../support/proxy/fault-rules.ts";
import type { Cut } from "../support/proxy/tcp-relay.ts";
import {
  firstOf,
  namespaceIsGone,
  type Stage,
  smallFleet,
  startStage,
  stateOf,
} from "../support/stage.ts";

const LONG = 240_000;
/** Longer than a lock lasts. */
const DEAD_MS = 20_000;
type Side = "source" | "target";

let stage: Stage;
const restores: (() => Promise<void>)[] = [];

beforeAll(async () => {
  stage = await startStage();
}, LONG * 5);

afterEach(async () => {
  for (const restore of restores.splice(0)) await restore();
  stage.reset();
});

/** What a run that stopped midway has left would be in the way of the next. */
async function cleanUp(): Promise<void> {
  for (const restore of restores.splice(0)) await restore();
  for (const cluster of [stage.source, stage.target]) {
    await cluster.api.request("DELETE", `/api/v1/namespaces/${OUR_NAMESPACE}`);
  }
  for (const cluster of [stage.source, stage.target]) {
    expect(await namespaceIsGone(cluster, OUR_NAMESPACE)).toBe(true);
  }
}

afterAll(() => stage.stop());

/** The answer to the request that it happens at is lost in it. */
function cutAt(
  where: Side,
  when: (request: ArrivedRequest) => boolean,
  cut: { readonly way: Cut; readonly sides: readonly Side[]; readonly forMs?: number },
): void {
  const before = (): void => {
    for (const side of cut.sides) restores.push(stage.proxies[side].cut(cut.way));
    if (cut.forMs !== undefined) setTimeout(restoreAll, cut.forMs);
  };
  stage.proxies[where].on({ when, times: 1, before });
}

function restoreAll(): void {
  for (const restore of restores.splice(0)) void restore();
}

const isCopy = ({ method, path, isWrite }: ArrivedRequest): boolean =>
  isWrite && method === "POST" && path.endsWith("/machines");
const isDeletion = ({ method, path }: ArrivedRequest): boolean =>
  method === "DELETE" && path.includes("/machines/");
const isCommit = ({ method, body }: ArrivedRequest): boolean =>
  method === "PUT" && body.includes('"phase":"committed"');

function waits({ events }: PivotOutcome): readonly string[] {
  return events.flatMap((event) => (event.type === "waiting" ? [event.reason] : []));
}

function notes({ events }: PivotOutcome): readonly string[] {
  return events.flatMap((event) => (event.type === "note" ? [event.text] : []));
}

describe("a network that is dead for 20 s", () => {
  const rows = [
    ["of the target falls silent during the copy", "target", isCopy, "silence", ["target"]],
    ["of the source is refused during the copy", "target", isCopy, "refuse", ["source"]],
    ["of the source falls silent during the deletion", "source", isDeletion, "silence", ["source"]],
    [
      "of both is refused during the deletion",
      "source",
      isDeletion,
      "refuse",
      ["source", "target"],
    ],
  ] as const;

  test.each(rows)(
    "%s, and the run goes on to its end",
    async (what, where, when, way, sides) => {
      const namespace = `dead-${rows.findIndex(([each]) => each === what)}`;
      const fleet = await smallFleet(stage, namespace);
      const before = await lookAtFleet(stage.source.api, fleet);
      cutAt(where, when, { way, sides, forMs: DEAD_MS });
      const outcome = await stage.pivot(fleet);
      await expectMoved(stage, fleet, before, outcome);
      for (const side of sides) {
        const words = new RegExp(
          `^for the ${side} cluster to answer again \\((1m)?\\d\\ds left\\)$`,
        );
        expect(waits(outcome).filter((reason) => words.test(reason)).length).toBeGreaterThan(3);
        expect(notes(outcome).join()).toContain(`the ${side} cluster answers again after `);
      }
    },
    LONG,
  );
});

function errorOf({ error }: PivotOutcome): PivotError {
  if (error instanceof PivotError) return error;
  throw error ?? new Error("it went well");
}

describe("a network that stays dead", () => {
  afterEach(cleanUp);

  test(
    "of the source before the point of no return: nothing is put back, and the error says what to type",
    async () => {
      const fleet = await smallFleet(stage, "before");
      cutAt("target", isCopy, { way: "silence", sides: ["source"] });
      const outcome = await stage.pivot(fleet, { waitForNetwork: "4s" });
      const { code, exitCode, message, hint } = errorOf(outcome);
      expect({ code, exitCode }).toEqual({ code: "CLUSTER_UNREACHABLE", exitCode: EXIT.midway });
      expect(message).toContain("the source cluster (");
      expect(message).toContain("; it was waited for 4s; ");
      expect(message).toContain(
        "nothing was deleted from the source, Clusters in it may be paused",
      );
      expect(hint).toContain("kubectl capi-pivot resume");
      expect(hint).toContain("rollback");
      expect(outcome.events.map(({ type }) => type)).not.toContain("rolling-back");
      const cluster = firstOf(
        await lookAtFleet(stage.source.api, fleet),
        "Cluster.cluster.x-k8s.io",
      );
      expect(fieldAt(cluster, "spec", "paused")).toBe(true);
    },
    LONG,
  );

  test(
    "at the point of no return: the error does not claim to know on which side of it",
    async () => {
      const fleet = await smallFleet(stage, "at");
      cutAt("source", isCommit, { way: "refuse", sides: ["source"] });
      const { code, exitCode, message, hint } = errorOf(
        await stage.pivot(fleet, { waitForNetwork: "4s" }),
      );
      expect({ code, exitCode }).toEqual({ code: "CLUSTER_UNREACHABLE", exitCode: EXIT.midway });
      expect(message).toContain("whether it is past the point of no return is not known");
      expect(hint).toContain("kubectl capi-pivot resume");
      expect(hint).not.toContain("rollback");
    },
    LONG,
  );

  test(
    "of both past the point of no return: exit code 4, and how far it got",
    async () => {
      const fleet = await smallFleet(stage, "after");
      cutAt("source", isDeletion, { way: "refuse", sides: ["source", "target"] });
      const { code, exitCode, message, hint } = errorOf(
        await stage.pivot(fleet, { waitForNetwork: "4s" }),
      );
      expect({ code, exitCode }).toEqual({
        code: "CLUSTER_UNREACHABLE",
        exitCode: EXIT.pastCommit,
      });
      expect(message).toContain("is past the point of no return: every object is in the target");
      expect(hint).toStartWith("kubectl capi-pivot resume");
      expect(Object.keys(await stateOf(stage.target, fleet))).toHaveLength(fleet.objects.length);
    },
    LONG,
  );

  test(
    "before anything was written: an error at once",
    async () => {
      const fleet = await smallFleet(stage, "preview");
      restores.push(stage.proxies.target.cut("refuse"));
      const outcome = await stage.pivot(fleet);
      expect(errorOf(outcome)).toMatchObject({
        code: "CLUSTER_UNREACHABLE",
        exitCode: EXIT.unchanged,
      });
      expect(waits(outcome)).toEqual([]);
      expect(stage.proxies.source.requests.filter(({ isWrite }) => isWrite)).toEqual([]);
    },
    LONG,
  );
});
