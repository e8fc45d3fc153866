// Servers that never outlive us. A small `sh`, the guard, starts each and holds one end of a named pipe, the leash, whose
// other end only we hold: when the leash ends it kills the server. It ends when we want it to, and just as well when we
// crash or are killed with SIGKILL.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";

export interface ServerSpec {
  readonly name: string;
  readonly command: readonly string[];
  /** Gets the log, `<name>.log`. */
  readonly folder: string;
}

export interface Server {
  readonly name: string;
  readonly pid: number;
  readonly logPath: string;
  /** False as soon as it has ended, for whatever reason. */
  isRunning(): boolean;
  /** Kills it and waits until it is gone. */
  stop(): Promise<void>;
}

// The guard is a grandchild, not a child: when a test times out, bun kills every child of the whole test run. The leash
// is read in the background, so that `wait` reaps the server at once when it ends by itself.
const GUARD = `
leash=$1; log=$2; shift 2
exec 3<"$leash" </dev/null
{
  "$@" >"$log" 2>&1 3<&- &
  server=$!
  ( while read -r line <&3; do :; done; kill -KILL "$server" ) >/dev/null 2>&1 &
  watcher=$!
  echo "$server"
  exec >/dev/null 2>&1
  wait "$server"
  kill "$watcher"
} &
`;

// Servers die first, and a moment later nothing writes to their folder any more.
const FOLDER_GUARD = `
exec 3<"$1" </dev/null
{ while read -r line <&3; do :; done; sleep 1; rm -rf "$2"; } >/dev/null 2>&1 &
`;

/** Starts a server below its guard; does not wait until it answers. */
export async function startServer({ name, command, folder }: ServerSpec): Promise<Server> {
  const logPath = join(folder, `${name}.log`);
  const leash = openLeash(folder, name);
  const output = await runScript(GUARD, leash, [logPath, ...command]);
  const pid = Number(output);
  if (!Number.isInteger(pid) || pid <= 0) throw new Error(`${name} was not started`);
  const isRunning = (): boolean => isAlive(pid);
  return {
    name,
    pid,
    logPath,
    isRunning,
    stop: async () => {
      leash.release();
      while (isRunning()) await Bun.sleep(10);
    },
  };
}

/** Has a folder removed when this process ends, however it ends. The function removes it now. */
export async function guardFolder(folder: string): Promise<() => Promise<void>> {
  const leash = openLeash(folder, "folder");
  await runScript(FOLDER_GUARD, leash, [folder]);
  return async () => {
    await rm(folder, { recursive: true, force: true });
    leash.release();
  };
}

/** Whether a process exists; a zombie does too. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

interface Leash {
  readonly path: string;
  /** May be called twice. */
  release(): void;
}

function openLeash(folder: string, name: string): Leash {
  const path = join(folder, `${name}.leash`);
  execFileSync("mkfifo", ["-m", "600", path]);
  // For reading too: opening a pipe for writing alone waits for a reader.
  let descriptor: number | undefined = openSync(path, "r+");
  return {
    path,
    release: () => {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

/** Runs a script that leaves a guard behind; in a session of its own, where no Ctrl-C of a terminal reaches it. */
async function runScript(script: string, leash: Leash, args: readonly string[]): Promise<string> {
  const child = spawn("sh", ["-c", script, "guard", leash.path, ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const output = await text(child.stdout);
  // Both ends are open: nobody needs the name any more.
  rmSync(leash.path, { force: true });
  return output;
}

export interface ReadinessOptions {
  /** Servers without which this one cannot become ready: the death of one is reported instead. */
  readonly needs?: readonly Server[];
  readonly timeoutMs?: number;
}

/** Asks until `isReady`; throws with the end of a server's log when it dies or time runs out. */
export async function waitUntilReady(
  server: Server,
  isReady: () => Promise<boolean>,
  { needs = [], timeoutMs = 60_000 }: ReadinessOptions = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  // One question may hang, while the server dies or because somebody else has its port.
  const answer = (): Promise<boolean> =>
    Promise.race([isReady().catch(() => false), Bun.sleep(1_000).then(() => false)]);
  while (!(await answer())) {
    const ended = [...needs, server].find((each) => !each.isRunning());
    if (ended !== undefined) throw brokenServer(ended, "has ended");
    if (performance.now() > deadline) throw brokenServer(server, "does not answer");
    await Bun.sleep(50);
  }
}

function brokenServer(server: Server, what: string): Error {
  return new Error(`${server.name} ${what}; the end of its log:\n${logTail(server)}`);
}

/** The last lines of what a server printed. */
function logTail(server: Server, lines = 20): string {
  return readFileSync(server.logPath, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}
