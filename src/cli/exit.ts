// The end of the program: any error becomes a PivotError with the exit code that fits what was already written.
import { EXIT, KubeApiError, PivotError, refusedRequest } from "../model/error.ts";
import { type ErrorTextOptions, errorText } from "../report/error-text.ts";
import type { RunWatch } from "./run-watch.ts";

/** PivotErrors as they are; answers of servers with the exit code of the stage; all else is a bug. */
export function toPivotError(error: unknown, watch?: RunWatch): PivotError {
  if (error instanceof PivotError) return error;
  if (error instanceof KubeApiError) {
    return refusedRequest(error, watch?.exitCode ?? EXIT.unchanged);
  }
  const message = error instanceof Error ? error.message : String(error);
  return new PivotError({ code: "BUG", message, exitCode: EXIT.bug, cause: error });
}

export interface Ending {
  readonly exitCode: number;
  readonly text: string;
}

/** Exit code, and what goes to stderr. */
export function endWith(
  error: unknown,
  options: ErrorTextOptions & { readonly watch?: RunWatch },
): Ending {
  const { watch, ...textOptions } = options;
  const shown = toPivotError(error, watch);
  // A bug shows its own stack, not that of the error made here.
  const text = errorText(shown.code === "BUG" ? (shown.cause ?? shown) : shown, textOptions);
  const isUnfinished = shown.exitCode === EXIT.bug || !(error instanceof PivotError);
  const lastWords = isUnfinished ? watch?.lastWords : undefined;
  return {
    exitCode: shown.exitCode,
    text: lastWords === undefined ? text : `${text}  ${lastWords}\n`,
  };
}
