// What a renderer is: it reads events and is the only one that writes to the terminal.
import type { Emit, PivotEvent } from "../model/event.ts";

/** Owns the terminal between its creation and `stop`. */
export interface Renderer {
  readonly emit: Emit;
  /** Nothing moves any more, the cursor is back. */
  stop(): void;
  /** Leaves the terminal to somebody who asks questions. */
  pause(): void;
  resume(): void;
}

export type EventOf<T extends PivotEvent["type"]> = Extract<PivotEvent, { type: T }>;

/** One function per type of event: a new type without one does not compile. */
export type EventHandlers = { readonly [T in PivotEvent["type"]]: (event: EventOf<T>) => void };

/** Calls the function that belongs to the event. */
export function dispatch(handlers: EventHandlers, event: PivotEvent): void {
  const handle = handlers[event.type] as (event: PivotEvent) => void;
  handle(event);
}
