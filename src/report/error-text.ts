// Errors as the last lines of a run: what happened, the code to search for, what to type next.
import { type ErrorCode, PivotError } from "../model/error.ts";
import { widthOf, wrap } from "./layout.ts";
import type { Palette } from "./palette.ts";

const REPORT = "https://github.com/capi-pivot/kubectl-capi-pivot/issues";

const HEADING = "error: ";

export interface ErrorTextOptions {
  readonly palette: Palette;
  /** Where to wrap the message; default: nowhere. */
  readonly columns?: number;
  /** Show stack and causes of ordinary errors too (`-v 4` and above). */
  readonly verbose?: boolean;
}

/** Message, code and hint of a PivotError; anything else is a bug and gets its stack. */
export function errorText(error: unknown, options: ErrorTextOptions): string {
  if (!(error instanceof PivotError) || error.code === "BUG")
    return bugText(error, options.palette);
  const { palette, columns = Number.POSITIVE_INFINITY, verbose = false } = options;
  const { code, cluster, hint, message } = error;
  const [first = "", ...rest] = wrap(message, columns, HEADING, "  ");
  const where = cluster === undefined ? "" : ` (${cluster})`;
  return [
    palette.red(HEADING.trimEnd()) + first.slice(HEADING.length - 1),
    ...rest,
    `  ${palette.dim(`code: ${code}${where}`)}`,
    ...hintLines(code, hint, columns),
    ...(verbose ? causeLines(error.cause) : []),
    "",
  ].join("\n");
}

const COMMAND = /^(kubectl |--)/;

/** Commands are copied, so they are not wrapped; a remark on one goes below it when the line gets too long. */
function hintLines(code: ErrorCode, hint: string | undefined, columns: number): readonly string[] {
  if (hint === undefined || hint === "") return [];
  // What a flag takes is no next step.
  const first = code === "USAGE" ? "  " : "  Next: ";
  const rest = " ".repeat(first.length);
  if (!COMMAND.test(hint)) return wrap(hint, columns, first, rest);
  if (widthOf(first + hint) <= columns) return [first + hint];
  const [command = "", remark] = hint.split(/ {3}# /);
  return [first + command, ...(remark === undefined ? [] : wrap(`# ${remark}`, columns, rest))];
}

function bugText(error: unknown, palette: Palette): string {
  const shown = error instanceof Error ? error : new Error(String(error));
  return [
    `${palette.red("error:")} this is a bug in kubectl-capi-pivot: ${shown.message}`,
    `  ${palette.dim("code: BUG")}`,
    ...(shown.stack ?? "").split("\n").map((line) => `  ${line.trim()}`),
    ...causeLines(shown.cause),
    ...wrap(`Next: please report it with these lines at ${REPORT}`, 80, "  ", "    "),
    "",
  ].join("\n");
}

function causeLines(cause: unknown): readonly string[] {
  if (cause === undefined) return [];
  if (!(cause instanceof Error)) return [`  caused by: ${String(cause)}`];
  return [`  caused by: ${cause.name}: ${cause.message}`, ...causeLines(cause.cause)];
}
