// Runs a small program of the system and waits for its end.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface ToolResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Throws only when the program cannot be started. */
export async function runTool(...parts: readonly (readonly string[])[]): Promise<ToolResult> {
  const [program = "", ...args] = parts.flat();
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const code = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  return { code: await code, stdout: await stdout, stderr: await stderr };
}
