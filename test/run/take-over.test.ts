// Taking the lock over on a real API server: from whom at once, from whom after a while, and from whom never.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import { OUR_NAMESPACE, OURS } from "../../src/model/capi.ts";
import type { Clock, ClusterClient } from "../../src/model/client.ts";
import { numberOf } from "../../src/model/json.ts";
import { fieldAt, type KubeObject, stringAt } from "../../src/model/object.ts";
import type { ProcessIdentity } from "../../src/model/process.ts";
import { type HeldLease, type LeaseDeps, writeGate } from "../../src/run/held-lease.ts";
import { ensureHome } from "../../src/run/home.ts";
import { acquireLease } from "../../src/run/lock.ts";
import { LEASE_KIND } from "../../src/run/our-kinds.ts";
import { takeOverLease } from "../../src/run/take-over.ts";
import { open } from "../kube/opened.ts";
import { refusalOf, somebody, steadyClock, type Who } from "../support/lock-stage.ts";
import { watchWrites } from "../support/run-context.ts";
import { type OwnCluster, startCluster } from "../support/testbed/management-cluster.ts";

const LONG = 60_000;
const ADDRESS = { namespace: OUR_NAMESPACE, name: "capi-pivot" };
const DEAD: ProcessIdentity = { bootId: "b", namespaces: "pid:[1]", pid: 42, startTime: "7" };
/** The same run, user and host as whoever takes over. */
const OLD: Who = {
  holder: "run-a somebody@here",
  process: { ...somebody("old").process, identity: DEAD },
};
const NEW: Who = { ...somebody("new"), holder: OLD.holder };

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

function depsFor(clock: Clock, who: Who): LeaseDeps {
  return { client, clock, gate: (_, beforeWrite) => client.withWriteGate(beforeWrite), ...who };
}

interface Watched {
  readonly held: Promise<HeldLease>;
  readonly clock: Clock;
  readonly seconds: number[];
}

/** A clock of its own whose sleeps end at once; `atSecond` is called while somebody watches. */
function takeOver(
  who: Who,
  {
    atSecond,
    over = client,
  }: {
    readonly atSecond?: (second: number) => Promise<unknown>;
    readonly over?: ClusterClient;
  } = {},
): Watched {
  const clock = steadyClock();
  const interrupt = new AbortController().signal;
  const seconds: number[] = [];
  const sleep: Clock["sleep"] = async (ms, signal) => {
    // Not those of whoever holds it by then: no renewals are wanted here.
    if (signal !== interrupt) return clock.sleep(ms, signal);
    signal.throwIfAborted();
    clock.jump(ms);
    await atSecond?.(seconds.at(-1) ?? 0);
  };
  const onWaiting = (second: number): void => void seconds.push(second);
  const deps = {
    ...depsFor({ ...clock, sleep }, who),
    client: over,
    signal: interrupt,
    onWaiting,
  };
  return { held: takeOverLease(deps), clock, seconds };
}

async function lease(): Promise<KubeObject> {
  return client.get(LEASE_KIND, ADDRESS);
}

test("makes the lock when there is none", async () => {
  const { held, seconds } = takeOver(NEW);
  expect(await (await held).remaining()).toBeGreaterThan(10_000);
  expect(seconds).toEqual([]);
  await (await held).release();
});

describe("a lock that was left behind", () => {
  test("is taken at once from a dead process of this machine", async () => {
    const left = await acquireLease(depsFor(steadyClock(), OLD));
    const before = await lease();
    const { held, seconds } = takeOver({ ...NEW, ...somebody("new", DEAD) });
    const taken = await held;
    expect(seconds).toEqual([]);
    const after = await lease();
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.metadata.annotations).toEqual({ [OURS.processId]: "new" });
    expect(numberOf(fieldAt(after, "spec", "leaseTransitions"))).toBe(1);
    expect(stringAt(after, "spec", "acquireTime")).toBeDefined();
    expect(await taken.remaining()).toBeGreaterThan(10_000);
    await left.release();
    await taken.release();
  });

  test("is taken from anybody else when it was seen unchanged for 15 s", async () => {
    const left = await acquireLease(depsFor(steadyClock(), OLD));
    const { held, seconds } = takeOver(NEW);
    const taken = await held;
    expect(seconds).toEqual(Array.from({ length: 15 }, (_, second) => second));
    expect(await taken.remaining()).toBeGreaterThan(10_000);
    await left.release();
    await taken.release();
  });

  test("is made anew when it goes while it is watched", async () => {
    const left = await acquireLease(depsFor(steadyClock(), OLD));
    const { held, seconds } = takeOver(NEW, {
      atSecond: async (second) => {
        if (second === 3) await left.release();
      },
    });
    await (await held).release();
    expect(seconds).toEqual([0, 1, 2, 3]);
  });
});

describe("a lock is left to its holder", () => {
  test("when it is renewed while it is watched, at the last moment too", async () => {
    const clock = steadyClock();
    const left = await acquireLease(depsFor(clock, OLD));
    const { held, seconds } = takeOver(NEW, {
      atSecond: async (second) => {
        if (second !== 14) return;
        clock.jump(13_000);
        await left.remaining();
      },
    });
    const { code, message, hint } = await refusalOf(held);
    expect(code).toBe("LOCKED");
    expect(message).toContain("run run-a somebody@here since ");
    expect(message).toContain("nothing was changed");
    expect(hint).toContain("kubectl capi-pivot status");
    expect(seconds).toHaveLength(15);
    await left.release();
  });

  test("when somebody else is faster by one request", async () => {
    const left = await acquireLease(depsFor(steadyClock(), OLD));
    const faster: HeldLease[] = [];
    const overtaken: ClusterClient = {
      ...watchWrites(client, () => undefined),
      replace: async (...request) => {
        faster.push(await takeOver(somebody("faster", DEAD)).held);
        return client.replace(...request);
      },
    };
    const { code } = await refusalOf(takeOver(somebody("slower", DEAD), { over: overtaken }).held);
    expect(code).toBe("LOCKED");
    expect((await lease()).metadata.annotations?.[OURS.processId]).toBe("faster");
    for (const held of [...faster, left]) await held.release();
  });

  test("unless it is our own whose answer was lost", async () => {
    const left = await acquireLease(depsFor(steadyClock(), OLD));
    const lossy: ClusterClient = {
      ...watchWrites(client, () => undefined),
      replace: async (...request) => {
        await client.replace(...request);
        return client.replace(...request);
      },
    };
    const taken = await takeOver(somebody("new", DEAD), { over: lossy }).held;
    expect(await taken.remaining()).toBeGreaterThan(10_000);
    for (const held of [taken, left]) await held.release();
  });

  test("when the interrupt comes first", async () => {
    const left = await acquireLease(depsFor(steadyClock(), OLD));
    const before = await lease();
    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    const clock = { ...steadyClock(), sleep: takeSignal };
    const deps = { ...depsFor(clock, NEW), signal: controller.signal, onWaiting: () => undefined };
    const held = takeOverLease(deps);
    controller.abort(reason);
    expect(await held.catch((error: unknown) => error)).toBe(reason);
    expect(await lease()).toEqual(before);
    await left.release();
  });
});

async function takeSignal(_ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
}

describe("the old process, when it wakes up", () => {
  test("is refused its next write, and does not take the lock from the new one", async () => {
    const clock = steadyClock();
    const old = await acquireLease(depsFor(clock, OLD));
    const { held } = takeOver(somebody("new", DEAD));
    const taken = await held;
    const before = await lease();
    clock.jump(13_000);
    const { code, exitCode } = await refusalOf(writeGate(() => [old])());
    expect({ code, exitCode }).toEqual({ code: "LEASE_LOST", exitCode: 3 });
    await old.release();
    expect(await lease()).toEqual(before);
    await taken.release();
  });
});
