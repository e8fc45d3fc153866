// For logs, pipes and CI: one line per thing that happened on stderr, never one per object, nothing that moves.
import type { PivotEvent, StepKind } from "../model/event.ts";
import { findingLines } from "./finding-text.ts";
import { type Palette, paletteOf } from "./palette.ts";
import { dispatch, type EventHandlers, type EventOf, type Renderer } from "./renderer.ts";
import { columnsOf, type Screen } from "./screen.ts";
import { POINT_OF_NO_RETURN, summaryText } from "./summary-text.ts";
import { durationText, figuresText, titleOf } from "./words.ts";

const LONG_MS = 5000;
const QUARTERS = 4;
/** A quarter that is reached sooner than this after the last line is not worth one. */
const BRIEF_MS = 1000;

interface Current {
  readonly step: StepKind;
  readonly startedAt: number;
  lineAt: number;
  quarter: number;
}

/** One line per event that matters. */
export class PlainRenderer implements Renderer {
  readonly #screen: Screen;
  readonly #palette: Palette;
  readonly #now: () => number;
  #current: Current | undefined;

  readonly #handlers: EventHandlers = {
    planned: ({ run, source, target }) => this.#line(`Run ${run}: ${source} to ${target}`),
    "step-started": ({ step }) => this.#started(step),
    object: (event) => this.#counted(event),
    waiting: (event) => this.#waiting(event),
    "step-finished": (event) => this.#finished(event),
    finding: ({ finding }) =>
      this.#lines(findingLines(finding, columnsOf(this.#screen.stream), this.#palette)),
    note: ({ text }) => this.#line(`Note: ${text}`),
    "point-of-no-return": () => this.#line(POINT_OF_NO_RETURN),
    "rolling-back": ({ because }) => {
      this.#failed();
      this.#line(`Rolling back: ${because}`);
    },
    finished: ({ summary }) => this.#line(summaryText(summary)),
    failed: () => this.#failed(),
  };

  constructor(screen: Screen, now: () => number) {
    this.#screen = screen;
    this.#palette = paletteOf(screen.color);
    this.#now = now;
  }

  readonly emit = (event: PivotEvent): void => dispatch(this.#handlers, event);

  stop(): void {
    this.#current = undefined;
  }

  pause(): void {
    // Nothing moves.
  }

  resume(): void {
    // Nothing moves.
  }

  #started(step: StepKind): void {
    const now = this.#now();
    this.#current = { step, startedAt: now, lineAt: now, quarter: 0 };
    this.#line(`${titleOf(step)} ...`);
  }

  #counted({ step, done, total }: EventOf<"object">): void {
    const current = this.#current;
    if (current === undefined || done >= total) return;
    const quarter = Math.floor((done * QUARTERS) / total);
    const silent = this.#now() - current.lineAt;
    if (silent < LONG_MS && (quarter === current.quarter || silent < BRIEF_MS)) return;
    current.quarter = quarter;
    this.#progress(current, `${titleOf(step)}: ${done}/${total}`);
  }

  #waiting({ step, reason, seconds }: EventOf<"waiting">): void {
    const current = this.#current;
    if (current === undefined || this.#now() - current.lineAt < LONG_MS) return;
    this.#progress(current, `${titleOf(step)}: waiting ${durationText(seconds)}: ${reason}`);
  }

  #progress(current: Current, text: string): void {
    current.lineAt = this.#now();
    this.#line(text);
  }

  #finished({ step, figures }: EventOf<"step-finished">): void {
    const startedAt = this.#current?.startedAt ?? this.#now();
    const words = figuresText(figures);
    const took = durationText((this.#now() - startedAt) / 1000);
    this.#current = undefined;
    this.#line(`${titleOf(step)}: done${words === "" ? "" : `, ${words}`} (${took})`);
  }

  /** Said once: after a way back the step that failed is no longer the current one. */
  #failed(): void {
    const failed = this.#current?.step;
    this.#current = undefined;
    if (failed !== undefined) this.#line(`${titleOf(failed)}: failed`);
  }

  #lines(lines: readonly string[]): void {
    for (const line of lines) this.#line(line);
  }

  #line(text: string): void {
    this.#screen.stream.write(`${text}\n`);
  }
}
