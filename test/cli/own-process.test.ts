// Which processes of this machine are known to be dead: on Linux, where a process can tell.
import { expect, test } from "bun:test";
import { ownProcess } from "../../src/cli/own-process.ts";
import type { ProcessIdentity } from "../../src/model/process.ts";

const { identity, isDead } = ownProcess();

/** This process, where the platform tells nothing. */
const HERE: ProcessIdentity = identity ?? {
  bootId: "b",
  namespaces: "n",
  pid: process.pid,
  startTime: "1",
};

test("on Linux a process knows itself, elsewhere it takes nobody for dead", () => {
  expect(identity !== undefined).toBe(process.platform === "linux");
});

test("two have different ids, whatever else they share", () => {
  expect(ownProcess().id).not.toBe(ownProcess().id);
});

/** Of a process that has ended; its number may have been given away by now, with another start time. */
async function ended(): Promise<ProcessIdentity> {
  const child = Bun.spawn(["true"]);
  const { pid } = child;
  await child.exited;
  return { ...HERE, pid, startTime: "1" };
}

test("a process that runs is not dead", () => {
  expect(isDead(HERE)).toBe(false);
});

test("one that has ended is, on Linux", async () => {
  expect(isDead(await ended())).toBe(identity !== undefined);
});

test("one whose number somebody else has by now is, on Linux", () => {
  expect(isDead({ ...HERE, startTime: "1" })).toBe(identity !== undefined);
});

test("one of another machine, of another start of it, or in another container may live", async () => {
  const gone = await ended();
  expect(isDead({ ...gone, bootId: "another" })).toBe(false);
  expect(isDead({ ...gone, namespaces: "pid:[1]" })).toBe(false);
});
