// Moments in words, for people who look at something that began long ago.

/** `2026-11-24 10:00:03 UTC, 2m05s ago`; a text that is no time as it is. */
export function momentText(iso: string, now: string): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return iso;
  const [day = "", time = ""] = new Date(ms).toISOString().split("T");
  return `${day} ${time.slice(0, 8)} UTC, ${agoText(iso, now)}`;
}

/** `just now`, `12s ago`, `2m05s ago`, `3h12m ago`, `4 days ago`. A moment in the future is one of a clock that is ahead. */
export function agoText(iso: string, now: string): string {
  const seconds = Math.floor((Date.parse(now) - Date.parse(iso)) / 1000);
  if (Number.isNaN(seconds)) return "at an unknown time";
  if (seconds < -1) return `${spanText(-seconds)} ahead of this machine's clock`;
  return seconds < 1 ? "just now" : `${spanText(seconds)} ago`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function spanText(seconds: number): string {
  if (seconds < MINUTE) return `${seconds}s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m${twoDigits(seconds % MINUTE)}s`;
  const minutes = Math.floor((seconds % HOUR) / MINUTE);
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h${twoDigits(minutes)}m`;
  return `${Math.floor(seconds / DAY)} days`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
