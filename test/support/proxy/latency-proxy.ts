// A line with a round-trip time in front of a local server. Plain TCP: TLS is end to end, so any client will do.
import { startRelay } from "./tcp-relay.ts";

export interface LatencyProxyOptions {
  readonly host: string;
  readonly port: number;
  /** Whole milliseconds, default 20. Connecting itself takes no time. */
  readonly roundTripMs?: number;
}

export interface LatencyProxy {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Open now. */
  readonly connections: number;
  stop(): Promise<void>;
}

export const DEFAULT_ROUND_TRIP_MS = 20;

/** Bytes take half the round trip in each direction, however many are on their way. */
export function startLatencyProxy(options: LatencyProxyOptions): Promise<LatencyProxy> {
  const { host, port, roundTripMs = DEFAULT_ROUND_TRIP_MS } = options;
  const up = Math.floor(roundTripMs / 2);
  return startRelay({ host, port, delayMs: { up, down: roundTripMs - up } });
}
