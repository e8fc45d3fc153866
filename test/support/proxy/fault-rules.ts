// What a test wants to happen to which requests on their way to an API server. Decides; does nothing itself.

/** What rules decide on: a request that has arrived whole. */
export interface ArrivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Would store something: neither a read, nor a dry run, nor an access review. */
  readonly isWrite: boolean;
  /** Counts writes from 1, in the order of their arrival; undefined for all else, and for what the counter leaves out. */
  readonly writeNumber: number | undefined;
}

/** Gives writes their numbers, in the order of their arrival. */
export interface WriteCounter {
  /** Undefined for one that does not count. */
  next(write: Omit<ArrivedRequest, "writeNumber">): number | undefined;
  reset(): void;
}

export class EveryWrite implements WriteCounter {
  #count = 0;

  next(): number {
    this.#count += 1;
    return this.#count;
  }

  reset(): void {
    this.#count = 0;
  }
}

export type Fault =
  /** Answers in the server's place. */
  | {
      readonly type: "answer";
      readonly status: number;
      readonly retryAfterSeconds?: number;
      /** Default: a Status object. */
      readonly body?: string;
      readonly contentType?: string;
    }
  /** The connection is reset, and the server never hears of the request. */
  | { readonly type: "reset" }
  /** The server acts and answers; the client gets a reset in place of the answer. */
  | { readonly type: "lose-answer" };

export interface Selector {
  /** Default: every request. */
  readonly when?: (request: ArrivedRequest) => boolean;
  /** Only the n-th that `when` chooses, from 1, counted since the rule is there. */
  readonly nth?: number;
  /** Only the first so many that `when` chooses. */
  readonly times?: number;
}

/**
 * Several rules may apply to one request: all `before`, all delays, the first fault, all `after`.
 * A promise that a callback returns is waited for. Without a fault the request goes on to the server after `before`.
 */
export interface Rule extends Selector {
  /** Before the server hears of the request. */
  readonly before?: (request: ArrivedRequest) => unknown;
  readonly delayMs?: number;
  readonly fault?: Fault;
  /** When the server has answered whole and the client has nothing yet. Not called when the server is not asked. */
  readonly after?: (request: ArrivedRequest) => unknown;
}

/** Rules in the order of their arrival, each with its own count. */
export class RuleSet {
  readonly #seen = new Map<Rule, number>();

  /** The same rule twice is one rule. */
  add(rule: Rule): () => void {
    this.#seen.set(rule, 0);
    return () => this.#seen.delete(rule);
  }

  clear(): void {
    this.#seen.clear();
  }

  /** Counts the request. */
  applyingTo(request: ArrivedRequest): readonly Rule[] {
    return [...this.#seen].flatMap(([rule, seen]) => {
      if (rule.when?.(request) === false) return [];
      const count = seen + 1;
      this.#seen.set(rule, count);
      const { nth = count, times = count } = rule;
      return nth === count && count <= times ? [rule] : [];
    });
  }
}

const REASON: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** A Status object as an API server sends it. */
export function statusBody(code: number): string {
  return JSON.stringify({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: `the proxy answers ${code}`,
    reason: REASON[code] ?? "",
    code,
  });
}
