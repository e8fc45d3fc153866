// The world of a command, without a world: what is written is kept, and nobody can be asked.
import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import type { Io } from "../../src/cli/io.ts";

/** Keeps what is written; a terminal of 80 columns when it is one. */
export class Sink extends Writable {
  text = "";
  readonly isTTY: boolean;
  readonly columns = 80;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _: unknown, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

export interface FakeIo {
  readonly io: Io;
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** No terminal and no environment, and a question to clusters fails, unless told otherwise. */
export function ioOf(known: Partial<Io> = {}, isTerminal = false): FakeIo {
  const stdout = new Sink(isTerminal);
  const stderr = new Sink(isTerminal);
  const nobody = (): Promise<never> => Promise.reject(new Error("nobody is there"));
  const io: Io = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: {},
    now: () => 0,
    signals: new EventEmitter(),
    exitNow: () => undefined,
    openSession: nobody,
    openLook: nobody,
    openEnquiries: nobody,
    ...known,
  };
  return { io, stdout, stderr };
}
