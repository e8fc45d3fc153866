// The one question: asked on stderr, answered on stdin, and only where somebody can do both.
import { PivotError, usageError } from "../model/error.ts";
import type { TerminalInput, TerminalOutput } from "./io.ts";

const YES: ReadonlySet<string> = new Set(["y", "yes"]);

export interface Question {
  readonly stdin: TerminalInput;
  readonly stderr: TerminalOutput;
  readonly signal: AbortSignal;
  readonly text: string;
}

/** @throws PivotError USAGE before anything was contacted when nobody could be asked. */
export function requireTerminal(
  { stdin, stderr }: Pick<Question, "stdin" | "stderr">,
  what: "pivot" | "resume" | "rollback" = "pivot",
): void {
  if (stdin.isTTY === true && stderr.isTTY === true) return;
  throw usageError(
    `the ${what} must be confirmed, and there is no terminal to ask on`,
    `look at \`kubectl capi-pivot ${what === "pivot" ? "plan" : "status"}\` first, then add --yes`,
  );
}

/** @throws PivotError NOT_CONFIRMED for any answer but yes; the signal's reason for Ctrl-C. */
export async function askToContinue(question: Question): Promise<void> {
  question.stderr.write(question.text);
  const answer = await readLine(question);
  if (YES.has(answer.trim().toLowerCase())) return;
  throw new PivotError({
    code: "NOT_CONFIRMED",
    message: "not confirmed; nothing was changed",
  });
}

/**
 * For what cannot be checked: the name must be typed, `--yes` is not enough. It may come through a pipe.
 * @throws PivotError NOT_CONFIRMED for anything else.
 */
export async function askForName(
  question: Omit<Question, "text"> & { readonly name: string },
): Promise<void> {
  question.stderr.write(`Type the name of the cluster that is gone for good (${question.name}): `);
  const answer = await readLine({ ...question, text: "" });
  if (answer.trim() === question.name) return;
  throw new PivotError({
    code: "NOT_CONFIRMED",
    message: "that is not its name; nothing was changed",
  });
}

/** No readline: it puts the terminal into raw mode, where Ctrl-C is a character and no signal. */
function readLine({ stdin, stderr, signal }: Question): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = "";
    const finish = (settle: () => void): void => {
      stdin.off("data", onData);
      stdin.off("end", onEnd);
      signal.removeEventListener("abort", onAbort);
      // Else the open terminal keeps the process alive.
      stdin.pause();
      settle();
    };
    const onData = (chunk: unknown): void => {
      typed += String(chunk);
      const end = typed.search(/[\r\n]/);
      if (end >= 0) finish(() => resolve(typed.slice(0, end)));
    };
    const onEnd = (): void => {
      stderr.write("\n");
      finish(() => resolve(""));
    };
    const onAbort = (): void => {
      stderr.write("\n");
      finish(() => reject(interrupted(signal)));
    };
    if (signal.aborted) {
      reject(interrupted(signal));
      return;
    }
    signal.addEventListener("abort", onAbort);
    stdin.on("data", onData);
    stdin.on("end", onEnd);
    stdin.resume();
  });
}

function interrupted({ reason }: AbortSignal): unknown {
  if (!(reason instanceof PivotError)) return reason;
  return reason.with({ message: `${reason.message}; nothing was changed` });
}
