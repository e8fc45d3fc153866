// Goes on with a run that was interrupted, to its end.
import { decisive } from "../model/run-record.ts";
import type { Interrupted, Standing } from "../take-up.ts";
import type { Attendance } from "./clusters-command.ts";
import type { PivotFlags } from "./options.ts";
import { refuseContradictions } from "./run-flags.ts";
import { refuseNone, TakeUpCommand } from "./take-up-command.ts";

export class ResumeCommand extends TakeUpCommand {
  static override paths = [["resume"]];

  protected readonly intent = "resume" as const;

  protected check(found: Standing, flags: PivotFlags): void {
    refuseContradictions(this, flags, decisive(found.run));
  }

  protected async carryOut({ session }: Attendance, found: Standing): Promise<void> {
    await session.resume(found);
  }

  /** A run that ended while it was giving back its locks has nothing left but these. */
  protected async atNone({ session, watch }: Attendance, found: Interrupted): Promise<void> {
    const { ended } = found;
    if (ended?.phase !== "done") {
      refuseNone(found, "resume", "kubectl capi-pivot status   # shows what is there");
    }
    await session.clearUp();
    const text = `run ${ended.run} has come to its end already (${ended.updatedAt}): nothing is left to be done`;
    watch.emit({ type: "note", text });
  }
}
