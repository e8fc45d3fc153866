// What `resume` and `rollback` share: find the run, say what it is and what will be done, ask, do it.
import { Option } from "clipanion";
import { type ClusterName, EXIT, PivotError } from "../model/error.ts";
import { columnsOf } from "../report/screen.ts";
import { type Intent, takeUpText } from "../report/take-up-text.ts";
import type { Interrupted, Standing } from "../take-up.ts";
import { type Attendance, ClustersCommand } from "./clusters-command.ts";
import { askForName, askToContinue, requireTerminal } from "./confirm.ts";
import { readChoice } from "./flag-values.ts";
import type { PivotFlags } from "./options.ts";

export abstract class TakeUpCommand extends ClustersCommand {
  readonly sourceLost = Option.Boolean("--source-lost", false);
  readonly targetLost = Option.Boolean("--target-lost", false);

  /** Shown before the question. */
  protected abstract readonly intent: Intent;

  /** @throws PivotError USAGE when a flag contradicts the run. */
  protected abstract check(found: Standing, flags: PivotFlags): void;

  protected abstract carryOut(attendance: Attendance, found: Standing): Promise<void>;

  /** There is no run to take up. */
  protected abstract atNone(attendance: Attendance, found: Interrupted): Promise<void>;

  protected async work(): Promise<number> {
    const output = readChoice("--output", this.output, ["text", "ndjson"]);
    const flags = this.readFlags();
    if (!this.yes && this.lost === undefined) requireTerminal(this.io, this.intent);
    return await this.attend(output, flags, async (attendance) => {
      await this.#takeUp(attendance, flags);
      return EXIT.done;
    });
  }

  protected get lost(): ClusterName | undefined {
    if (this.sourceLost) return "source";
    return this.targetLost ? "target" : undefined;
  }

  async #takeUp(attendance: Attendance, flags: PivotFlags): Promise<void> {
    const found = await attendance.session.interrupted(this.lost);
    if (!isStanding(found)) return this.atNone(attendance, found);
    this.check(found, flags);
    await this.#ask(attendance, found);
    await this.carryOut(attendance, found);
  }

  async #ask({ signal }: Attendance, found: Standing): Promise<void> {
    const { stdin, stderr } = this.io;
    const options = { columns: columnsOf(stderr), palette: this.palette };
    stderr.write(`\n${takeUpText(found, this.intent, options)}\n`);
    const question = { stdin, stderr, signal };
    if (found.lost !== undefined) {
      const { context } = found.identities[found.lost];
      await askForName({ ...question, name: context });
    } else if (!this.yes) await askToContinue({ ...question, text: "Continue? [y/N] " });
  }
}

function isStanding(found: Interrupted): found is Standing {
  return found.run !== undefined;
}

/** @throws PivotError NO_RUN */
export function refuseNone(found: Interrupted, verb: string, hint: string): never {
  const { source, target } = found.identities;
  throw new PivotError({
    code: "NO_RUN",
    message: `there is nothing to ${verb}: no pivot from context ${source.context} to context ${target.context} was interrupted; nothing was changed`,
    hint,
  });
}
