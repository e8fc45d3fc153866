// Which process this is, and whether another one of this machine still runs. Linux tells; elsewhere nobody knows.
import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import type { OwnProcess, ProcessIdentity } from "../model/process.ts";

/** Reads /proc; whatever is not as on an ordinary Linux leaves the identity out. */
export function ownProcess(): OwnProcess {
  const identity = identityOrUndefined();
  return {
    id: randomUUID(),
    identity,
    isDead: (other) => identity !== undefined && isDead(other, identity),
  };
}

function identityOrUndefined(): ProcessIdentity | undefined {
  try {
    // A /proc of another pid namespace knows this process by another number, or not at all.
    if (readlinkSync("/proc/self") !== String(process.pid)) return undefined;
    const stat = statOf(process.pid);
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    if (stat === undefined || bootId === "") return undefined;
    return { bootId, namespaces: namespaces(), pid: process.pid, startTime: stat.startTime };
  } catch {
    return undefined;
  }
}

/** Pids count in the one, start times in the other. Kernels before 5.6 have no namespaces of time. */
function namespaces(): string {
  const pid = readlinkSync("/proc/self/ns/pid");
  try {
    return `${pid} ${readlinkSync("/proc/self/ns/time")}`;
  } catch {
    return pid;
  }
}

function isDead(other: ProcessIdentity, own: ProcessIdentity): boolean {
  if (other.bootId !== own.bootId || other.namespaces !== own.namespaces) return false;
  if (!isThere(other.pid)) return true;
  const stat = statOf(other.pid);
  if (stat === undefined) return false;
  return stat.startTime !== other.startTime || ENDED.has(stat.state);
}

/** Nobody has asked for its exit code yet; it runs no code any more. */
const ENDED: ReadonlySet<string> = new Set(["Z", "X"]);

/** Asked of the kernel, not of /proc, which may hide processes of other users (hidepid). */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/** Fields 3 and 22 of /proc/PID/stat; the second is a name in brackets that may hold anything. */
function statOf(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state, startTime] = [fields[0], fields[START_TIME]];
    return state === undefined || startTime === undefined ? undefined : { state, startTime };
  } catch {
    return undefined;
  }
}

/** Counted from the state. */
const START_TIME = 19;
