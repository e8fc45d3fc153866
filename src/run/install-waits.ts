// Waiting in an installation: until CRDs are served, certificates issued and programs available. Every wait is bounded
// and says what it waits for, in the words of whoever keeps it waiting.
import type { RunContext } from "./context.ts";

const POLL_MS = 1_000;

/** What is still missing, in words. */
export type Missing = readonly string[];

/**
 * Looks until nothing is missing.
 * @throws what `failure` makes of the last look, after the time-out.
 */
export async function waitUntil(
  context: RunContext,
  look: () => Promise<Missing>,
  failure: (missing: Missing) => Error,
  pollMs = POLL_MS,
): Promise<void> {
  const { clock, signal, emit, timeoutMs } = context;
  const start = clock.monotonic();
  for (;;) {
    signal.throwIfAborted();
    const missing = await look();
    const [first] = missing;
    if (first === undefined) return;
    const elapsed = clock.monotonic() - start;
    if (elapsed >= timeoutMs) throw failure(missing);
    const more = missing.length > 1 ? `, and ${missing.length - 1} more` : "";
    const seconds = Math.round(elapsed / 1000);
    emit({ type: "waiting", step: "install", reason: `${first}${more}`, seconds });
    await clock.sleep(pollMs, signal);
  }
}
