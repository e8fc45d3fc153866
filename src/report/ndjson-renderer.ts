// One JSON object per event and line on stdout, for programs. docs/events.md is the contract; fields are only added.
//
// every line        time (ISO 8601, UTC), type
// planned           run, source, target, steps[], objects, clusters
// step-started      step, total?
// object            step, cluster, id, status (done | skipped | repeated), done, total
// waiting           step, reason, seconds
// step-finished     step, figures {word: number | string}
// finding           code, severity, why, hint, objects[] of ids
// note              text
// point-of-no-return
// rolling-back      because
// finished          run, source, target, moved, copied, clusters, seconds, secondsPaused, proof?, hint?
// failed            step?, error {code, message, hint?, cluster?, exitCode}
//
// an id             {group, kind, namespace?, name}
import type { PivotError } from "../model/error.ts";
import type { PivotEvent } from "../model/event.ts";
import type { Renderer } from "./renderer.ts";
import type { OutputStream } from "./screen.ts";

/** Never moves anything: pause, resume and stop have nothing to do. */
export class NdjsonRenderer implements Renderer {
  readonly #stream: OutputStream;
  readonly #now: () => number;

  constructor(stream: OutputStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
  }

  readonly emit = (event: PivotEvent): void => {
    const time = new Date(this.#now()).toISOString();
    this.#stream.write(`${JSON.stringify({ time, type: event.type, ...fieldsOf(event) })}\n`);
  };

  stop(): void {
    // Lines are whole at any time.
  }

  pause(): void {
    // Nothing moves.
  }

  resume(): void {
    // Nothing moves.
  }
}

function fieldsOf(event: PivotEvent): object {
  switch (event.type) {
    case "finding":
      return event.finding;
    case "finished":
      return event.summary;
    case "failed":
      return { step: event.step, error: errorFields(event.error) };
    default: {
      const { type: _, ...fields } = event;
      return fields;
    }
  }
}

/** No cause and no stack: they are for people, at `-v`. */
function errorFields(error: PivotError): object {
  const { code, message, hint, cluster, exitCode } = error;
  return { code, message, hint, cluster, exitCode };
}
