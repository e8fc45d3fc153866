import { describe, expect, test } from "bun:test";
import { type Outcome, type RetryPolicy, retryDelay } from "../../src/kube/backoff.ts";

const READ: RetryPolicy = { isIdempotent: true };
const CREATE: RetryPolicy = { isIdempotent: false };
const FIRST = { failures: 1, sinceFirstFailureMs: 0 };

function answer(status: number, retryAfter?: string): Outcome {
  return { type: "answer", status, retryAfter };
}

describe("what is tried again, and when", () => {
  const rows: readonly [string, Outcome, RetryPolicy, number | undefined][] = [
    ["429 without Retry-After waits the first step", answer(429), CREATE, 100],
    ["429 with Retry-After waits as asked", answer(429, "1"), CREATE, 1000],
    ["Retry-After 0 still waits the first step", answer(429, "0"), CREATE, 100],
    ["Retry-After as a date is no number of seconds", answer(429, "Fri, 31 Dec"), CREATE, 100],
    ["502 is always tried again", answer(502), CREATE, 100],
    ["503 is always tried again", answer(503), CREATE, 100],
    ["504 is always tried again", answer(504), CREATE, 100],
    ["500 of a read is tried again", answer(500), READ, 100],
    ["500 of a create is final", answer(500), CREATE, undefined],
    ["500 of a create that asks for it is tried again", answer(500, "2"), CREATE, 2000],
    ["409 is final", answer(409), READ, undefined],
    ["409 is tried again when asked", answer(409), { ...CREATE, retryConflict: true }, 100],
    ["400 is final", answer(400), READ, undefined],
    ["401 is final", answer(401), READ, undefined],
    ["403 is final even with Retry-After", answer(403, "1"), READ, undefined],
    ["404 is final", answer(404), READ, undefined],
    ["410 is final", answer(410), READ, undefined],
    ["422 is final", answer(422), READ, undefined],
    ["302 is final", answer(302), READ, undefined],
    ["a broken create is tried again", { type: "broken" }, CREATE, 100],
    [
      "nobody there at first is final",
      { type: "unreachable", wasReachable: false },
      READ,
      undefined,
    ],
    [
      "nobody there any more is tried again",
      { type: "unreachable", wasReachable: true },
      READ,
      100,
    ],
    ["a Retry-After beyond the budget is final", answer(429, "31"), READ, undefined],
  ];
  test.each(rows)("%s", (_name, outcome, policy, want) => {
    expect(retryDelay(outcome, policy, FIRST)).toBe(want);
  });
});

test("delays double up to five seconds and end after ten attempts", () => {
  const delays = Array.from({ length: 10 }, (_, index) =>
    retryDelay(answer(503), READ, { failures: index + 1, sinceFirstFailureMs: 0 }),
  );
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, undefined]);
});

test("no attempt starts after the budget", () => {
  const at = (sinceFirstFailureMs: number): number | undefined =>
    retryDelay(answer(503), READ, { failures: 2, sinceFirstFailureMs });
  expect(at(29_800)).toBe(200);
  expect(at(29_801)).toBeUndefined();
});

test("chance takes off a quarter at most, never from what the server asked for", () => {
  const limits = { maxAttempts: 10, budgetMs: 30_000 };
  expect(retryDelay(answer(503), READ, FIRST, limits, 0.999)).toBeCloseTo(75, 0);
  expect(retryDelay(answer(429, "1"), READ, FIRST, limits, 0.999)).toBe(1000);
});
