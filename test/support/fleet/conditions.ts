// Conditions and status fragments as the v1beta2 controllers write them.
import type { Json } from "../../../src/model/object.ts";
import type { Fields, StatusOf } from "./fleet-object.ts";

/** When everything became ready: fixed, so that two builds of a fleet are equal. */
export const READY_SINCE = "2026-03-01T08:30:00Z";

/** A condition type, or type and reason where they differ. All are `True`. */
export type ConditionSpec = string | readonly [type: string, reason: string];

export interface StatusOptions {
  readonly conditions: readonly ConditionSpec[];
  readonly paused?: boolean;
  /** Controllers of these kinds write `status.observedGeneration` too. */
  readonly observed?: boolean;
  readonly fields?: Fields;
}

function condition(type: string, status: string, reason: string, generation: number): Json {
  return {
    type,
    status,
    reason,
    message: "",
    lastTransitionTime: READY_SINCE,
    observedGeneration: generation,
  };
}

/** Status with these conditions True and `Paused` as given. */
export function readyStatus(options: StatusOptions): StatusOf {
  const paused = options.paused === true;
  return (generation) => ({
    ...options.fields,
    ...(options.observed === true ? { observedGeneration: generation } : {}),
    conditions: [
      ...options.conditions.map((spec) =>
        typeof spec === "string"
          ? condition(spec, "True", spec, generation)
          : condition(spec[0], "True", spec[1], generation),
      ),
      condition("Paused", paused ? "True" : "False", paused ? "Paused" : "NotPaused", generation),
    ],
  });
}

/** `replicas`, `readyReplicas`, `availableReplicas`, `upToDateReplicas`, and the versions they run. */
export function replicaCounts(replicas: number, version: string): Fields {
  return {
    replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    upToDateReplicas: replicas,
    versions: [{ version, replicas }],
  };
}
