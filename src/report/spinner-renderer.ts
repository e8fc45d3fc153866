// For a terminal: one line per step on stderr, moving while the step runs. The one ora instance of the program lives here.
import ora, { type Ora } from "ora";
import type { PivotEvent, StepKind } from "../model/event.ts";
import { formatId } from "../model/object.ts";
import { findingLines } from "./finding-text.ts";
import { fit, pad, wrap } from "./layout.ts";
import { type Palette, paletteOf } from "./palette.ts";
import { dispatch, type EventHandlers, type EventOf, type Renderer } from "./renderer.ts";
import { columnsOf, type Screen } from "./screen.ts";
import { POINT_OF_NO_RETURN, summaryText } from "./summary-text.ts";
import { durationText, figuresText, TITLE_WIDTH, titleOf } from "./words.ts";

const UNICODE = { done: "✔", failed: "✖", note: "ℹ", back: "↩", point: "━━" } as const;
const ASCII = { done: "+", failed: "x", note: "i", back: "<", point: "==" } as const;
const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
const ASCII_FRAMES = ["-", "\\", "|", "/"] as const;
const INTERVAL_MS = 80;

/** The sign, a space, the `^C` that a terminal echoes, and the last column, where some terminals wrap early. */
const MARGIN = 5;

/** Colours are ours: ora's chalk reads the environment on its own and ignores NO_COLOR. */
export function createSpinnerRenderer(screen: Screen, now: () => number): Renderer {
  const palette = paletteOf(screen.color);
  const frames = (screen.unicode ? FRAMES : ASCII_FRAMES).map(palette.cyan);
  const spinner = ora({
    stream: screen.stream as NodeJS.WriteStream,
    isEnabled: true,
    color: false,
    // It would swallow what is typed at the prompt and keep stdin open.
    discardStdin: false,
    spinner: { interval: INTERVAL_MS, frames },
  });
  return new SpinnerRenderer(spinner, screen, palette, now);
}

interface Current {
  readonly step: StepKind;
  readonly startedAt: number;
  /** What is still true when the step has failed: the object that was done last is not the one at fault. */
  detail: string;
}

class SpinnerRenderer implements Renderer {
  readonly #spinner: Ora;
  readonly #screen: Screen;
  readonly #palette: Palette;
  readonly #now: () => number;
  readonly #signs: Readonly<Record<keyof typeof UNICODE, string>>;
  #current: Current | undefined;

  readonly #handlers: EventHandlers = {
    planned: ({ run, source, target }) =>
      this.#paragraph("", `Run ${run}: ${source} to ${target}`, this.#palette.dim),
    "step-started": (event) => this.#started(event),
    object: ({ done, total, id }) =>
      this.#detail(`${done}/${total}  ${formatId(id)}`, `${done}/${total}`),
    waiting: ({ seconds, reason }) => this.#detail(`waiting ${durationText(seconds)}: ${reason}`),
    "step-finished": (event) => this.#finished(event),
    finding: ({ finding }) => this.#lines(findingLines(finding, this.#columns(), this.#palette)),
    note: ({ text }) => this.#paragraph(this.#signs.note, text, this.#palette.cyan),
    "point-of-no-return": () =>
      this.#paragraph(this.#signs.point, POINT_OF_NO_RETURN, this.#palette.yellow),
    "rolling-back": ({ because }) => {
      this.#cross();
      // Said whole when the program ends.
      const line = fit(`Rolling back: ${because}`, Math.max(1, this.#columns() - MARGIN));
      this.#paragraph(this.#signs.back, line, this.#palette.yellow);
    },
    finished: ({ summary }) =>
      this.#paragraph(this.#signs.done, summaryText(summary), this.#palette.green),
    failed: () => this.#cross(),
  };

  constructor(spinner: Ora, screen: Screen, palette: Palette, now: () => number) {
    this.#spinner = spinner;
    this.#screen = screen;
    this.#palette = palette;
    this.#now = now;
    this.#signs = screen.unicode ? UNICODE : ASCII;
  }

  readonly emit = (event: PivotEvent): void => dispatch(this.#handlers, event);

  stop(): void {
    this.#current = undefined;
    this.#spinner.stop();
  }

  pause(): void {
    this.#spinner.stop();
  }

  resume(): void {
    if (this.#current !== undefined) this.#spinner.start();
  }

  #started({ step, total }: EventOf<"step-started">): void {
    this.#current = { step, startedAt: this.#now(), detail: "" };
    this.#spinner.start(this.#text(step, total === undefined ? "" : `0/${total}`));
  }

  #detail(detail: string, lasting = detail): void {
    if (this.#current === undefined) return;
    this.#current.detail = lasting;
    // Not drawn here but by ora's timer: thousands of objects a second do not flicker.
    this.#spinner.text = this.#text(this.#current.step, detail);
  }

  #finished({ step, figures }: EventOf<"step-finished">): void {
    const startedAt = this.#current?.startedAt ?? this.#now();
    const took = durationText((this.#now() - startedAt) / 1000);
    const detail = [figuresText(figures), took].filter((part) => part !== "").join("  ");
    this.#current = undefined;
    this.#persist(this.#palette.green(this.#signs.done), this.#text(step, detail));
  }

  /** Leaves a cross and what the step was at; why it failed is said by whoever ends the program. */
  #cross(): void {
    const failed = this.#current;
    this.#current = undefined;
    if (failed === undefined) return;
    const text = this.#text(failed.step, failed.detail);
    this.#persist(this.#palette.red(this.#signs.failed), text);
  }

  #persist(symbol: string, text: string): void {
    this.#spinner.stopAndPersist({ symbol, text });
  }

  #text(step: StepKind, detail: string): string {
    const line = `${pad(titleOf(step), TITLE_WIDTH)}  ${detail}`.trimEnd();
    return fit(line, Math.max(1, this.#columns() - MARGIN));
  }

  #columns(): number {
    return columnsOf(this.#screen.stream);
  }

  #paragraph(sign: string, text: string, paint: (text: string) => string): void {
    const first = sign === "" ? "" : `${sign} `;
    this.#lines(wrap(text, this.#columns() - 1, first, "  ").map(paint));
  }

  /** ora sees the write, takes its line away and draws it again below. */
  #lines(lines: readonly string[]): void {
    this.#screen.stream.write(`${lines.join("\n")}\n`);
  }
}
