// The lock on a real API server, with a clock that can jump: who may write, and who finds out in time that it may not.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import { OUR_NAMESPACE, OURS } from "../../src/model/capi.ts";
import type { Clock } from "../../src/model/client.ts";
import { EXIT } from "../../src/model/error.ts";
import { type KubeObject, stringAt } from "../../src/model/object.ts";
import { type HeldLease, type LeaseDeps, writeGate } from "../../src/run/held-lease.ts";
import { ensureHome, removeHomeIfEmpty } from "../../src/run/home.ts";
import { acquireLease, refuseLocked } from "../../src/run/lock.ts";
import { CONFIG_MAP_KIND, LEASE_KIND, NAMESPACE_KIND } from "../../src/run/our-kinds.ts";
import { open } from "../kube/opened.ts";
import { refusalOf, somebody, steadyClock, type Who } from "../support/lock-stage.ts";
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

const US = somebody("run-a somebody@here");
const OTHERS = somebody("run-b other@there");

function depsFor(clock: Clock, who: Who): LeaseDeps {
  return { client, clock, gate: (_, beforeWrite) => client.withWriteGate(beforeWrite), ...who };
}

function take(clock: Clock, who: Who = US): Promise<HeldLease> {
  return acquireLease(depsFor(clock, who));
}

describe("taking the lock", () => {
  test("names whoever has it", async () => {
    const held = await take(steadyClock());
    const { code, exitCode, message } = await refusalOf(take(steadyClock(), OTHERS));
    expect({ code, exitCode }).toEqual({ code: "LOCKED", exitCode: EXIT.unchanged });
    expect(message).toContain("run-a somebody@here since ");
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
    const held = await take(steadyClock(), OTHERS);
    await held.release();
    expect(await client.list(LEASE_KIND, { namespace: OUR_NAMESPACE })).toEqual([]);
  });

  test("one that has run out is for rollback to clear, when no run was begun", async () => {
    const held = await take(steadyClock());
    const late = steadyClock();
    late.jump(20_000);
    const { code, hint } = await refusalOf(take(late, OTHERS));
    expect(code).toBe("LOCKED");
    expect(hint).toContain("kubectl capi-pivot rollback");
    await held.release();
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

  test("renews a lock that has run out while nobody wanted it, as long as the process lived", async () => {
    const clock = steadyClock();
    const held = await take(clock);
    clock.jump(10_000);
    expect(await held.remaining()).toBe(5_000);
    clock.jump(10_000);
    expect(await held.remaining()).toBe(15_000);
    await held.release();
  });

  test("is refused after a sleep, whatever the lock looks like by then", async () => {
    const clock = steadyClock();
    const held = await take(clock);
    clock.jump(15_001);
    await refusalOf(held.remaining());
    const [before] = await client.list(LEASE_KIND, { namespace: OUR_NAMESPACE });
    expect((await refusalOf(held.remaining())).code).toBe("LEASE_LOST");
    await held.release();
    const [after] = await client.list(LEASE_KIND, { namespace: OUR_NAMESPACE });
    expect(after).toEqual(before as KubeObject);
  });

  test("goes on when a renewal has met itself", async () => {
    const clock = steadyClock();
    const held = await take(clock);
    await client.patch(LEASE_KIND, ADDRESS, "merge", { spec: { leaseTransitions: 1 } });
    clock.jump(13_000);
    expect(await held.remaining()).toBe(15_000);
    await held.release();
    expect(await client.list(LEASE_KIND, { namespace: OUR_NAMESPACE })).toEqual([]);
  });

  test("is refused when somebody else has taken over, before it is sent", async () => {
    const clock = steadyClock();
    const held = await take(clock);
    const metadata = { annotations: { [OURS.processId]: OTHERS.process.id } };
    const body = { metadata, spec: { holderIdentity: OTHERS.holder } };
    await client.patch(LEASE_KIND, ADDRESS, "merge", body);
    clock.jump(13_000);
    const gated = client.withWriteGate(writeGate(() => [held]));
    const map = { metadata: { namespace: OUR_NAMESPACE, name: "never-written" } };
    const { code } = await refusalOf(gated.create(CONFIG_MAP_KIND, map));
    expect(code).toBe("LEASE_LOST");
    const maps = await client.list(CONFIG_MAP_KIND, { namespace: OUR_NAMESPACE });
    expect(maps.map(({ metadata }) => metadata.name)).not.toContain("never-written");
    const [lease] = await client.list(LEASE_KIND, { namespace: OUR_NAMESPACE });
    expect(stringAt(lease, "spec", "holderIdentity")).toBe(OTHERS.holder);
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
