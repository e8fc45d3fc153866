// `scripts/with-live-testbed` as its users see it.
import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { findManagers, findPrograms } from "../testbed/programs.ts";
import { requireNetworks } from "./network-tools.ts";
import { runTool } from "./tools.ts";

const LONG = 300_000;
const SCRIPT = join(import.meta.dir, "..", "..", "..", "scripts", "with-live-testbed.ts");

beforeAll(async () => {
  requireNetworks();
  await findPrograms();
  await findManagers();
}, 3 * LONG);

describe("with-live-testbed", () => {
  test("says how it is used when there is no command", async () => {
    const { code, stderr } = await runTool([process.execPath, SCRIPT, "--fleet", "--"]);
    expect(stderr).toContain("usage: with-live-testbed [--fleet] [--audit] -- COMMAND");
    expect(code).toBe(2);
  });

  test(
    "lends a source with providers and a bare target to its command and passes its exit code on",
    async () => {
      const script = [
        "kubectl get deployments -A --no-headers | wc -l",
        'kubectl --kubeconfig "$TARGET_KUBECONFIG" get deployments -A --no-headers 2>/dev/null | wc -l',
        'test -e "$CAPI_PIVOT_LIVE_TESTBED/source.kubeconfig" && exit 7',
      ].join("; ");
      const { code, stdout } = await runTool([process.execPath, SCRIPT, "--", "sh", "-c", script]);
      expect(stdout.split("\n").filter((line) => line !== "")).toEqual(["7", "0"]);
      expect(code).toBe(7);
    },
    LONG,
  );
});
