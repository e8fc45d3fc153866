// What the stream that progress goes to can show. Decided once, from the stream and the environment.

/** The part of a writable stream that rendering needs. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export type ColorMode = "auto" | "always" | "never";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Screen {
  readonly stream: OutputStream;
  readonly color: boolean;
  /** A spinner may move here. */
  readonly animated: boolean;
  /** Signs outside ASCII are shown. */
  readonly unicode: boolean;
}

const FALLBACK_COLUMNS = 80;

/** Reads the facts; see the rules beside each. */
export function screenOf(stream: OutputStream, env: Environment, mode: ColorMode): Screen {
  const isDumb = env["TERM"] === "dumb";
  const isTerminal = stream.isTTY === true && !isDumb;
  return {
    stream,
    color: mode === "auto" ? autoColor(env, isTerminal) : mode === "always",
    // At 0 columns (docker -t, script, ptys of some CI systems) ora never stops writing.
    animated: isTerminal && (stream.columns ?? 0) > 0 && !isContinuousIntegration(env),
    // The Linux console's font has no braille and no ticks.
    unicode: env["TERM"] !== "linux",
  };
}

/** NO_COLOR wins over FORCE_COLOR (no-color.org); empty means not set. */
function autoColor(env: Environment, isTerminal: boolean): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const forced = env["FORCE_COLOR"] ?? "";
  if (forced !== "") return forced !== "0" && forced !== "false";
  return isTerminal;
}

function isContinuousIntegration(env: Environment): boolean {
  const value = env["CI"] ?? "";
  return value !== "" && value !== "false" && value !== "0";
}

/** Where to wrap sentences: at a terminal's edge, and nowhere else, so that files can be searched for whole ones. */
export function wrapAt(stream: OutputStream): number {
  return stream.isTTY === true ? columnsOf(stream) : Number.POSITIVE_INFINITY;
}

/** The width to wrap and cut at, now: terminals are resized. */
export function columnsOf(stream: OutputStream): number {
  const columns = stream.columns ?? 0;
  return columns > 0 ? columns : FALLBACK_COLUMNS;
}
