// The lock on a real API server, with a clock that can jump: who may write, and who finds out in time that it may not.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import { OUR_NAMESPACE } from "../../src/model/capi.ts";
import type { Clock } from "../../src/model/client.ts";
import { EXIT, PivotError } from "../../src/model/error.ts";
import { stringAt } from "../../src/model/object.ts";
import { ensureHome, removeHomeIfEmpty } from "../../src/run/home.ts";
import { acquireLease, type HeldLease, refuseLocked, writeGate } from "../../src/run/lock.ts";
import { CONFIG_MAP_KIND, LEASE_KIND, NAMESPACE_KIND } from "../../src/run/our-kinds.ts";
import { open } from "../kube/opened.ts";
import { namespaceIsGone } from "../support/stage.ts";
import { type OwnCluster, startCluster } from "../support/testbed/management-cluster.ts";

const LONG = 60_000;
const ADDRESS = { namespace: OUR_NAMESPACE, name: "capi-pivot" };
let cluster: OwnCluster;
let client: OpenCluster;

beforeAll(async () => {
  cluster = await startCluster({ name: "source" });
  client = await open(cluster.adminKubeconfig());
  await ensureHome(client, steadyClock());
}, LONG * 15);

afterEach(async () => {
  for (const lease of await client.list(LEASE_KIND, { namespace: OUR_NAMESPACE })) {
    await client.delete(LEASE_KIND, ADDRESS, { uid: lease.metadata.uid });
  }
});

afterAll(() => cluster.stop());

interface JumpingClock extends Clock {
  /** Both clocks by default; a laptop that sleeps may stop the monotonic one. */
  jump(ms: number, which?: "both" | "wall" | "monotonic"): void;
}

/** Stands still; its sleeps end with their signal only, so that renewals in the background do not come in between. */
function steadyClock(): JumpingClock {
  const time = { wall: Date.now(), monotonic: 0 };
  return {
    now: () => time.wall,
    monotonic: () => time.monotonic,
    sleep: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
      }),
    jump: (ms, which = "both") => {
      if (which !== "monotonic") time.wall += ms;
      if (which !== "wall") time.monotonic += ms;
    },
  };
}

function take(clock: Clock, holder = "run-a somebody@here"): Promise<HeldLease> {
  const gate: Parameters<typeof acquireLease>[0]["gate"] = (_, beforeWrite) =>
    client.withWriteGate(beforeWrite);
  return acquireLease({ client, holder, clock, gate });
}

async function refusalOf(work: Promise<unknown>): Promise<PivotError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PivotError) return error;
  throw error ?? new Error("it was not refused");
}

describe("taking the lock", () => {
  test("names whoever has it", async () => {
    const held = await take(steadyClock());
    const { code, exitCode, message } = await refusalOf(take(steadyClock(), "run-b other@there"));
    expect({ code, exitCode }).toEqual({ code: "LOCKED", exitCode: EXIT.unchanged });
    expect(message).toContain("run-a somebody@here");
    await held.release();
  });

  test("finds itself when the answer of its own create was lost", async () => {
    const held = await take(steadyClock());
    const again = await take(steadyClock());
    expect(await again.remaining()).toBeGreaterThan(10_000);
    await held.release();
  });

  test("is free again after a release", async () => {
    await (await take(steadyClock())).release();
    const held = await take(steadyClock(), "run-b other@there");
    await held.release();
    expect(await client.list(LEASE_KIND, { namespace: OUR_NAMESPACE })).toEqual([]);
  });

  test("a lock that has run out is not called alive", async () => {
    const held = await take(steadyClock());
    await refusalOf(refuseLocked(client, steadyClock()));
    const late = steadyClock();
    late.jump(20_000);
    await refuseLocked(client, late);
    await held.release();
  });
});

describe("a write", () => {
  test("has the time that the lock lasts, less a second", async () => {
    const clock = steadyClock();
    const held = await take(clock);
    clock.jump(6_000);
    expect(await writeGate(() => [held])()).toBe(8_000);
    await held.release();
  });

  test("renews a lock that is about to run out", async () => {
    const clock = steadyClock();
    const held = await take(clock);
    clock.jump(13_000);
    expect(await writeGate(() => [held])()).toBe(14_000);
    await held.release();
  });

  const sleeps = ["both", "wall", "monotonic"] as const;
  test.each(sleeps)("is refused after a sleep seen by %s clocks", async (which) => {
    const clock = steadyClock();
    const held = await take(clock);
    clock.jump(15_001, which);
    const { code, exitCode } = await refusalOf(writeGate(() => [held])());
    expect({ code, exitCode }).toEqual({ code: "LEASE_LOST", exitCode: EXIT.midway });
  });

  test("is refused when somebody else has taken over, before it is sent", async () => {
    const clock = steadyClock();
    const held = await take(clock);
    const body = { spec: { holderIdentity: "run-b other@there" } };
    await client.patch(LEASE_KIND, ADDRESS, "merge", body);
    clock.jump(13_000);
    const gated = client.withWriteGate(writeGate(() => [held]));
    const map = { metadata: { namespace: OUR_NAMESPACE, name: "never-written" } };
    const { code } = await refusalOf(gated.create(CONFIG_MAP_KIND, map));
    expect(code).toBe("LEASE_LOST");
    const maps = await client.list(CONFIG_MAP_KIND, { namespace: OUR_NAMESPACE });
    expect(maps.map(({ metadata }) => metadata.name)).not.toContain("never-written");
    const [lease] = await client.list(LEASE_KIND, { namespace: OUR_NAMESPACE });
    expect(stringAt(lease, "spec", "holderIdentity")).toBe("run-b other@there");
  });
});

describe("our namespace", () => {
  test(
    "goes when nothing is in it, and not before",
    async () => {
      const held = await take(steadyClock());
      await removeHomeIfEmpty(client);
      const found = await client.get(NAMESPACE_KIND, { name: OUR_NAMESPACE });
      expect(found.metadata.deletionTimestamp).toBeUndefined();
      await held.release();
      await removeHomeIfEmpty(client);
      expect(await namespaceIsGone(cluster, OUR_NAMESPACE)).toBe(true);
    },
    LONG,
  );

  test("is left alone when it is not labelled as ours", async () => {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: OUR_NAMESPACE } };
    await client.create(NAMESPACE_KIND, body);
    await removeHomeIfEmpty(client);
    const found = await client.get(NAMESPACE_KIND, { name: OUR_NAMESPACE });
    expect(found.metadata.deletionTimestamp).toBeUndefined();
  });
});
