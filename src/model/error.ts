// Errors as the operator meets them: a code to search for, what happened to what and where, and the next command.

/** How the process ends; see docs/reference in README. */
export const EXIT = {
  done: 0,
  unchanged: 1,
  usage: 2,
  midway: 3,
  pastCommit: 4,
  bug: 70,
  sighup: 129,
  sigint: 130,
  sigterm: 143,
} as const;

/** Append-only: users search for these words. */
export type ErrorCode =
  | "USAGE"
  | "KUBECONFIG_INVALID"
  | "KUBECONFIG_NOT_FOUND"
  | "CONTEXT_NOT_FOUND"
  | "CREDENTIAL_PLUGIN_FAILED"
  | "CLUSTER_UNREACHABLE"
  | "CERTIFICATE_UNTRUSTED"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "SAME_CLUSTER"
  | "SERVER_ERROR"
  | "REQUEST_REFUSED"
  | "CONFLICT"
  | "NAMESPACE_NOT_FOUND"
  | "CLUSTER_NOT_FOUND"
  | "OBJECT_NOT_FOUND"
  | "NOTHING_SELECTED"
  | "NOTHING_TO_MOVE"
  | "NOT_CLUSTER_API"
  | "PLAN_BLOCKED"
  | "PLAN_DRIFTED"
  | "SOURCE_CHANGED"
  | "TARGET_CHANGED"
  | "TARGET_OBJECT_DIFFERS"
  | "COPY_DIFFERS"
  | "COPY_VANISHED"
  | "CREATE_REFUSED"
  | "DELETE_REFUSED"
  | "PAUSE_NOT_ACKNOWLEDGED"
  | "MOVE_BLOCKED"
  | "TIMEOUT"
  | "LOCKED"
  | "RUN_UNFINISHED"
  | "RUN_ELSEWHERE"
  | "RUN_CHANGED"
  | "NO_RUN"
  | "PAST_COMMIT"
  | "ROLLING_BACK"
  | "TARGET_INCOMPLETE"
  | "LEASE_LOST"
  | "NOT_CONFIRMED"
  | "INTERRUPTED"
  | "ROLLBACK_INCOMPLETE"
  | "CONTROLLER_NOT_STOPPED"
  | "CONTROLLER_NOT_STARTED"
  | "SOURCE_UNREADABLE"
  | "PROOF_FAILED"
  | "CLEANUP_INCOMPLETE"
  | "COMPONENT_DIFFERS"
  | "PROVIDER_NOT_AVAILABLE"
  | "CERTIFICATE_NOT_ISSUED"
  | "WEBHOOK_NOT_SERVED"
  | "BUG";

export type ClusterName = "source" | "target";

export interface PivotErrorOptions {
  readonly code: ErrorCode;
  /** One sentence: no capital, no full stop. Names the object and the cluster. */
  readonly message: string;
  /** What to type or do next. */
  readonly hint?: string;
  readonly exitCode?: number;
  readonly cluster?: ClusterName;
  readonly cause?: unknown;
}

/** Everything that is not a bug. `exitCode` is set by whoever knows what state things are in. */
export class PivotError extends Error {
  override readonly name = "PivotError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly exitCode: number;
  readonly cluster: ClusterName | undefined;

  constructor(options: PivotErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT.unchanged;
    this.cluster = options.cluster;
  }

  /** The same error in other words: what led to it stays its cause. */
  with(change: Partial<Omit<PivotErrorOptions, "code" | "cause">>): PivotError {
    const { code, message, hint, exitCode, cluster, cause } = this;
    const same = { code, message, exitCode, ...(cause === undefined ? {} : { cause }) };
    return new PivotError({
      ...same,
      ...(hint === undefined ? {} : { hint }),
      ...(cluster === undefined ? {} : { cluster }),
      ...change,
    });
  }
}

/** Thrown when the operator gave something that cannot be meant: exit code 2, nothing was contacted. */
export function usageError(message: string, hint?: string): PivotError {
  return new PivotError({
    code: "USAGE",
    message,
    exitCode: EXIT.usage,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** An answer of an API server that is not a success: its `Status`, without bodies or credentials. */
export class KubeApiError extends Error {
  override readonly name = "KubeApiError";
  /** HTTP status. */
  readonly status: number;
  /** `reason` of the Status, e.g. `AlreadyExists`, `Conflict`, `NotFound`, `Invalid`, `Forbidden`. */
  readonly reason: string;
  readonly cluster: ClusterName;
  /** `POST /api/v1/namespaces/x/secrets`, without query. */
  readonly request: string;
  /** The same request had been sent before and had no answer: a conflict may be one with itself. */
  readonly isRepeat: boolean;

  constructor(facts: {
    readonly status: number;
    readonly reason: string;
    readonly message: string;
    readonly cluster: ClusterName;
    readonly request: string;
    readonly isRepeat?: boolean;
  }) {
    super(facts.message);
    this.status = facts.status;
    this.reason = facts.reason;
    this.cluster = facts.cluster;
    this.request = facts.request;
    this.isRepeat = facts.isRepeat ?? false;
  }
}

const NEXT_STEPS: Partial<Record<ErrorCode, string>> = {
  FORBIDDEN: "give this user the right that the server names, or use a kubeconfig of another user",
  SERVER_ERROR: "see whether the API server is healthy: kubectl get --raw /readyz?verbose",
};

/** A bare answer of an API server, in words, where no stage had a better name for it. */
export function refusedRequest(error: KubeApiError, exitCode: number): PivotError {
  const code = codeOfStatus(error.status);
  const hint = NEXT_STEPS[code];
  return new PivotError({
    code,
    message: `the ${error.cluster} cluster refused ${error.request}: ${error.message}`,
    cluster: error.cluster,
    exitCode,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return "UNAUTHORIZED";
  if (status === 403) return "FORBIDDEN";
  if (status === 409) return "CONFLICT";
  return status >= 500 ? "SERVER_ERROR" : "REQUEST_REFUSED";
}
