// A command line, carried out in this process by the program itself: argv in; exit code, both streams and the lines of
// `-o ndjson` out. Connections are real, the terminal is not there.
import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import type { Io } from "../../src/cli/io.ts";
import { runProgram } from "../../src/cli/program.ts";
import { openLook, openSession } from "../../src/cli/wiring.ts";

/** One line of `-o ndjson`, see docs/events.md. */
export interface EventLine {
  readonly time: string;
  readonly type: string;
  readonly step?: string;
  readonly run?: string;
  readonly text?: string;
  readonly code?: string;
  readonly severity?: string;
  readonly why?: string;
  readonly hint?: string;
  readonly reason?: string;
  readonly objects?: unknown;
  readonly error?: Failure;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly cluster?: string;
  readonly exitCode: number;
}

/** What came of it. */
export interface Typed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Empty without `-o ndjson`. */
  readonly lines: readonly EventLine[];
  /** Of the last line. */
  readonly failure: Failure | undefined;
}

export interface TypeOptions {
  /** Default: nothing but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** What comes through stdin. Default: nothing, and no end. */
  readonly input?: string;
  /** Called for every event, as it happens. */
  readonly onLine?: (line: EventLine) => void;
}

/** Types `kubectl capi-pivot <argv>` and waits for the end. */
export async function type(argv: readonly string[], options: TypeOptions = {}): Promise<Typed> {
  const isNdjson = argv.includes("ndjson");
  const lines: EventLine[] = [];
  const stdout = new Sink((text) => {
    if (!isNdjson) return;
    const line = JSON.parse(text) as EventLine;
    lines.push(line);
    options.onLine?.(line);
  });
  const stderr = new Sink(() => undefined);
  const stdin = new PassThrough();
  if (options.input !== undefined) stdin.end(options.input);
  const io: Io = {
    stdin,
    stdout,
    stderr,
    env: options.env ?? { PATH: process.env["PATH"] },
    now: () => Date.now(),
    signals: new EventEmitter(),
    exitNow: (code, line) => {
      throw new Error(`nobody pressed Ctrl-C twice: ${code} ${line}`);
    },
    openSession,
    openLook,
    openEnquiries: () => import("../../src/cli/enquiries.ts"),
  };
  const exitCode = await runProgram(argv, io);
  const failure = lines.at(-1)?.error;
  return { exitCode, stdout: stdout.text, stderr: stderr.text, lines, failure };
}

class Sink extends Writable {
  text = "";
  readonly isTTY = false;
  readonly #onWrite: (text: string) => void;

  constructor(onWrite: (text: string) => void) {
    super();
    this.#onWrite = onWrite;
  }

  override _write(chunk: Buffer, _: unknown, done: () => void): void {
    const text = String(chunk);
    this.text += text;
    this.#onWrite(text);
    done();
  }
}

/** Findings of a run or a plan that was typed with `-o ndjson`. */
export function findingsOf({ lines }: Typed): readonly EventLine[] {
  return lines.filter((line) => line.type === "finding");
}
