// Ctrl-C and its kin: the first one asks the run to stop and clean up, the second one stops at once.
import { EXIT, PivotError } from "../model/error.ts";

const CODES = {
  SIGINT: EXIT.sigint,
  SIGTERM: EXIT.sigterm,
  SIGHUP: EXIT.sighup,
} as const;

export type SignalName = keyof typeof CODES;

/** The part of `process` that is needed. */
export interface SignalSource {
  on(name: SignalName, listener: () => void): unknown;
  off(name: SignalName, listener: () => void): unknown;
}

export interface SignalOptions {
  readonly source: SignalSource;
  /** After the first signal. */
  readonly onFirst: () => void;
  /** At the second one: must end the process. */
  readonly onSecond: (exitCode: number) => void;
}

export interface Signals {
  /** Aborted with a PivotError INTERRUPTED. */
  readonly signal: AbortSignal;
  stop(): void;
}

/** Listens until `stop`. */
export function listenForSignals({ source, onFirst, onSecond }: SignalOptions): Signals {
  const controller = new AbortController();
  const listeners = Object.entries(CODES).map(([key, exitCode]) => {
    const name = key as SignalName;
    const listener = (): void => {
      if (controller.signal.aborted) {
        onSecond(exitCode);
        return;
      }
      const message = `interrupted by ${name}`;
      controller.abort(new PivotError({ code: "INTERRUPTED", message, exitCode }));
      onFirst();
    };
    source.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    stop: () => {
      for (const { name, listener } of listeners) source.off(name, listener);
    },
  };
}
