// Whether this process has lived all the time. One that stood still (a laptop that slept, SIGSTOP) cannot know what
// others have done meanwhile; one that waited for a network has tried all the time and can.
import type { Clock } from "../model/client.ts";

/** A moment by both clocks, in ms. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

export function momentOf(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() };
}

/** By both clocks: the monotonic one may stand still while a laptop sleeps, the wall clock may be set. */
export function msSince(moment: Moment, clock: Clock): number {
  return Math.max(clock.now() - moment.wall, clock.monotonic() - moment.monotonic);
}

export class Pulse {
  readonly #clock: Clock;
  readonly #limitMs: number;
  #last: Moment;
  #hasStopped = false;

  /** @param limitMs a longer time without a beat is a standstill. */
  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#last = momentOf(clock);
  }

  /** Called every second, and before anything that only a process may do that has never stood still. */
  beat(): void {
    if (msSince(this.#last, this.#clock) > this.#limitMs) this.#hasStopped = true;
    this.#last = momentOf(this.#clock);
  }

  /** Once true, it stays so. */
  get hasStopped(): boolean {
    this.beat();
    return this.#hasStopped;
  }
}
