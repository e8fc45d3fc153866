// What tests of the lock share: a clock that jumps when told, processes that want the lock, refusals.
import type { Clock } from "../../src/model/client.ts";
import { PivotError } from "../../src/model/error.ts";
import type { OwnProcess, ProcessIdentity } from "../../src/model/process.ts";

export interface JumpingClock extends Clock {
  /** Both clocks by default; a laptop that sleeps may stop the monotonic one. */
  jump(ms: number, which?: "both" | "wall" | "monotonic"): void;
}

/** Stands still; its sleeps end with their signal only, so that renewals in the background do not come in between. */
export function steadyClock(): JumpingClock {
  const time = { wall: Date.now(), monotonic: 0 };
  return {
    now: () => time.wall,
    monotonic: () => time.monotonic,
    sleep: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
      }),
    jump: (ms, which = "both") => {
      if (which !== "monotonic") time.wall += ms;
      if (which !== "wall") time.monotonic += ms;
    },
  };
}

export interface Who {
  readonly holder: string;
  readonly process: OwnProcess;
}

/** `dead`: what it knows to be dead. */
export function somebody(holder: string, dead?: ProcessIdentity): Who {
  const isDead = (other: ProcessIdentity): boolean => Bun.deepEquals(other, dead);
  return { holder, process: { id: holder, identity: undefined, isDead } };
}

/** The error that `work` must end with. */
export async function refusalOf(work: Promise<unknown>): Promise<PivotError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PivotError) return error;
  throw error ?? new Error("it was not refused");
}
