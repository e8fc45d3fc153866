// A run on one cluster, step by step: the context that steps are given, events kept, and clients that die at a write.
import { systemClock } from "../../src/kube/system-clock.ts";
import type { ClusterClient } from "../../src/model/client.ts";
import type { PivotEvent } from "../../src/model/event.ts";
import type { RunContext } from "../../src/run/context.ts";

export interface TestRun {
  readonly context: RunContext;
  readonly events: PivotEvent[];
  /** Reasons of waiting, each once. */
  readonly reasons: () => readonly string[];
  readonly notes: () => readonly string[];
}

/** `source` and `target` are the same client unless told otherwise. */
export function testRun(client: ClusterClient, change: Partial<RunContext> = {}): TestRun {
  const events: PivotEvent[] = [];
  const context: RunContext = {
    run: "0a1b2c3d",
    source: client,
    target: client,
    clock: systemClock,
    signal: new AbortController().signal,
    emit: (event) => void events.push(event),
    concurrency: 8,
    timeoutMs: 20_000,
    status: "restore",
    ...change,
  };
  const reasons = () =>
    distinct(events.flatMap((event) => (event.type === "waiting" ? [event.reason] : [])));
  const notes = () =>
    distinct(events.flatMap((event) => (event.type === "note" ? [event.text] : [])));
  return { context, events, reasons, notes };
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

export class Died extends Error {
  constructor(write: string) {
    super(`died after ${write}`);
  }
}

/** A write that was done: its verb, the name of its object, its subresource. */
export type AfterWrite = (write: string, count: number) => void | Promise<void>;

/** Calls `after` when a write has been stored and nobody knows yet. Dry runs are no writes. */
export function watchWrites(client: ClusterClient, after: AfterWrite): ClusterClient {
  let count = 0;
  const done = async <T>(write: string, result: Promise<T>): Promise<T> => {
    const answer = await result;
    count += 1;
    await after(write, count);
    return answer;
  };
  return {
    name: client.name,
    server: client.server,
    context: client.context,
    getRaw: (...args) => client.getRaw(...args),
    get: (...args) => client.get(...args),
    list: (...args) => client.list(...args),
    deletedState: (...args) => client.deletedState(...args),
    create: (kind, body, options) =>
      done(`create ${kind.kind}`, client.create(kind, body, options)),
    replace: (kind, address, body) =>
      done(`replace ${kind.kind} ${address.name}`, client.replace(kind, address, body)),
    patch: (kind, address, type, body, options) => {
      const result = client.patch(kind, address, type, body, options);
      if (options?.dryRun === true) return result;
      return done(
        `patch ${kind.kind} ${address.name} ${options?.subresource ?? ""}`.trim(),
        result,
      );
    },
    delete: (kind, address, preconditions, options) =>
      done(
        `delete ${kind.kind} ${address.name}`,
        client.delete(kind, address, preconditions, options),
      ),
  };
}

/** As if the process were killed right after its n-th write. */
export function dyingAfter(client: ClusterClient, n: number): ClusterClient {
  return watchWrites(client, (write, count) => {
    if (count >= n) throw new Died(write);
  });
}
