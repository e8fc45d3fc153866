// Starts the latency proxy in a process of its own and ends it.
import { join } from "node:path";
import type { LatencyProxyOptions } from "./latency-proxy.ts";

export interface LatencyProcess {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const MAIN = join(import.meta.dir, "latency-proxy-main.ts");

/** Resolves when it listens. */
export async function startLatencyProcess(options: LatencyProxyOptions): Promise<LatencyProcess> {
  const { host, port, roundTripMs } = options;
  const rtt = roundTripMs === undefined ? [] : ["--rtt", String(roundTripMs)];
  const child = Bun.spawn(
    [process.execPath, MAIN, "--to", `${host}:${port}`, ...rtt, "--until-stdin-ends"],
    { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  );
  const stop = async (): Promise<void> => {
    child.kill();
    await child.exited;
  };
  const own = Number(await firstLine(child.stdout));
  if (!Number.isInteger(own) || own === 0) {
    await stop();
    throw new Error("the latency proxy did not start");
  }
  return { port: own, pid: child.pid, stop };
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0] ?? "";
}
