// What is said when a controller of the source does not stop, or does not stay stopped.
import { PivotError } from "../model/error.ts";
import { formatId, type ObjectId } from "../model/object.ts";
import type { RunContext } from "./context.ts";

/** `what`: the rest of the sentence, e.g. `was deleted by somebody else`. */
export function notStopped(
  { source }: Pick<RunContext, "source">,
  id: ObjectId,
  what: string,
): PivotError {
  const name = `${id.kind.toLowerCase()} ${id.name}`;
  return new PivotError({
    code: "CONTROLLER_NOT_STOPPED",
    cluster: "source",
    message: `${formatId(id)} of the source cluster ${what}`,
    hint: `kubectl --context ${source.context} -n ${id.namespace} describe ${name}   # see who keeps it running, suspend that (an autoscaler, a GitOps tool), then run the same command again`,
  });
}
