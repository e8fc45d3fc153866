// Servers that never outlive us. Each runs below a small `sh`, the guard, in a session of its own (Ctrl-C in a terminal
// does not reach it); the guard reads a pipe that only we hold open and kills its server when the pipe ends: when we ask
// for it, and just as well when we crash or are killed with SIGKILL.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { text } from "node:stream/consumers";

export interface ServerSpec {
  readonly name: string;
  readonly command: readonly string[];
  /** Gets stdout and stderr. */
  readonly logPath: string;
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

// Reading happens in the background so that `wait` notices at once when the server ends by itself. Descriptor 3: a
// background command's own stdin would be /dev/null.
const GUARD = `
log=$1; shift
exec 3<&0 </dev/null
"$@" >"$log" 2>&1 3<&- &
server=$!
( exec >/dev/null; while read -r line <&3; do :; done; kill -KILL "$server" ) 2>/dev/null &
watcher=$!
echo "$server"
exec >/dev/null
wait "$server"; code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`;

// Servers die first, and a moment later nothing writes to their folder any more.
const FOLDER_GUARD = 'while read -r line; do :; done; sleep 1; rm -rf "$1"';

/** Starts a server below its guard; does not wait until it answers. */
export async function startServer(spec: ServerSpec): Promise<Server> {
  const guard = spawn("sh", ["-c", GUARD, `guard-${spec.name}`, spec.logPath, ...spec.command], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const exited = exitOf(guard);
  const pid = Number(await text(guard.stdout));
  release(guard);
  if (!Number.isInteger(pid) || pid <= 0) throw new Error(`${spec.name} was not started`);
  let running = true;
  void exited.then(() => {
    running = false;
  });
  return {
    name: spec.name,
    pid,
    logPath: spec.logPath,
    isRunning: () => running,
    stop: async () => {
      guard.stdin?.end();
      await exited;
    },
  };
}

/** Has a folder removed when this process ends, however it ends. The function removes it now. */
export function guardFolder(folder: string): () => Promise<void> {
  const guard = spawn("sh", ["-c", FOLDER_GUARD, "guard-folder", folder], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  release(guard);
  return async () => {
    await rm(folder, { recursive: true, force: true });
    guard.stdin?.end();
  };
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

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on("exit", () => resolve());
    child.on("error", reject);
  });
}

/** Lets our process end while the guard still runs: that end is what the guard waits for. */
function release(guard: ChildProcess): void {
  guard.unref();
  // A guard that is gone already closes the pipe before we do.
  guard.stdin?.on("error", () => undefined);
}
