// Counting objects of a step: one event per object, in the order in which they finish.
import type { ClusterName } from "../model/error.ts";
import type { Emit, Figures, StepKind } from "../model/event.ts";
import type { ObjectId } from "../model/object.ts";

export interface Progress {
  done(id: ObjectId, status?: "done" | "skipped" | "repeated"): void;
}

/** Starts counting up to `total` objects of one cluster. */
export function progressOf(
  emit: Emit,
  step: StepKind,
  cluster: ClusterName,
  total: number,
): Progress {
  let done = 0;
  return {
    done: (id, status = "done") => {
      done += 1;
      emit({ type: "object", step, cluster, id, status, done, total });
    },
  };
}

/** Runs one step between its two events; a failure leaves it unfinished for the renderer to cross out. */
export async function step<T>(
  emit: Emit,
  kind: StepKind,
  work: () => Promise<{ readonly result: T; readonly figures: Figures }>,
  total?: number,
): Promise<T> {
  emit({ type: "step-started", step: kind, ...(total === undefined ? {} : { total }) });
  const { result, figures } = await work();
  emit({ type: "step-finished", step: kind, figures });
  return result;
}
