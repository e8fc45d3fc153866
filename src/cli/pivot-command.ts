// The pivot: look, show what blocks, ask, run.
import { Command } from "clipanion";
import { EXIT, PivotError } from "../model/error.ts";
import type { Preview } from "../model/preview.ts";
import { confirmText } from "../report/confirm-text.ts";
import { mergeFindings } from "../report/finding-text.ts";
import { isPlanBlocked } from "../report/plan-counts.ts";
import { findingsLines } from "../report/plan-text.ts";
import { columnsOf } from "../report/screen.ts";
import { count } from "../report/words.ts";
import { type Attendance, ClustersCommand } from "./clusters-command.ts";
import { lineOf, PLAN } from "./command-table.ts";
import { askToContinue, requireTerminal } from "./confirm.ts";
import { readChoice } from "./flag-values.ts";
import { requireStdinForAnswer } from "./provider-flags.ts";
import { typedFlags } from "./same-flags.ts";

type Output = "text" | "ndjson";

/** Clipanion calls it when no command is named. */
export class PivotCommand extends ClustersCommand {
  static override paths = [Command.Default];

  protected async work(): Promise<number> {
    const output = readChoice("--output", this.output, ["text", "ndjson"]);
    const flags = this.readFlags();
    if (!this.yes) requireStdinForAnswer(flags);
    if (!this.yes) requireTerminal(this.io);
    return await this.attend(output, flags, (attendance) => this.#pivot(output, attendance));
  }

  async #pivot(output: Output, attendance: Attendance): Promise<number> {
    const { session, signal } = attendance;
    const preview = await session.preview();
    this.#show(output, preview, attendance);
    refuseBlocked(preview, this.context.argv);
    if (!this.yes) await askToContinue({ ...this.#streams(), signal, text: "Continue? [y/N] " });
    await session.run(preview);
    return EXIT.done;
  }

  /** NDJSON gets the findings as events; whoever must answer the question gets the text as well. */
  #show(output: Output, preview: Preview, { watch }: Attendance): void {
    if (output === "ndjson") {
      for (const finding of preview.plan.findings) watch.emit({ type: "finding", finding });
      if (this.yes) return;
    }
    const { palette } = this;
    const { stderr } = this.io;
    const columns = columnsOf(stderr);
    const text = isPlanBlocked(preview.plan)
      ? `${findingsLines(preview.plan, palette, columns).join("\n")}\n`
      : confirmText(preview, { columns, palette });
    stderr.write(`\n${text}\n`);
  }

  #streams(): Pick<ClustersCommand["context"]["io"], "stdin" | "stderr"> {
    const { stdin, stderr } = this.io;
    return { stdin, stderr };
  }
}

function refuseBlocked({ plan }: Preview, argv: readonly string[]): void {
  if (!isPlanBlocked(plan)) return;
  const errors = mergeFindings(plan.findings.filter(({ severity }) => severity === "error"));
  throw new PivotError({
    code: "PLAN_BLOCKED",
    message: `the pivot is blocked by ${count(errors.length, "errors")}; nothing was changed`,
    hint: `${planCommand(argv)}   # when what the findings say is done`,
  });
}

/** The dry run of the same pivot, to be typed as it is. */
function planCommand(argv: readonly string[]): string {
  const others: ReadonlySet<string> = new Set(["yes", "output", "color", "v", "dry-run"]);
  return [lineOf(PLAN), ...typedFlags(argv, (name) => !others.has(name))].join(" ");
}
