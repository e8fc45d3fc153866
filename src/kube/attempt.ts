// One attempt of a request that may be made several times: how it ended, and what that is called when it was the last.
import { refusal } from "./answers.ts";
import type { Outcome } from "./backoff.ts";
import type { Credentials } from "./credentials.ts";
import type { HttpAnswer } from "./http.ts";
import { expiredSince } from "./tls-material.ts";
import { type Failure, noApiServer, type Peer, refusedUser } from "./transport-failure.ts";

export type Attempt =
  | { readonly type: "answer"; readonly answer: HttpAnswer; readonly used: Credentials }
  | { readonly type: "failure"; readonly failure: Failure };

/** Attempts of one request without success, the last one counted; the moment is of the monotonic clock. */
export interface Tries {
  readonly failures: number;
  readonly firstFailureAt: number;
}

/** Somebody was there before, and says nothing now. */
export function isNoAnswer(attempt: Attempt, wasReachable: boolean): boolean {
  return attempt.type === "failure" && attempt.failure.type !== "fatal" && wasReachable;
}

/** Undefined: pointless to repeat. */
export function outcomeOf(attempt: Attempt, wasReachable: boolean): Outcome | undefined {
  if (attempt.type === "answer") {
    const { status, headers } = attempt.answer;
    return { type: "answer", status, retryAfter: headers.get("Retry-After") ?? undefined };
  }
  const { type } = attempt.failure;
  if (type === "fatal") return undefined;
  return type === "broken" ? { type } : { type, wasReachable };
}

/** @param about `request` as `POST /path`, `now` by the wall clock. */
export function errorOf(
  attempt: Attempt,
  about: {
    readonly peer: Peer;
    readonly request: string;
    readonly isRepeat: boolean;
    readonly now: number;
  },
): Error {
  if (attempt.type === "failure") return attempt.failure.error;
  const { peer, request, isRepeat, now } = about;
  const { answer, used } = attempt;
  if (answer.status === 401)
    return refusedUser(peer, used.client && expiredSince(used.client, now));
  if (answer.status < 400) return noApiServer(peer, request, `a redirect (${answer.status})`);
  return refusal(answer, peer, request, isRepeat);
}
