// What runs leave in two real clusters, as `status` shows it from either of them: none, finished, killed in the middle and
// past the point of no return, without its records, and rolled back without its target.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { OUR_NAMESPACE } from "../../src/model/capi.ts";
import { EXIT } from "../../src/model/error.ts";
import type { StatusData } from "../../src/report/status-data.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import { clusterFlags, killAt, type Moment } from "../support/killed-run.ts";
import { type KubeconfigFolder, kubeconfigFolder } from "../support/kubeconfig-folder.ts";
import { namespaceIsGone, type Stage, smallFleet, startStage, stateOf } from "../support/stage.ts";
import { type } from "../support/typed.ts";

const LONG = 180_000;
const MERGE = "application/merge-patch+json";
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${OUR_NAMESPACE}/leases/capi-pivot`;
/** Objects of a small fleet, all of which move. */
const OBJECTS = 20;

let stage: Stage;
let folder: KubeconfigFolder;
let source: readonly string[];
let target: readonly string[];
let both: readonly string[];

beforeAll(async () => {
  stage = await startStage();
  folder = await kubeconfigFolder();
  ({ source, target } = await clusterFlags(stage, folder));
  both = [...target, "--to-kubeconfig", source[1] ?? ""];
}, LONG * 6);

afterEach(() => {
  stage.reset();
});

afterAll(async () => {
  await stage.stop();
  await folder.remove();
});

/** Whatever it finds, it could look. */
async function status(flags: readonly string[]): Promise<StatusData> {
  const { exitCode, stdout, stderr } = await type(["status", ...flags, "-o", "json"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: EXIT.done, stderr: "" });
  return JSON.parse(stdout) as StatusData;
}

/** Verbs and flags of the commands, without files and contexts. */
function possible({ commands }: StatusData): readonly string[] {
  return commands.map(({ command }) =>
    command.replace(/^kubectl capi-pivot /, "").replace(/ --(to-)?(kubeconfig|context) \S+/g, ""),
  );
}

/** Kills a pivot of that namespace. */
function kill(namespace: string, cluster: Moment["cluster"], when: Moment["when"]): Promise<void> {
  const flags = [...source, "--to-kubeconfig", target[1] ?? "", "-n", namespace];
  return killAt(stage, [...flags, "--yes", "--prove-for=0"], { cluster, when });
}

/** As if the program had renewed its locks just now, or long ago. */
async function renewLocks(ago: number): Promise<void> {
  const renewTime = new Date(Date.now() - ago).toISOString().replace("Z", "000Z");
  for (const { api } of [stage.source, stage.target]) {
    await ask(api, "PATCH", LEASE, { spec: { renewTime } }, MERGE);
  }
}

async function removeRecords(): Promise<void> {
  for (const cluster of [stage.source, stage.target]) {
    await cluster.api.request("DELETE", `/api/v1/namespaces/${OUR_NAMESPACE}`);
    expect(await namespaceIsGone(cluster, OUR_NAMESPACE)).toBe(true);
  }
}

describe("no pivot", () => {
  test(
    "has left anything, in one cluster or in both",
    async () => {
      for (const flags of [source, target, both]) {
        expect(await status(flags)).toMatchObject({ state: "none", runs: [], strays: [] });
      }
      const { stdout } = await type(["status", ...both]);
      expect(stdout).toContain("no pivot has left anything in these clusters\n");
      const twice = await type(["status", ...source, "--to-kubeconfig", source[1] ?? ""]);
      expect(twice.exitCode).toBe(EXIT.usage);
      expect(twice.stderr).toContain("code: SAME_CLUSTER\n  Next: kubectl capi-pivot status ");
    },
    LONG,
  );
});

describe("a group of the API that does not answer", () => {
  test(
    "is not counted, and hides nothing else",
    async () => {
      const path = "/apis/apiregistration.k8s.io/v1/apiservices";
      const [group, version] = ["silent.dev", "v1"];
      await ask(stage.source.api, "POST", path, {
        apiVersion: "apiregistration.k8s.io/v1",
        kind: "APIService",
        metadata: { name: `${version}.${group}` },
        spec: {
          ...{ group, version, groupPriorityMinimum: 100, versionPriority: 100 },
          ...{ insecureSkipTLSVerify: true, service: { namespace: "default", name: "nobody" } },
        },
      });
      let seen = await status(source);
      // Until the server itself has noticed.
      while (seen.clusters[0]?.unlisted.length === 0) seen = await status(source);
      expect(seen.state).toBe("none");
      expect(seen.clusters[0]?.unlisted).toEqual(["*.silent.dev"]);
      expect(seen.clusters[0]?.uncounted).toBeUndefined();
      await ask(stage.source.api, "DELETE", `${path}/${version}.${group}`);
      while (seen.clusters[0]?.unlisted.length !== 0) seen = await status(source);
    },
    LONG,
  );
});

describe("a finished run", () => {
  test(
    "has its record in the target, where nothing of it is left to be released",
    async () => {
      const { summary } = await stage.pivot(await smallFleet(stage, "finished"));
      const want = {
        state: "done",
        runs: [
          { run: summary?.run ?? "", state: "done", decidedBy: "target", namespaces: ["finished"] },
        ],
        commands: [],
      };
      const seen = await status(target);
      expect(seen).toMatchObject(want);
      const [run] = seen.runs;
      expect(run?.outcome?.seconds).toBeGreaterThan(0);
      expect(run?.objects).toEqual({ move: OBJECTS, copy: 0 });
      expect(run?.inTarget).toMatchObject({
        phase: "done",
        copies: { move: 0, copy: 0, paused: 0 },
      });
      expect(run?.inSource).toBeUndefined();
      expect(await status(source)).toMatchObject({ state: "none" });
      const together = await status(both);
      expect(together).toMatchObject(want);
      expect(together.runs[0]?.inSource?.originals).toEqual({ objects: 0, clusters: 0, copied: 0 });
    },
    LONG,
  );
});

describe("a run that was killed while it copied", () => {
  test(
    "is shown by either cluster, with what is where and what is possible",
    async () => {
      const fleet = await smallFleet(stage, "copying");
      await kill("copying", "target", ({ method, path, isWrite }) => {
        return isWrite && method === "POST" && path.endsWith("/machines");
      });
      await renewLocks(0);
      const alive = await status(source);
      expect(alive).toMatchObject({ state: "running", commands: [] });
      expect(alive.clusters).toMatchObject([{ lock: { alive: true, seconds: 15 } }]);
      await renewLocks(60_000);

      const copies = Object.keys(await stateOf(stage.target, fleet)).length;
      expect(copies).toBeGreaterThan(0);
      expect(copies).toBeLessThan(OBJECTS);
      const inSource = {
        ...{ phase: "copying", pausedRoots: 1, cut: 0 },
        originals: { objects: OBJECTS, clusters: 1 },
        controllers: { recorded: 0, marked: 0, atZero: 0 },
      };
      const inTarget = {
        ...{ phase: "copying", components: 0, namespaces: 1 },
        copies: { move: copies, copy: 0, paused: 1 },
      };

      const here = await status(source);
      expect(here.runs).toMatchObject([{ state: "interrupted", phase: "copying", inSource }]);
      expect(here.runs[0]?.inTarget).toBeUndefined();
      expect(possible(here)).toEqual(["resume", "rollback", "rollback --target-lost"]);

      const there = await status(target);
      expect(there.runs[0]).toMatchObject({ state: "interrupted", decidedBy: "target", inTarget });
      expect(possible(there)).toEqual(["resume", "rollback"]);
      // The finished run that was there before is told after the one that needs somebody.
      expect(there.runs.map(({ state }) => state)).toEqual(["interrupted", "done"]);

      const together = await status(both);
      expect(together.clusters.map(({ role }) => role)).toEqual(["target", "source"]);
      expect(together.runs[0]).toMatchObject({ decidedBy: "source", inTarget });
      expect(together.runs[0]?.inSource?.originals?.copied).toBe(copies);
      expect(together.commands.map(({ command }) => command)).toEqual(
        ["resume", "rollback"].map(
          (verb) =>
            `kubectl capi-pivot ${verb} --kubeconfig ${source[1]} --context source --to-kubeconfig ${target[1]} --to-context target`,
        ),
      );

      const { stdout } = await type(["status", ...both]);
      expect(stdout).toContain("was stopped before the point of no return");
      expect(stdout).toContain(
        `originals ${OBJECTS} objects of 1 Cluster still here, ${copies} of`,
      );
    },
    LONG,
  );

  test(
    "whose records somebody has deleted is known by its marks",
    async () => {
      await removeRecords();
      for (const flags of [source, target]) {
        const { state, strays, commands } = await status(flags);
        expect({ state, commands }).toEqual({ state: "unrecorded", commands: [] });
        expect(strays).toHaveLength(1);
      }
      const { strays } = await status(both);
      expect(strays.map(({ context }) => context)).toEqual(["target", "source"]);
      expect(strays[1]?.marks).toMatchObject({ moved: 0, pausedRoots: 1 });
    },
    LONG,
  );
});

describe("a run that was killed past the point of no return", () => {
  test(
    "can only go on, whichever cluster is asked",
    async () => {
      await smallFleet(stage, "deleting");
      await kill("deleting", "source", ({ method, path }) => {
        return method === "DELETE" && path.includes("/clusters/");
      });
      await renewLocks(60_000);
      // The delete that was held got there in the end.
      const originals = { objects: 0, clusters: 0 };

      const here = await status(source);
      expect(here.runs[0]).toMatchObject({ state: "committed", inSource: { originals } });
      expect(possible(here)).toEqual(["resume"]);

      const there = await status(target);
      const copies = { move: OBJECTS, copy: 0, paused: 1 };
      expect(there.runs[0]).toMatchObject({ state: "committed", inTarget: { copies } });
      expect(possible(there)).toEqual(["resume", "resume --source-lost"]);

      const together = await status(both);
      expect(together).toMatchObject({ state: "committed", runs: [{ decidedBy: "source" }] });
      expect(possible(together)).toEqual(["resume"]);
      await removeRecords();
    },
    LONG,
  );
});

describe("a run that was rolled back without its target", () => {
  test(
    "has left its record in the source, and says so while the target is away",
    async () => {
      const fleet = await smallFleet(stage, "gone");
      stage.proxies.target.on({
        when: ({ method, path, isWrite }) =>
          isWrite && method === "POST" && path.endsWith("/machines"),
        times: 1,
        before: () => stage.target.killApiServer(),
      });
      expect((await stage.pivot(fleet)).error).toBeDefined();

      const here = await status(source);
      expect(here).toMatchObject({ state: "rolled-back", runs: [{ phase: "rolled-back" }] });
      expect(here.runs[0]?.inSource).toMatchObject({ pausedRoots: 0 });
      expect(possible(here)).toEqual(["rollback"]);

      const { exitCode, stdout, stderr } = await type(["status", ...target]);
      expect({ exitCode, stdout }).toEqual({ exitCode: EXIT.unchanged, stdout: "" });
      expect(stderr).toMatch(/^error: the cluster \(127\.0\.0\.1:\d+, context target\)/);
      expect(stderr).toContain("code: CLUSTER_UNREACHABLE\n");
    },
    LONG,
  );
});
