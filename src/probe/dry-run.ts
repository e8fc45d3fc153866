// Writes that are tried before anything is written: the server does everything but store. What it refuses is collected,
// never thrown, so that all refusals are told at once.
import { mapWithLimit } from "../kube/concurrency.ts";
import type { ClusterAsker } from "../model/client.ts";
import { KubeApiError } from "../model/error.ts";
import type { PlannedObject } from "../model/plan.ts";
import type { Act, Refused } from "../plan/refusals.ts";

/** One write to be tried. */
export interface Trial {
  readonly object: Pick<PlannedObject, "id" | "kind">;
  readonly act: Act;
  readonly ask: (asker: ClusterAsker) => Promise<void>;
  /** What is sent: it is kept out of the words that come back. */
  readonly body?: () => object;
}

/** `body` is called when its turn comes: those of a whole fleet are not held at once. */
export function createTrial(object: Trial["object"], body: () => object): Trial {
  return { object, act: "create", body, ask: (asker) => asker.tryCreate(object.kind, body()) };
}

/** A merge patch. */
export function patchTrial(
  object: Trial["object"],
  act: Exclude<Act, "create" | "delete">,
  patch: object,
): Trial {
  return {
    object,
    act,
    body: () => patch,
    ask: (asker) => asker.tryPatch(object.kind, addressOf(object), patch),
  };
}

export function deleteTrial(object: Pick<PlannedObject, "id" | "kind" | "uid">): Trial {
  const { kind, uid } = object;
  return {
    object,
    act: "delete",
    ask: (asker) => asker.tryDelete(kind, addressOf(object), { uid }),
  };
}

function addressOf({ id: { namespace, name } }: Pick<PlannedObject, "id">): {
  readonly namespace?: string;
  readonly name: string;
} {
  return namespace === undefined ? { name } : { namespace, name };
}

/**
 * Tries everything, in this order, `width` at a time; resolves to what was refused, in the same order.
 * @throws PivotError when the server does not answer.
 */
export async function tryAll(
  asker: ClusterAsker,
  trials: readonly Trial[],
  width: number,
): Promise<readonly Refused[]> {
  const outcomes = await mapWithLimit(trials, width, (trial) => tryOne(asker, trial));
  return outcomes.filter((outcome) => outcome !== undefined);
}

async function tryOne(asker: ClusterAsker, trial: Trial): Promise<Refused | undefined> {
  try {
    await trial.ask(asker);
    return undefined;
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    const { object, act, body } = trial;
    return { ...object, act, error, ...(body && { body: body() }) };
  }
}
