// Puts both clusters back to what they were before a run that was interrupted.

import { requireRollbackable } from "../run/take-up-rules.ts";
import type { Interrupted, Standing } from "../take-up.ts";
import type { Attendance } from "./clusters-command.ts";
import { refuseNone, TakeUpCommand } from "./take-up-command.ts";

export class RollbackCommand extends TakeUpCommand {
  static override paths = [["rollback"]];

  protected readonly intent = "rollback" as const;

  /** Its flags are none of a run's. */
  protected check(): void {
    return;
  }

  protected carryOut({ session }: Attendance, found: Standing): Promise<void> {
    return session.rollBack(found);
  }

  /** A run that died before its record was made, or after it was removed, has left locks at the most. */
  protected async atNone({ session, watch }: Attendance, found: Interrupted): Promise<void> {
    const cleared = await session.clearUp();
    if (cleared) {
      const text = "there was no run, only a lock or an empty namespace of one: these are removed";
      watch.emit({ type: "note", text });
      return;
    }
    if (found.ended !== undefined) requireRollbackable(found.ended);
    refuseNone(found, "roll back", "kubectl capi-pivot status   # shows what is there");
  }
}
