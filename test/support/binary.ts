// The compiled program, built when it is missing or older than its sources, and started as a shell would start it.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { findPrograms } from "./testbed/programs.ts";

const REPOSITORY = join(import.meta.dir, "..", "..");
const DIST = join(REPOSITORY, "dist");
const BINARY = join(DIST, "kubectl-capi_pivot");

let built: string | undefined;

/** The path of the program; half a minute when it must be built. */
export function binary(): string {
  built ??= buildIfOld();
  return built;
}

function buildIfOld(): string {
  if (!existsSync(BINARY) || statSync(BINARY).mtimeMs < newestSource()) {
    const script = join(REPOSITORY, "scripts", "build.ts");
    const { status, stderr } = spawnSync(process.execPath, [script], { cwd: REPOSITORY });
    if (status !== 0) throw new Error(`the build failed: ${stderr}`);
  }
  return BINARY;
}

function newestSource(): number {
  const sources = [...new Bun.Glob("src/**/*").scanSync({ cwd: REPOSITORY }), "package.json"];
  return Math.max(...sources.map((file) => statSync(join(REPOSITORY, file)).mtimeMs));
}

/** Like a login shell's: nothing of the test run's own environment but what programs need. kubectl is the testbed's. */
export async function plainEnv(
  more: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  const { kubectl } = await findPrograms();
  const path = [DIST, dirname(kubectl), process.env["PATH"] ?? ""].join(delimiter);
  // A home that is not there; without the second, Bun itself would make it when it runs sources.
  const home = { HOME: join(REPOSITORY, "no-home"), BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" };
  return { PATH: path, ...home, TERM: "xterm-256color", ...more };
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program under way, its outputs piped. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves when stderr has said this. */
  said(words: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a command: its stdin is empty, its outputs are pipes. */
export async function start(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const child = Bun.spawn([...command], {
    env: await plainEnv(env),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const stderr = new Listener();
  const heard = stderr.hear(child.stderr);
  const stdout = new Response(child.stdout).text();
  const ended = async (): Promise<Ended> => {
    const code = await child.exited;
    await heard;
    return { code, stdout: await stdout, stderr: stderr.text };
  };
  return {
    pid: child.pid,
    ended: ended(),
    said: (words) => stderr.said(words),
    kill: (signal) => child.kill(signal),
  };
}

/** Starts the program and waits for its end. */
export async function capiPivot(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return (await start([binary(), ...argv], env)).ended;
}

/** Collects what a program says, and tells when it has said something. */
export class Listener {
  text = "";
  readonly #over = new AbortController();
  #changed = Promise.withResolvers<void>();

  async hear(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.add(decoder.decode(chunk, { stream: true }));
    this.end();
  }

  add(text: string): void {
    this.text += text;
    this.#wake();
  }

  /** Nothing more will be said. */
  end(): void {
    this.#over.abort();
    this.#wake();
  }

  /** @throws Error when the program has ended without saying it. */
  async said(words: string): Promise<void> {
    while (!this.text.includes(words)) {
      if (this.#over.signal.aborted)
        throw new Error(`never said ${JSON.stringify(words)}: ${this.text}`);
      await this.#changed.promise;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
