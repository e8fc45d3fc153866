// One request and what becomes of it: callbacks, delays, a fault, or the way to the server and back.
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { type ArrivedRequest, type Fault, type Rule, statusBody } from "./fault-rules.ts";
import { answerHeaders, type Upstream } from "./upstream.ts";

export type Outcome =
  | "answered"
  | "answered-by-rule"
  | "reset"
  | "answer-lost"
  /** Before it had its answer. A write is carried to the server all the same, once it is on its way. */
  | "client-left"
  /** No answer, or half of one: the client got a reset. */
  | "server-failed";

export interface Ending {
  readonly outcome: Outcome;
  readonly status?: number | undefined;
  readonly serverStatus?: number | undefined;
}

export interface ExchangeContext {
  readonly upstream: Upstream;
  /** Resets the client's connection. */
  readonly reset: () => void;
  readonly callbackFailed: (error: unknown) => void;
}

export class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #arrived: ArrivedRequest;
  readonly #context: ExchangeContext;
  /** Ends what only the client wanted. */
  readonly #left = new AbortController();

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    arrived: ArrivedRequest,
    context: ExchangeContext,
  ) {
    this.#request = request;
    this.#response = response;
    this.#arrived = arrived;
    this.#context = context;
    response.once("close", () => {
      if (!response.writableFinished) this.#left.abort();
    });
  }

  /** Never fails: what goes wrong is reset. */
  async run(rules: readonly Rule[]): Promise<Ending> {
    for (const { before } of rules) await this.#call(before);
    for (const { delayMs = 0 } of rules) if (delayMs > 0) await Bun.sleep(delayMs);
    if (this.#left.signal.aborted) return { outcome: "client-left" };
    try {
      return await this.#act(rules);
    } catch {
      return this.#reset(this.#left.signal.aborted ? "client-left" : "server-failed");
    }
  }

  async #act(rules: readonly Rule[]): Promise<Ending> {
    const fault = rules.find((rule) => rule.fault !== undefined)?.fault;
    if (fault?.type === "answer") return this.#answer(fault);
    if (fault?.type === "reset") return this.#reset("reset");
    const afters = rules.flatMap(({ after }) => (after === undefined ? [] : [after]));
    const isLost = fault !== undefined;
    return isLost || afters.length > 0 ? this.#whole(afters, isLost) : this.#stream();
  }

  async #call(callback: Rule["before"]): Promise<void> {
    try {
      await callback?.(this.#arrived);
    } catch (error) {
      this.#context.callbackFailed(error);
    }
  }

  #answer(fault: Extract<Fault, { type: "answer" }>): Ending {
    const { status, retryAfterSeconds, body = statusBody(status) } = fault;
    this.#response.writeHead(status, {
      "Content-Type": fault.contentType ?? "application/json",
      "Content-Length": Buffer.byteLength(body),
      ...(retryAfterSeconds === undefined ? {} : { "Retry-After": retryAfterSeconds }),
    });
    this.#response.end(body);
    return { outcome: "answered-by-rule", status };
  }

  #reset(outcome: Outcome, serverStatus?: number): Ending {
    this.#context.reset();
    return { outcome, serverStatus };
  }

  async #stream(): Promise<Ending> {
    const answer = await this.#ask();
    const serverStatus = answer.statusCode;
    if (this.#left.signal.aborted) {
      answer.resume();
      return { outcome: "client-left", serverStatus };
    }
    this.#writeHead(answer);
    // A watch without events has a head all the same.
    this.#response.flushHeaders();
    try {
      await pipeline(answer, this.#response);
    } catch {
      return this.#reset(this.#left.signal.aborted ? "client-left" : "server-failed", serverStatus);
    }
    return { outcome: "answered", status: serverStatus, serverStatus };
  }

  /** Nothing goes to the client before the answer is here to its end. */
  async #whole(afters: readonly NonNullable<Rule["after"]>[], isLost: boolean): Promise<Ending> {
    const answer = await this.#ask();
    const serverStatus = answer.statusCode;
    const body = await buffer(answer);
    for (const after of afters) await this.#call(after);
    if (isLost) return this.#reset("answer-lost", serverStatus);
    if (this.#left.signal.aborted) return { outcome: "client-left", serverStatus };
    this.#writeHead(answer);
    this.#response.end(body);
    return { outcome: "answered", status: serverStatus, serverStatus };
  }

  /** A read is worth nothing without its client; a write may have reached the server and must not be taken back. */
  #ask(): Promise<IncomingMessage> {
    const signal = this.#arrived.isWrite ? undefined : this.#left.signal;
    return this.#context.upstream.ask(this.#request, this.#arrived.body, signal);
  }

  #writeHead(answer: IncomingMessage): void {
    this.#response.sendDate = false;
    const headers = answerHeaders(answer);
    this.#response.writeHead(answer.statusCode ?? 0, answer.statusMessage, [...headers]);
  }
}
