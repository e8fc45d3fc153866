// What a run says while a cluster does not answer: its requests wait (kube/outage.ts), whatever step they belong to.
import type { NetworkWait } from "../kube/outage.ts";
import { secondsText } from "../model/duration.ts";
import type { ClusterName } from "../model/error.ts";
import type { Emit, StepKind } from "../model/event.ts";

export interface NetworkWaits {
  /** Events of the run pass through, so that the step under way is known. */
  readonly emit: Emit;
  /** For the connection to one cluster. */
  readonly of: (cluster: ClusterName) => NetworkWait;
}

export function networkWaits(emit: Emit, waitMs: number): NetworkWaits {
  let step: StepKind | undefined;
  return {
    emit: (event) => {
      if (event.type === "step-started") step = event.step;
      emit(event);
    },
    of: (cluster) => ({
      waitMs,
      onWaiting: (seconds, left) => {
        const reason = `for the ${cluster} cluster to answer again (${secondsText(left)} left)`;
        if (step !== undefined) emit({ type: "waiting", step, reason, seconds });
      },
      onAnswer: (seconds) => {
        const text = `the ${cluster} cluster answers again after ${secondsText(seconds)}`;
        emit({ type: "note", text });
      },
    }),
  };
}
