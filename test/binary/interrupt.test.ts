// Signals to the compiled program in the middle of a run: the first puts everything back, the second stops at once and
// says what is where.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { OUR_NAMESPACE } from "../../src/model/capi.ts";
import { EXIT } from "../../src/model/error.ts";
import { fieldAt } from "../../src/model/object.ts";
import { binary, capiPivot, start } from "../support/binary.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import { lookAtFleet } from "../support/fleet/look.ts";
import {
  type KubeconfigFolder,
  kubeconfigFolder,
  stageKubeconfigs,
} from "../support/kubeconfig-folder.ts";
import type { Hold } from "../support/proxy/fault-proxy.ts";
import {
  firstOf,
  namespaceIsGone,
  type Stage,
  smallFleet,
  startStage,
  stateOf,
} from "../support/stage.ts";
import { CTRL_C, onTerminal } from "../support/terminal.ts";

const LONG = 120_000;
const MERGE = "application/merge-patch+json";
const FIRST_WORDS = "interrupted: requests under way are finished, then everything is put back";

let stage: Stage;
let folder: KubeconfigFolder;
let clusters: readonly string[];

beforeAll(async () => {
  binary();
  stage = await startStage();
  folder = await kubeconfigFolder();
  const { source, target } = await stageKubeconfigs(stage, folder);
  clusters = ["--kubeconfig", source, "--to-kubeconfig", target];
}, LONG * 8);

afterEach(() => {
  stage.reset();
});

afterAll(async () => {
  await stage.stop();
  await folder.remove();
});

/** The copy is under way: a Machine is about to be created. */
function holdTheCopy(): Hold {
  return stage.proxies.target.hold({
    when: ({ method, path, isWrite }) => isWrite && method === "POST" && path.endsWith("/machines"),
  });
}

async function expectNothingOfOurs(): Promise<void> {
  for (const cluster of [stage.source, stage.target]) {
    expect(await namespaceIsGone(cluster, OUR_NAMESPACE)).toBe(true);
  }
}

describe("one signal during the copy puts everything back", () => {
  const signals = [
    ["SIGINT", EXIT.sigint],
    ["SIGTERM", EXIT.sigterm],
    ["SIGHUP", EXIT.sighup],
  ] as const;

  test.each(signals)(
    "%s in a pipe ends with exit code %d",
    async (signal, exitCode) => {
      const namespace = `piped-${signal.toLowerCase()}`;
      const fleet = await smallFleet(stage, namespace);
      const before = await stateOf(stage.source, fleet);
      const held = holdTheCopy();
      const running = await start([binary(), ...clusters, "-n", namespace, "--yes"]);
      await held.arrived;
      running.kill(signal);
      await running.said(FIRST_WORDS);
      held.release();
      const { code, stderr } = await running.ended;
      expect(code).toBe(exitCode);
      expect(stderr).toContain(`interrupted by ${signal}; everything was put back`);
      expect(stderr).toContain("code: INTERRUPTED");
      expect(await stateOf(stage.source, fleet)).toEqual(before);
      expect(await stateOf(stage.target, fleet)).toEqual({});
      await expectNothingOfOurs();
    },
    LONG,
  );

  test(
    "Ctrl-C on a terminal ends with exit code 130",
    async () => {
      const namespace = "terminal";
      const fleet = await smallFleet(stage, namespace);
      const before = await stateOf(stage.source, fleet);
      const held = holdTheCopy();
      const running = await onTerminal([...clusters, "-n", namespace, "--yes"], { columns: 80 });
      await held.arrived;
      running.press(CTRL_C);
      await running.said("interrupted: requests under way");
      held.release();
      const { code, raw, screen } = await running.ended;
      expect(code).toBe(EXIT.sigint);
      expect(screen.text).toContain("↩ Rolling back: interrupted by SIGINT");
      expect(screen.text).toContain("✔ Unpause in the source");
      expect(screen.text).toContain("everything was put back, nothing is left changed");
      // The cursor is back.
      expect(raw.lastIndexOf("\u001b[?25h")).toBeGreaterThan(raw.lastIndexOf("\u001b[?25l"));
      expect(await stateOf(stage.source, fleet)).toEqual(before);
      expect(await stateOf(stage.target, fleet)).toEqual({});
      await expectNothingOfOurs();
    },
    LONG,
  );
});

describe("a signal before anything was written", () => {
  test(
    "ends at once, even while a server does not answer",
    async () => {
      const fleet = await smallFleet(stage, "early");
      const before = await stateOf(stage.source, fleet);
      const held = stage.proxies.source.hold({ when: ({ path }) => path.endsWith("/secrets") });
      const running = await start([binary(), ...clusters, "-n", "early", "--yes"]);
      await held.arrived;
      running.kill("SIGINT");
      const { code, stderr } = await running.ended;
      held.release();
      expect(code).toBe(EXIT.sigint);
      expect(stderr).toContain("interrupted by SIGINT; nothing was changed");
      expect(await stateOf(stage.source, fleet)).toEqual(before);
    },
    LONG,
  );
});

describe("a second signal", () => {
  test(
    "stops at once with exit code 3 and says what is where",
    async () => {
      const namespace = "twice";
      const fleet = await smallFleet(stage, namespace);
      const held = holdTheCopy();
      const running = await start([binary(), ...clusters, "-n", namespace, "--yes"]);
      await held.arrived;
      running.kill("SIGINT");
      await running.said(FIRST_WORDS);
      running.kill("SIGINT");
      const { code, stderr } = await running.ended;
      held.release();
      await stage.proxies.target.quiet();
      expect(code).toBe(EXIT.midway);
      const [, run = ""] = /stopped at once: run ([0-9a-f]{8}) is unfinished/.exec(stderr) ?? [];
      expect(stderr).toContain("objects of the source may be paused");
      expect(stderr).toContain("copies may be in the target");
      expect(stderr).toContain("nothing was deleted from the source");
      await expectUnfinished(run);
      const cluster = firstOf(
        await lookAtFleet(stage.source.api, fleet),
        "Cluster.cluster.x-k8s.io",
      );
      expect(fieldAt(cluster, "spec", "paused")).toBe(true);
      expect(Object.keys(await stateOf(stage.source, fleet))).toHaveLength(fleet.objects.length);
      expect(Object.keys(await stateOf(stage.target, fleet))).not.toEqual([]);
      await expectNextRunRefused(run);
      await cleanUp();
    },
    LONG,
  );
});

/** Its record is where the last words say, in both clusters, and the next command shows it. */
async function expectUnfinished(run: string): Promise<void> {
  const path = `/api/v1/namespaces/${OUR_NAMESPACE}/configmaps/capi-pivot-${run}`;
  for (const { api } of [stage.source, stage.target]) {
    const record = await ask(api, "GET", path);
    expect(fieldAt(record, "data", "phase")).toBe("copying");
  }
}

/** Rather than that names are taken in the target: first by the lock, and by the record when that has run out. */
async function expectNextRunRefused(run: string): Promise<void> {
  const next = () => capiPivot(["plan", ...clusters, "-n", "twice"]);
  const lease = `/apis/coordination.k8s.io/v1/namespaces/${OUR_NAMESPACE}/leases/capi-pivot`;
  // As if the program had ended just now, however slow this machine is.
  const renewTime = new Date().toISOString().replace("Z", "000Z");
  await ask(stage.source.api, "PATCH", lease, { spec: { renewTime } }, MERGE);
  const locked = await next();
  expect(locked.code).toBe(EXIT.unchanged);
  expect(locked.stderr).toContain("code: LOCKED");
  expect(locked.stderr).toContain(run);
  for (const { api } of [stage.source, stage.target]) {
    await ask(api, "DELETE", lease);
  }
  const unfinished = await next();
  expect(unfinished.code).toBe(EXIT.unchanged);
  expect(unfinished.stderr).toContain(`run ${run} of `);
  expect(unfinished.stderr).toContain("code: RUN_UNFINISHED (source)");
  expect(unfinished.stderr).toContain("Next: kubectl capi-pivot resume");
}

async function cleanUp(): Promise<void> {
  for (const { api } of [stage.source, stage.target]) {
    await ask(api, "DELETE", `/api/v1/namespaces/${OUR_NAMESPACE}`);
  }
  await expectNothingOfOurs();
}
