// A cluster that is gone for good: the run ends with the other one alone, after its name was typed. And should it come
// back after all, one command cleans it.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { OUR_NAMESPACE } from "../../src/model/capi.ts";
import { EXIT } from "../../src/model/error.ts";
import type { StatusData } from "../../src/report/status-data.ts";
import { lookAtFleet } from "../support/fleet/look.ts";
import { normalForms } from "../support/fleet/normal-form.ts";
import { uidsOf } from "../support/fleet/snapshot.ts";
import { type ClusterFlags, clusterFlags, killAt } from "../support/killed-run.ts";
import { type KubeconfigFolder, kubeconfigFolder } from "../support/kubeconfig-folder.ts";
import { namespaceIsGone, type Stage, smallFleet, startStage, stateOf } from "../support/stage.ts";
import { type } from "../support/typed.ts";

const LONG = 240_000;

let stage: Stage;
let folder: KubeconfigFolder;
let flags: ClusterFlags;

beforeAll(async () => {
  stage = await startStage();
  folder = await kubeconfigFolder();
  flags = await clusterFlags(stage, folder);
}, LONG);

afterAll(async () => {
  await stage.stop();
  await folder.remove();
});

async function kill(namespace: string, cluster: "source" | "target", method: string, path: string) {
  const argv = [...flags.both, "-n", namespace, "--yes", "--prove-for=0"];
  const when = (request: { readonly method: string; readonly path: string }) =>
    request.method === method && request.path.includes(path);
  await killAt(stage, argv, { cluster, when });
  stage.reset();
}

describe("a target that is gone for good", () => {
  test(
    "leaves the source as it was; when it comes back it is cleaned",
    async () => {
      const fleet = await smallFleet(stage, "lost-target");
      const before = await stateOf(stage.source, fleet);
      await kill("lost-target", "target", "POST", "/machines");
      await stage.target.killApiServer();

      const argv = ["rollback", ...flags.source, "--target-lost"];
      const wrong = await type(argv, { input: "source\n" });
      expect(wrong.exitCode).toBe(EXIT.unchanged);
      expect(wrong.stderr).toContain("NOT_CONFIRMED");

      const right = await type(argv, { input: "target\n" });
      expect({ exitCode: right.exitCode, stderr: right.stderr }).toEqual({
        exitCode: EXIT.done,
        stderr: expect.stringContaining("the source is as it was before it"),
      });
      expect(right.stderr).toContain("what the target holds");
      expect(await stateOf(stage.source, fleet)).toEqual(before);

      await stage.target.restartApiServer();
      const { exitCode } = await type(["rollback", ...flags.both, "--yes"]);
      expect(exitCode).toBe(EXIT.done);
      expect([...(await lookAtFleet(stage.target.api, fleet)).keys()]).toEqual([]);
      for (const cluster of [stage.source, stage.target])
        expect(await namespaceIsGone(cluster, OUR_NAMESPACE)).toBe(true);
      expect(await stateOf(stage.source, fleet)).toEqual(before);
    },
    LONG,
  );
});

describe("a source that is gone for good", () => {
  test(
    "before everything was seen in the target is refused",
    async () => {
      const fleet = await smallFleet(stage, "lost-early");
      await kill("lost-early", "target", "POST", "/machines");
      const argv = ["resume", ...flags.target, "--to-kubeconfig", flags.target[1] ?? ""];
      const { exitCode, stderr } = await type([...argv, "--source-lost"], { input: "source\n" });
      expect({ exitCode, stderr }).toEqual({
        exitCode: EXIT.midway,
        stderr: expect.stringContaining("TARGET_INCOMPLETE"),
      });
      expect((await type(["rollback", ...flags.both, "--yes"])).exitCode).toBe(EXIT.done);
      expect([...(await lookAtFleet(stage.target.api, fleet)).keys()]).toEqual([]);
    },
    LONG,
  );

  test(
    "past the point of no return: the copies come alive, and the record says why",
    async () => {
      const fleet = await smallFleet(stage, "lost-source");
      const before = await lookAtFleet(stage.source.api, fleet);
      await kill("lost-source", "source", "DELETE", "/machines");
      await stage.source.killApiServer();

      const argv = ["resume", "--to-kubeconfig", flags.target[1] ?? "", "--source-lost"];
      const { exitCode, stderr } = await type(argv, { input: "source\n" });
      expect({ exitCode, stderr }).toEqual({
        exitCode: EXIT.done,
        stderr: expect.stringContaining("whether the run had passed the point of no return"),
      });
      const after = await lookAtFleet(stage.target.api, fleet);
      expect(normalForms(after, uidsOf(after))).toEqual(normalForms(before, uidsOf(before)));
      const { stdout } = await type(["status", ...flags.target, "-o", "json"]);
      const { state, runs } = JSON.parse(stdout) as StatusData;
      expect([state, runs[0]?.phase]).toEqual(["done", "done"]);
    },
    LONG,
  );
});
