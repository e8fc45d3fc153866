// Durations in words.

/** Whole seconds: `32s`, `1m32s`. */
export function secondsText(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}
