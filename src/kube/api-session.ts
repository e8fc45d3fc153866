// One request from signing to answer: credentials, write gate, time-out, retries, one new credential after a 401,
// the log. Knows HTTP and the Status object, not kinds.
import type { Clock } from "../model/client.ts";
import { PivotError } from "../model/error.ts";
import type { Json } from "../model/object.ts";
import { bodyOf, isSuccess, label } from "./answers.ts";
import { type Attempt, errorOf, isNoAnswer, outcomeOf, type Tries } from "./attempt.ts";
import { DEFAULT_LIMITS, type RetryLimits, retryDelay } from "./backoff.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import type { HttpHeaders } from "./http.ts";
import { type NetworkWait, NO_WAIT, Outage } from "./outage.ts";
import { type Log, logExchange, logFailure } from "./request-log.ts";
import { Semaphore } from "./semaphore.ts";
import type { Transport } from "./transport.ts";
import { explainFailure, type Peer, waitedFor } from "./transport-failure.ts";

/** Resolves to the longest time-out a write may have now, in milliseconds; throws when nothing may be written. */
export type WriteGate = () => Promise<number>;

/** Per caller: several views share one session. */
export interface View {
  readonly signal?: AbortSignal | undefined;
  readonly gate?: WriteGate | undefined;
  /** Waits for a cluster that does not answer, as long as the session is told to. */
  readonly isPatient?: boolean;
  /** Does not queue behind other requests, which may be waiting for this one: the renewal of a lock. */
  readonly isUrgent?: boolean;
}

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
  /** Stores nothing, so no gate. */
  readonly dryRun?: boolean;
  readonly retryConflict?: boolean;
  /** The answer is a JSON value per line, and becomes a list of them. */
  readonly lines?: boolean;
}

export interface SessionOptions {
  readonly peer: Peer;
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  readonly userAgent: string;
  readonly log?: Log | undefined;
  readonly limits?: RetryLimits;
  /** For patient views. Default: none. */
  readonly network?: NetworkWait | undefined;
  readonly maxInFlight?: number;
  /** In [0, 1). */
  readonly random?: () => number;
}

const MAX_IN_FLIGHT = 64;
const KNOCK_MS = 5_000;

/** All requests to one cluster go through one of these. */
export class ApiSession {
  readonly peer: Peer;
  readonly #options: SessionOptions;
  readonly #slots: Semaphore;
  readonly #outage: Outage;
  #wasReachable = false;

  constructor(options: SessionOptions) {
    this.peer = options.peer;
    this.#options = options;
    this.#slots = new Semaphore(options.maxInFlight ?? MAX_IN_FLIGHT);
    this.#outage = new Outage(options.clock, options.network ?? NO_WAIT);
  }

  /** The parsed body of a success; KubeApiError for a refusal, PivotError when there is no answer. */
  send(request: ApiRequest, view: View): Promise<Json> {
    const work = (): Promise<Json> => this.#send(request, view);
    return view.isPatient ? this.#outage.whileWaiting(work) : work();
  }

  async #send(request: ApiRequest, view: View): Promise<Json> {
    const { clock } = this.#options;
    let firstFailureAt: number | undefined;
    for (let failures = 1; ; failures++) {
      const work = (): Promise<Attempt> => this.#attempt(request, view);
      const attempt = await (view.isUrgent ? work() : this.#slots.run(work));
      if (attempt.type === "answer" && isSuccess(attempt.answer)) {
        return bodyOf(attempt.answer, this.peer, request);
      }
      firstFailureAt ??= clock.monotonic();
      await this.#pause(attempt, request, view, { failures, firstFailureAt });
    }
  }

  close(): void {
    this.#outage.close();
    this.#options.transport.close();
  }

  /** A 401 with credentials that can be renewed counts as no failure: it is sent again at once, but only once. */
  async #attempt(request: ApiRequest, view: View): Promise<Attempt> {
    const first = await this.#exchange(request, view);
    if (first.type === "failure" || first.answer.status !== 401) return first;
    const isRenewed = await this.#options.credentials.refused(first.used);
    return isRenewed ? this.#exchange(request, view) : first;
  }

  async #exchange(request: ApiRequest, view: View): Promise<Attempt> {
    const { clock, log, transport, credentials } = this.#options;
    view.signal?.throwIfAborted();
    const used = await credentials.current().catch((error: unknown) => {
      // Where credentials come from, nobody knows for which cluster they are.
      throw error instanceof PivotError ? error.with({ cluster: this.peer.name }) : error;
    });
    const headers = this.#headersOf(request, used);
    // Last before the socket: what the gate found must still be true when the request goes out.
    const timeoutMs = await this.#timeoutOf(request, view);
    const startedAt = clock.monotonic();
    const { method, path, body } = request;
    const logged = { cluster: this.peer.name, method, path };
    try {
      const answer = await transport.send({
        method,
        path,
        body,
        headers,
        client: used.client,
        timeoutMs,
        signal: this.#endOf(view),
      });
      this.#wasReachable = true;
      this.#outage.end();
      logExchange(log, { request: logged, headers, answer, ms: clock.monotonic() - startedAt });
      return { type: "answer", answer, used };
    } catch (thrown) {
      view.signal?.throwIfAborted();
      const failure = explainFailure(thrown, this.peer);
      if (failure.type !== "fatal" && this.#wasReachable) this.#outage.begin();
      logFailure(log, { request: logged, error: failure.error, ms: clock.monotonic() - startedAt });
      return { type: "failure", failure };
    }
  }

  async #timeoutOf(request: ApiRequest, { gate, isPatient }: View): Promise<number> {
    const isGated = gate !== undefined && request.method !== "GET" && !request.dryRun;
    const allowed = isGated ? await gate() : Number.POSITIVE_INFINITY;
    const knock = isPatient && this.#outage.isOn ? this.#knockMs : Number.POSITIVE_INFINITY;
    const limit = Math.min(
      allowed,
      knock,
      this.#options.requestTimeoutMs || Number.POSITIVE_INFINITY,
    );
    // Zero is "no time-out" for the transport, and a gate that leaves no time means the opposite.
    return Number.isFinite(limit) ? Math.max(1, Math.floor(limit)) : 0;
  }

  /**
   * Whoever does not answer is asked again soon rather than listened to for long. But not for so short a time that a
   * server which is merely slow could never answer.
   */
  get #knockMs(): number {
    return Math.max(KNOCK_MS, this.#outage.silentMs / 2);
  }

  #endOf({ signal, isPatient }: View): AbortSignal | undefined {
    if (!isPatient) return signal;
    const { patience } = this.#outage;
    return signal === undefined ? patience : AbortSignal.any([signal, patience]);
  }

  #headersOf(request: ApiRequest, used: Credentials): HttpHeaders {
    return {
      Accept: request.accept ?? "application/json",
      "User-Agent": this.#options.userAgent,
      ...(request.contentType === undefined ? {} : { "Content-Type": request.contentType }),
      ...used.headers,
    };
  }

  /** Lasts until the next attempt; throws when there is to be none. */
  async #pause(attempt: Attempt, request: ApiRequest, view: View, tries: Tries): Promise<void> {
    const isSilent = view.isPatient === true && isNoAnswer(attempt, this.#wasReachable);
    const delay = isSilent
      ? this.#outage.delayAfter(tries.failures, tries.firstFailureAt, this.#chance())
      : this.#delayAfter(attempt, request, tries);
    if (delay === undefined) throw this.#errorOf(attempt, request, tries, isSilent);
    const sleeper = isSilent ? this.#outage : this.#options.clock;
    await sleeper.sleep(delay, view.signal);
  }

  #delayAfter(
    attempt: Attempt,
    request: ApiRequest,
    { failures, firstFailureAt }: Tries,
  ): number | undefined {
    const outcome = outcomeOf(attempt, this.#wasReachable);
    if (outcome === undefined) return undefined;
    const { clock, limits = DEFAULT_LIMITS } = this.#options;
    const isIdempotent = ["GET", "PUT", "DELETE"].includes(request.method);
    const policy = { isIdempotent, retryConflict: request.retryConflict ?? false };
    const progress = { failures, sinceFirstFailureMs: clock.monotonic() - firstFailureAt };
    return retryDelay(outcome, policy, progress, limits, this.#chance());
  }

  #errorOf(attempt: Attempt, request: ApiRequest, tries: Tries, isSilent: boolean): Error {
    if (isSilent && attempt.type === "failure") {
      return waitedFor(attempt.failure.error, this.#outage.waitMs);
    }
    const { peer } = this;
    const isRepeat = tries.failures > 1;
    const now = this.#options.clock.now();
    return errorOf(attempt, { peer, request: label(request), isRepeat, now });
  }

  #chance(): number {
    return (this.#options.random ?? Math.random)();
  }
}
