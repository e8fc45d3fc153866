// Which renderer fits the output that was asked for and the terminal at hand.
import { NdjsonRenderer } from "./ndjson-renderer.ts";
import { PlainRenderer } from "./plain-renderer.ts";
import type { Renderer } from "./renderer.ts";
import type { OutputStream, Screen } from "./screen.ts";

export interface RendererOptions {
  readonly output: "text" | "ndjson";
  /** Data: NDJSON goes here. */
  readonly stdout: OutputStream;
  /** Progress goes here. */
  readonly screen: Screen;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
}

/** NDJSON when asked for; else a spinner on a terminal that can show one, else plain lines. */
export async function createRenderer(options: RendererOptions): Promise<Renderer> {
  const { output, stdout, screen, now } = options;
  if (output === "ndjson") return new NdjsonRenderer(stdout, now);
  if (!screen.animated) return new PlainRenderer(screen, now);
  // ora takes 20 ms to load, which pipes and `version` need not pay.
  const { createSpinnerRenderer } = await import("./spinner-renderer.ts");
  return createSpinnerRenderer(screen, now);
}
