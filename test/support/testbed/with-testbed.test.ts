// `scripts/with-testbed` as its users see it: what its command finds, and what becomes of exit codes and signals.
import { beforeAll, describe, expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { findPrograms } from "./programs.ts";

const LONG = 120_000;
const SCRIPT = join(import.meta.dir, "..", "..", "..", "scripts", "with-testbed.ts");

beforeAll(findPrograms, 15 * LONG);

interface Run {
  readonly child: ChildProcess;
  readonly stdout: Promise<string>;
  readonly code: Promise<number | null>;
}

function withTestbed(...command: readonly string[]): Run {
  const child = spawn(process.execPath, [SCRIPT, "--", ...command], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const code = new Promise<number | null>((resolve) => {
    child.on("exit", resolve);
  });
  return { child, stdout: text(child.stdout), code };
}

describe("with-testbed", () => {
  test(
    "lends both clusters to its command and passes its exit code on",
    async () => {
      const script = [
        'echo "$CAPI_PIVOT_TESTBED"',
        "kubectl config current-context",
        'kubectl --kubeconfig "$TARGET_KUBECONFIG" config current-context',
        "kubectl get clusters.cluster.x-k8s.io -A -o name",
        "exit 7",
      ].join("; ");
      const run = withTestbed("sh", "-c", script);
      expect(await run.code).toBe(7);
      const [folder = "", ...contexts] = (await run.stdout).trim().split("\n");
      expect(contexts).toEqual(["source", "target"]);
      expect(existsSync(folder)).toBe(false);
    },
    LONG,
  );

  test(
    "passes a signal on and reports the command's end by it",
    async () => {
      const run = withTestbed("sh", "-c", "echo running; exec sleep 600");
      await new Promise((resolve) => {
        run.child.stdout?.once("data", resolve);
      });
      run.child.kill("SIGTERM");
      expect(await run.code).toBe(143);
    },
    LONG,
  );
});
