// Durations as Go writes them: `30s`, `1m30s`, `1.5h`, `300ms`.

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h)/g;

/** Milliseconds, undefined when it is no duration. `0` needs no unit. */
export function parseDuration(text: string): number | undefined {
  if (/^0+$/.test(text)) return 0;
  if (text === "" || text.replace(PART, "") !== "") return undefined;
  let total = 0;
  for (const [, number = "", unit = ""] of text.matchAll(PART)) {
    total += Number(number) * (UNITS[unit] ?? 0);
  }
  return total;
}
