// The silence of one cluster: since when no request has had an answer of any kind, who is told about it, and how long
// it is waited for. One for all requests to that cluster.
import type { Clock } from "../model/client.ts";
import { silenceDelay } from "./backoff.ts";

/** How a run bears with a cluster that does not answer. Seconds are whole ones. */
export interface NetworkWait {
  /** Milliseconds from the first request without an answer; 0: not at all. */
  readonly waitMs: number;
  /** Each second of a silence: how long it has lasted, and how long it may last still. */
  readonly onWaiting: (seconds: number, left: number) => void;
  /** The end of a silence that was told of. */
  readonly onAnswer: (seconds: number) => void;
}

export const NO_WAIT: NetworkWait = {
  waitMs: 0,
  onWaiting: () => undefined,
  onAnswer: () => undefined,
};

/** Connections break all the time: this much is ridden out without a word, whatever was asked for. */
const LEAST_WAIT_MS = 3_000;
const TICK_MS = 1_000;

/** All moments are of the monotonic clock, ms. */
export class Outage {
  readonly #clock: Clock;
  readonly #wait: NetworkWait;
  #since: number | undefined;
  #over = new AbortController();
  /** Of requests under way. */
  #hanging = new AbortController();
  #waiting = 0;
  #isTicking = false;
  #told = 0;
  /** The silence has lasted too long: who asks now may listen for a while again. */
  #isOver = false;

  constructor(clock: Clock, wait: NetworkWait) {
    this.#clock = clock;
    this.#wait = wait;
  }

  /** The last request that has ended had no answer. */
  get isOn(): boolean {
    return this.#since !== undefined;
  }

  /** How long it has lasted. */
  get silentMs(): number {
    return this.#since === undefined ? 0 : this.#clock.monotonic() - this.#since;
  }

  /** Milliseconds from the first failure that are waited at the most. */
  get waitMs(): number {
    return Math.max(this.#wait.waitMs, LEAST_WAIT_MS);
  }

  /** A request has got no answer. */
  begin(): void {
    this.#since ??= this.#clock.monotonic();
    this.#tick();
  }

  /** A request has got an answer, whatever it says: everybody who waits asks again now. */
  end(): void {
    if (this.#since === undefined) return;
    this.#since = undefined;
    this.#over.abort();
    this.#over = new AbortController();
    if (this.#told > 0) {
      // Their connections are as dead as they were during the silence.
      this.#giveUpHanging();
      this.#wait.onAnswer(this.#told);
    }
    this.#told = 0;
    this.#isOver = false;
  }

  /** Nobody waits any more. */
  close(): void {
    this.#since = undefined;
    this.#over.abort();
  }

  /**
   * Aborted when there is no point in listening to a request any more that is under way now: the silence has lasted too
   * long, or it is over and others have got through. Not aborted yet when it is given out.
   */
  get patience(): AbortSignal {
    return this.#hanging.signal;
  }

  /** While somebody waits, each second is told. */
  async whileWaiting<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    this.#tick();
    try {
      return await work();
    } finally {
      this.#waiting--;
    }
  }

  /**
   * Milliseconds until a request is tried again that has had no answer `failures` times, from `firstFailureAt` on;
   * undefined when it is enough.
   */
  delayAfter(failures: number, firstFailureAt: number, chance: number): number | undefined {
    const from = Math.min(firstFailureAt, this.#since ?? firstFailureAt);
    return silenceDelay(failures, this.#clock.monotonic() - from, this.waitMs, chance);
  }

  /** Ends early when the cluster answers. Rejects with the signal's reason. */
  async sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const over = this.#over.signal;
    const either = signal === undefined ? over : AbortSignal.any([signal, over]);
    try {
      await this.#clock.sleep(ms, either);
    } catch (error) {
      signal?.throwIfAborted();
      if (!over.aborted) throw error;
    }
  }

  #tick(): void {
    if (this.#isTicking || !this.#isWatched) return;
    this.#isTicking = true;
    void this.#tellEachSecond().finally(() => {
      this.#isTicking = false;
    });
  }

  get #isWatched(): boolean {
    return this.#since !== undefined && this.#waiting > 0;
  }

  async #tellEachSecond(): Promise<void> {
    while (this.#isWatched) {
      await this.sleep(TICK_MS, undefined);
      if (this.#since !== undefined) this.#tell(this.#clock.monotonic() - this.#since);
    }
  }

  #tell(silentMs: number): void {
    const left = Math.ceil((this.waitMs - silentMs) / 1000);
    if (left <= 0) {
      if (!this.#isOver) this.#giveUpHanging();
      this.#isOver = true;
      return;
    }
    const seconds = Math.floor(silentMs / 1000);
    if (seconds < 1 || this.#wait.waitMs === 0) return;
    this.#told = seconds;
    this.#wait.onWaiting(seconds, left);
  }

  /** For whoever explains it: as if each had run into its own time-out. */
  #giveUpHanging(): void {
    this.#hanging.abort(new DOMException("the cluster is silent", "TimeoutError"));
    this.#hanging = new AbortController();
  }
}
