// Moments that outlive a process: written down by the wall clock, counted by the monotonic one.
import type { Clock } from "../model/client.ts";

/** A moment of the monotonic clock for an RFC 3339 time of the record; now when nothing was written down. */
export function monotonicAt(clock: Clock, time: string | undefined): number {
  const ago = time === undefined ? 0 : clock.now() - Date.parse(time);
  return clock.monotonic() - Math.max(0, ago);
}
