// A refusal of an API server in our words: what was refused, where, and the server's own sentence.
import type { ClusterReader } from "../model/client.ts";
import { type ErrorCode, type KubeApiError, PivotError } from "../model/error.ts";
import { formatId, type ObjectId } from "../model/object.ts";

const VERBS: Partial<Record<ErrorCode, string>> = {
  CREATE_REFUSED: "create",
  DELETE_REFUSED: "delete",
};

/** The error of a refused write; the caller decides about rollback and exit code. */
export function refusal(
  code: ErrorCode,
  id: ObjectId,
  error: KubeApiError,
  cluster: ClusterReader,
): PivotError {
  const lacksRight = error.status === 403 && / cannot \w+ resource /.test(error.message);
  return new PivotError({
    code: lacksRight ? "FORBIDDEN" : code,
    cluster: cluster.name,
    message: `the ${cluster.name} cluster refused to ${VERBS[code] ?? "change"} ${formatId(id)}: ${error.message} (${error.status} ${error.reason})`,
    hint: lacksRight
      ? `kubectl --context ${cluster.context} auth can-i --list   # give this user what it lacks`
      : "correct what the server complains about, then run the same command again",
    cause: error,
  });
}
