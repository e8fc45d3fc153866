// Which outcomes of a request are tried again, and after how long. Pure: time and chance are arguments.

/** How one attempt ended when it was no success. */
export type Outcome =
  | {
      readonly type: "answer";
      readonly status: number;
      /** The header as it came. */
      readonly retryAfter: string | undefined;
    }
  /** The connection was made and broke, or nothing came in time: the server may or may not have acted. */
  | { readonly type: "broken" }
  /** Nobody there at all. Only worth a retry when somebody was there before. */
  | { readonly type: "unreachable"; readonly wasReachable: boolean };

export interface RetryPolicy {
  /** GET, PUT, DELETE: a 500 is worth another try even when the server does not ask for it. */
  readonly isIdempotent: boolean;
  /** The caller says that a 409 Conflict is contention and not a precondition of its own. */
  readonly retryConflict?: boolean;
}

/** `failures` counts from 1; `sinceFirstFailureMs` is 0 at the first. */
export interface Progress {
  readonly failures: number;
  readonly sinceFirstFailureMs: number;
}

export interface RetryLimits {
  readonly maxAttempts: number;
  /** No attempt starts later than this after the first failure. */
  readonly budgetMs: number;
}

export const DEFAULT_LIMITS: RetryLimits = { maxAttempts: 10, budgetMs: 30_000 };

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
/** Nobody is burdened by requests that do not arrive, and whoever is back should not be waited for. */
const MAX_SILENCE_DELAY_MS = 2_000;
const SECOND_MS = 1_000;

/** Statuses that say "not now" whatever was asked: the server did not act, or a gateway got no answer. */
const ALWAYS = new Set([429, 502, 503, 504]);

/** Milliseconds until the next attempt, undefined to give up. `chance` in [0, 1) spreads a herd of requests. */
export function retryDelay(
  outcome: Outcome,
  policy: RetryPolicy,
  progress: Progress,
  limits: RetryLimits = DEFAULT_LIMITS,
  chance = 0,
): number | undefined {
  if (!isRetryable(outcome, policy) || progress.failures >= limits.maxAttempts) return undefined;
  const delay = Math.max(askedDelay(outcome), exponential(progress.failures, chance));
  return progress.sinceFirstFailureMs + delay > limits.budgetMs ? undefined : delay;
}

function isRetryable(outcome: Outcome, policy: RetryPolicy): boolean {
  switch (outcome.type) {
    case "broken":
      return true;
    case "unreachable":
      return outcome.wasReachable;
    case "answer":
      return isRetryableStatus(outcome.status, outcome.retryAfter, policy);
  }
}

function isRetryableStatus(
  status: number,
  retryAfter: string | undefined,
  policy: RetryPolicy,
): boolean {
  if (ALWAYS.has(status)) return true;
  if (status === 409) return policy.retryConflict ?? false;
  return status >= 500 && (secondsOf(retryAfter) !== undefined || policy.isIdempotent);
}

function askedDelay(outcome: Outcome): number {
  return outcome.type === "answer" ? (secondsOf(outcome.retryAfter) ?? 0) * SECOND_MS : 0;
}

/** API servers send whole seconds; the date form of the header is for web pages. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  return retryAfter !== undefined && /^\s*\d+\s*$/.test(retryAfter)
    ? Number(retryAfter)
    : undefined;
}

/**
 * Milliseconds until a server that gives no answer at all is asked again, undefined when `waitMs` of silence are over.
 * What may be repeated is not the question: without an answer everything is, as above.
 */
export function silenceDelay(
  failures: number,
  silentMs: number,
  waitMs: number,
  chance = 0,
): number | undefined {
  const left = waitMs - silentMs;
  if (left <= 0) return undefined;
  return Math.min(left, exponential(failures, chance, MAX_SILENCE_DELAY_MS));
}

/** Doubles from 100 ms to the longest; up to a quarter is taken off by chance. */
function exponential(failures: number, chance: number, longest = MAX_DELAY_MS): number {
  const full = Math.min(longest, FIRST_DELAY_MS * 2 ** (failures - 1));
  return full * (1 - chance / 4);
}
