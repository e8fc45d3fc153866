// The most memory that a running program has held.
import { readFileSync } from "node:fs";

const LOOK_EVERY_MS = 50;
const KIBIBYTE = 1024;

/**
 * Looks at a process until it has ended. Its resource usage would say no less than what this process holds: Linux
 * counts the memory of the parent that a child shares until it becomes another program.
 */
export function watchPeak(pid: number): { bytes(): number | undefined; end(): void } {
  let peak: number | undefined;
  const look = (): void => {
    peak = highWaterMark(pid) ?? peak;
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return { bytes: () => peak, end: () => clearInterval(timer) };
}

/** Undefined where there is no such file: the process has ended, or the system is not Linux. */
function highWaterMark(pid: number): number | undefined {
  try {
    const [, kibibytes] =
      /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * KIBIBYTE;
  } catch {
    return undefined;
  }
}
