// The compiled program in pipes: what goes to which stream, exit codes, kubeconfigs of every kind, kubectl's plugin.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { EXIT } from "../../src/model/error.ts";
import { binary, capiPivot, type Ended, start } from "../support/binary.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import type { Fleet } from "../support/fleet/fleets.ts";
import { expectGolden } from "../support/golden.ts";
import {
  type KubeconfigFolder,
  kubeconfigFolder,
  namedKubeconfig,
  stageKubeconfigs,
} from "../support/kubeconfig-folder.ts";
import { type Stage, smallFleet, startStage, stateOf } from "../support/stage.ts";
import type { OwnCluster } from "../support/testbed/management-cluster.ts";
import type { EventLine } from "../support/typed.ts";

const LONG = 120_000;
const ESCAPE = "\u001b";
const STAYS = "stays";

let stage: Stage;
let folder: KubeconfigFolder;
let files: { readonly source: string; readonly target: string };
let staying: Fleet;

beforeAll(async () => {
  binary();
  stage = await startStage();
  folder = await kubeconfigFolder();
  files = await stageKubeconfigs(stage, folder);
  staying = await smallFleet(stage, STAYS);
}, LONG * 8);

afterEach(() => {
  stage.reset();
});

afterAll(async () => {
  await stage.stop();
  await folder.remove();
});

function between(...argv: readonly string[]): readonly string[] {
  return [...argv, "--kubeconfig", files.source, "--to-kubeconfig", files.target];
}

async function expectMoved(fleet: Fleet): Promise<void> {
  expect(await stateOf(stage.source, fleet)).toEqual({});
  const { length } = Object.keys(await stateOf(stage.target, fleet));
  expect(length).toBe(fleet.objects.length);
}

describe("what contacts nobody", () => {
  afterEach(() => {
    const { source, target } = stage.proxies;
    expect([...source.requests, ...target.requests]).toEqual([]);
  });

  test("version is one line, or an object", async () => {
    const env = { KUBECONFIG: files.source };
    const { code, stdout, stderr } = await capiPivot(["version"], env);
    expect({ code, stderr }).toEqual({ code: EXIT.done, stderr: "" });
    expect(stdout).toMatch(
      /^kubectl-capi-pivot v\S+ \(commit [0-9a-f]{12}, bun \S+, \S+\/\S+\)\n$/,
    );
    const asData = await capiPivot(["version", "-o", "json"], env);
    expect(Object.keys(JSON.parse(asData.stdout) as object)).toEqual([
      "version",
      "commit",
      "date",
      "runtime",
      "platform",
    ]);
  });

  test("version does not even read a kubeconfig", async () => {
    const { code, stderr } = await capiPivot(["version"], { KUBECONFIG: "/dev/null/nowhere" });
    expect({ code, stderr }).toEqual({ code: EXIT.done, stderr: "" });
  });

  test.each([
    ["", "help-pivot.txt"],
    ["plan", "help-plan.txt"],
    ["status", "help-status.txt"],
    ["version", "help-version.txt"],
  ])("%s --help goes to stdout", async (command, golden) => {
    const argv = command === "" ? ["--help"] : [command, "--help"];
    const { code, stdout, stderr } = await capiPivot(argv, { KUBECONFIG: files.source });
    expect({ code, stderr }).toEqual({ code: EXIT.done, stderr: "" });
    expectGolden(golden, stdout);
  });

  test("without a terminal and without --yes the pivot is a usage error", async () => {
    const { code, stdout, stderr } = await capiPivot(between());
    expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: "" });
    expect(stderr).toContain("there is no terminal to ask on");
    expect(stderr).toContain("code: USAGE");
    expect(stderr).toContain("add --yes");
  });

  test("a wrong flag is a usage error on stderr alone", async () => {
    const { code, stdout, stderr } = await capiPivot(["plan", "--to-kubeconfg=x"]);
    expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: "" });
    expect(stderr).toContain("did you mean --to-kubeconfig?");
  });
});

describe("status", () => {
  test(
    "is a page on stdout and nothing else, wherever a pivot was or was not",
    async () => {
      const { code, stdout, stderr } = await capiPivot(between("status"));
      expect({ code, stderr }).toEqual({ code: EXIT.done, stderr: "" });
      expect(stdout).toStartWith("Cluster:  source (127.0.0.1:");
      expect(stdout).toContain("\n\nno pivot has left anything in these clusters\n");
      expect(stdout).not.toContain(ESCAPE);
    },
    LONG,
  );
});

const PROGRESS = ["Connect: done", "Read both clusters: done"];

describe("version --servers", () => {
  const both = (...argv: readonly string[]) => capiPivot(between("version", "--servers", ...argv));

  test(
    "says what both servers are, in a line each or as data",
    async () => {
      const { code, stdout, stderr } = await both();
      expect({ code, stderr }).toEqual({ code: EXIT.done, stderr: "" });
      const [, ...lines] = stdout.trimEnd().split("\n");
      const line = (name: string): RegExp =>
        new RegExp(
          `^${name}: Kubernetes v1\\S+ \\(\\w+/\\w+\\), context ${name}, 127\\.0\\.0\\.1:\\d+$`,
        );
      expect(lines).toEqual(["source", "target"].map((name) => expect.stringMatching(line(name))));
      const data = parse((await both("-o", "yaml")).stdout) as { readonly servers: object };
      expect(data).toEqual(JSON.parse((await both("-o", "json")).stdout));
      expect(data.servers).toMatchObject({
        source: { context: "source", gitVersion: expect.stringMatching(/^v1/) },
        target: { context: "target", gitVersion: expect.stringMatching(/^v1/) },
      });
    },
    LONG,
  );

  test(
    "says what it knows when one of them does not answer",
    async () => {
      const { code, stdout, stderr } = await both("--to-server=https://127.0.0.1:1");
      expect(code).toBe(EXIT.unchanged);
      expect(stdout).toContain("\nsource: Kubernetes v1");
      expect(stdout).not.toContain("target");
      expect(stderr).toContain("code: CLUSTER_UNREACHABLE (target)");
    },
    LONG,
  );
});

describe("plan", () => {
  const plan = (...argv: readonly string[]) => capiPivot(between("plan", "-n", STAYS, ...argv));

  test(
    "is a page on stdout, its progress is on stderr, and neither has escape codes",
    async () => {
      const { code, stdout, stderr } = await plan();
      expect(code).toBe(EXIT.done);
      expect(stdout).toStartWith("Source:  source (127.0.0.1:");
      expect(stdout).toEndWith("20 objects of 1 cluster would move; nothing was changed\n");
      for (const words of PROGRESS) {
        expect(stderr).toContain(words);
        expect(stdout).not.toContain(words);
      }
      expect(stderr).not.toContain("Source:");
      expect(stdout + stderr).not.toContain(ESCAPE);
    },
    LONG,
  );

  test(
    "is the same data as JSON and as YAML, and stdout holds nothing else",
    async () => {
      const asJson = await plan("-o", "json");
      const asYaml = await plan("-o", "yaml");
      expect([asJson.code, asYaml.code]).toEqual([EXIT.done, EXIT.done]);
      const data = JSON.parse(asJson.stdout) as { readonly groups: readonly object[] };
      expect(parse(asYaml.stdout)).toEqual(data);
      expect(data.groups.length).toBeGreaterThan(2);
      for (const { stderr } of [asJson, asYaml]) {
        for (const words of PROGRESS) expect(stderr).toContain(words);
      }
    },
    LONG,
  );

  test(
    "that is blocked is printed all the same, and exits 1",
    async () => {
      const path = `/api/v1/namespaces/${STAYS}/secrets`;
      await ask(stage.target.api, "POST", "/api/v1/namespaces", { metadata: { name: STAYS } });
      await ask(stage.target.api, "POST", path, { metadata: { name: "bench-00-ca" } });
      const { code, stdout } = await plan();
      await ask(stage.target.api, "DELETE", `${path}/bench-00-ca`);
      expect(code).toBe(EXIT.unchanged);
      expect(stdout).toContain("error OBJECT_EXISTS_IN_TARGET");
      expect(stdout).toEndWith("blocked: 1 error; nothing was changed\n");
    },
    LONG,
  );

  const colours: readonly (readonly [
    string,
    readonly string[],
    Record<string, string>,
    boolean,
  ])[] = [
    ["--color=always", ["--color=always"], {}, true],
    ["--color=always over NO_COLOR", ["--color=always"], { NO_COLOR: "1" }, true],
    ["--color=never over FORCE_COLOR", ["--color=never"], { FORCE_COLOR: "1" }, false],
    ["NO_COLOR over FORCE_COLOR", [], { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
    ["TERM=dumb", [], { TERM: "dumb" }, false],
  ];

  test.each(colours)(
    "in a pipe with %s",
    async (_what, argv, env, isColoured) => {
      const { stdout } = await capiPivot(between("plan", "-n", STAYS, ...argv), env);
      expect(stdout.includes(`${ESCAPE}[1m`)).toBe(isColoured);
    },
    LONG,
  );
});

describe("a pivot in a pipe", () => {
  test(
    "says on stderr what happens, without escape codes, and nothing on stdout",
    async () => {
      const fleet = await smallFleet(stage, "piped");
      const { code, stdout, stderr } = await capiPivot(between("-n", "piped", "--yes"));
      expect({ code, stdout }).toEqual({ code: EXIT.done, stdout: "" });
      expect(stderr).not.toContain(ESCAPE);
      const lines = stderr.trimEnd().split("\n");
      expect(lines.at(-1)).toMatch(/^Moved 20 objects of 1 cluster from source to target in /);
      expect(lines).toContain(
        "About to move 20 objects of 1 cluster: a part of the management cluster",
      );
      await expectMoved(fleet);
    },
    LONG,
  );

  test(
    "of NDJSON has the documented fields in every line",
    async () => {
      const fleet = await smallFleet(stage, "lines");
      const { code, stdout, stderr } = await capiPivot(
        between("-n", "lines", "--yes", "-o", "ndjson"),
      );
      expect({ code, stderr }).toEqual({ code: EXIT.done, stderr: "" });
      const lines = linesOf(stdout);
      expect(lines.at(-1)?.type).toBe("finished");
      expectDocumented(lines);
      await expectMoved(fleet);
    },
    LONG,
  );

  test(
    "of NDJSON that fails ends in the line failed, with what stderr says",
    async () => {
      const before = await stateOf(stage.source, staying);
      stage.proxies.target.on({
        when: ({ method, path, isWrite }) =>
          isWrite && method === "POST" && path.endsWith("/machines"),
        fault: { type: "answer", status: 422 },
      });
      const { code, stdout, stderr } = await capiPivot(
        between("-n", STAYS, "--yes", "-o", "ndjson"),
      );
      expect(code).toBe(EXIT.unchanged);
      const lines = linesOf(stdout);
      expectDocumented(lines);
      const { type, error } = lines.at(-1) ?? {};
      expect({ type, ...error }).toMatchObject({
        type: "failed",
        code: "CREATE_REFUSED",
        cluster: "target",
        exitCode: EXIT.unchanged,
      });
      expect(stderr).toContain(`code: ${error?.code}`);
      expect(lines.map((line) => line.type)).toContain("rolling-back");
      expect(await stateOf(stage.source, staying)).toEqual(before);
    },
    LONG,
  );
});

function linesOf(stdout: string): readonly EventLine[] {
  expect(stdout).toEndWith("\n");
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as EventLine);
}

/** Field names by type, those with a question mark optional, as the table of docs/events.md has them. */
function documentedFields(): ReadonlyMap<string, readonly string[]> {
  const page = readFileSync(join(import.meta.dir, "..", "..", "docs", "events.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \|(.*?)\| [^|]*\|$/gm)];
  return new Map(
    rows.map(([, type = "", cell = ""]) => [
      type,
      [...cell.replace(/\([^)]*\)/g, "").matchAll(/`(\w+)`(\??)/g)].map(
        ([, name = "", mark = ""]) => name + mark,
      ),
    ]),
  );
}

function expectDocumented(lines: readonly EventLine[]): void {
  const documented = documentedFields();
  for (const { time, type, ...fields } of lines) {
    expect(new Date(time).toISOString()).toBe(time);
    const wanted = documented.get(type);
    expect(wanted, `${type} is in docs/events.md`).toBeDefined();
    const optional = (wanted ?? []).filter((name) => name.endsWith("?"));
    const required = (wanted ?? []).filter((name) => !name.endsWith("?"));
    const given = Object.keys(fields).filter((name) => !optional.includes(`${name}?`));
    expect([type, new Set(given)]).toEqual([type, new Set(required)]);
  }
}

describe("a reader that goes away", () => {
  test.each([
    ["stdout", '"$@" -o ndjson | head -1 >&2; exit $PIPESTATUS'],
    ["stderr", '"$@" 2>&1 >&3 | head -1 >&2; exit $PIPESTATUS'],
  ])(
    "from %s does not stop the run halfway",
    async (stream, script) => {
      const namespace = `gone-${stream}`;
      const fleet = await smallFleet(stage, namespace);
      const argv = [binary(), ...between("-n", namespace, "--yes")];
      const command = ["bash", "-c", `exec 3>/dev/null; ${script}`, "bash", ...argv];
      const { code, stderr } = await (await start(command)).ended;
      expect(code).toBe(EXIT.done);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      await expectMoved(fleet);
    },
    LONG,
  );
});

describe("kubectl", () => {
  test(
    "finds the plugin on the PATH and passes arguments, streams and the exit code on",
    async () => {
      const version = await (await start(["kubectl", "capi-pivot", "version"])).ended;
      expect(version.code).toBe(EXIT.done);
      expect(version.stdout).toStartWith("kubectl-capi-pivot v");
      const usage = await (await start(["kubectl", "capi-pivot", "--nonsense"])).ended;
      expect({ code: usage.code, stdout: usage.stdout }).toEqual({ code: EXIT.usage, stdout: "" });
      const argv = ["kubectl", "capi-pivot", ...between("plan", "-n", STAYS)];
      const plan = await (await start(argv)).ended;
      expect(plan.code).toBe(EXIT.done);
      expect(plan.stdout).toStartWith("Source:  source");
    },
    LONG,
  );
});

describe("kubeconfigs", () => {
  const planned = (ended: Ended): void => {
    expect(ended.stderr).toContain("Read both clusters: done");
    expect(ended.code).toBe(EXIT.done);
    expect(ended.stdout).toContain("20 objects of 1 cluster would move");
  };

  test(
    "KUBECONFIG with two files, a context of each",
    async () => {
      const KUBECONFIG = `${files.source}:${files.target}`;
      const argv = ["plan", "-n", STAYS, "--to-context", "target"];
      planned(await capiPivot(argv, { KUBECONFIG }));
      const other = ["plan", "-n", STAYS, "--context", "target", "--to-context", "source"];
      const { code, stderr } = await capiPivot(other, { KUBECONFIG });
      expect(code).toBe(EXIT.unchanged);
      expect(stderr).toContain("code: NOTHING_TO_MOVE (source)");
    },
    LONG,
  );

  const users: readonly (readonly [string, (cluster: OwnCluster) => Promise<string>])[] = [
    ["a token", async (cluster) => cluster.kubeconfigFor(cluster.tokenUsers.admin)],
    ["a credential plugin", withPlugin],
  ];

  test.each(users)(
    "users with %s",
    async (what, kubeconfig) => {
      const name = what.replaceAll(" ", "-");
      const source = await folder.write(`${name}-source.yaml`, await kubeconfig(stage.source));
      const target = await folder.write(`${name}-target.yaml`, await kubeconfig(stage.target));
      const argv = ["plan", "-n", STAYS, "--kubeconfig", source, "--to-kubeconfig", target];
      planned(await capiPivot(argv));
    },
    LONG,
  );

  test(
    "none at all for the target: its address, its authority and a token are flags",
    async () => {
      const { credentials } = stage.target.tokenUsers.admin;
      if (!("token" in credentials)) throw new Error("a token user has a token");
      const ca = await folder.write("target-ca.crt", stage.target.ca);
      const address = ["--to-server", stage.target.url, "--to-certificate-authority", ca];
      const argv = ["plan", "-n", STAYS, "--kubeconfig", files.source, ...address];
      planned(await capiPivot([...argv, "--to-token", credentials.token]));
      const { code, stderr } = await capiPivot(argv);
      expect(code).toBe(EXIT.unchanged);
      expect(stderr).toMatch(/code: (FORBIDDEN|UNAUTHORIZED) \(target\)/);
    },
    LONG,
  );

  test(
    "a credential plugin that fails is named, with its words",
    async () => {
      const text = (await withPlugin(stage.target)).replace(/plugin\.sh/, "no-such-plugin.sh");
      const target = await folder.write("broken-plugin.yaml", text);
      const argv = ["plan", "--kubeconfig", files.source, "--to-kubeconfig", target];
      const { code, stderr } = await capiPivot(argv);
      expect(code).toBe(EXIT.unchanged);
      expect(stderr).toContain("code: CREDENTIAL_PLUGIN_FAILED (target)");
      expect(stderr).toContain("no-such-plugin.sh");
      expect(stderr).toContain("nothing was changed");
    },
    LONG,
  );

  test(
    "--to-cluster takes the kubeconfig out of the Cluster's Secret",
    async () => {
      const fleet = await smallFleet(stage, "into");
      const kubeconfig = namedKubeconfig(stage.proxies.target, "workload");
      await ask(
        stage.source.api,
        "PATCH",
        "/api/v1/namespaces/into/secrets/bench-00-kubeconfig",
        { data: { value: Buffer.from(kubeconfig).toString("base64") } },
        "application/merge-patch+json",
      );
      const argv = ["-n", "into", "--to-cluster", "into/bench-00", "--yes"];
      const { code, stderr } = await capiPivot([...argv, "--kubeconfig", files.source]);
      expect(stderr).toContain("from source to workload");
      expect(code).toBe(EXIT.done);
      await expectMoved(fleet);
    },
    LONG,
  );

  test(
    "--to-cluster of a Cluster that has no such Secret",
    async () => {
      const argv = ["plan", "--to-cluster", `${STAYS}/nobody`, "--kubeconfig", files.source];
      const { code, stderr } = await capiPivot(argv);
      expect(code).toBe(EXIT.unchanged);
      expect(stderr).toContain("code: KUBECONFIG_NOT_FOUND (source)");
      expect(stderr).toContain(`Secret ${STAYS}/nobody-kubeconfig`);
      expect(stderr).toContain("nothing was changed");
    },
    LONG,
  );
});

/** A kubeconfig whose user is a program that prints the admin's token. */
async function withPlugin(cluster: OwnCluster): Promise<string> {
  const { credentials } = cluster.tokenUsers.admin;
  if (!("token" in credentials)) throw new Error("a token user has a token");
  const apiVersion = "client.authentication.k8s.io/v1";
  const answer = { apiVersion, kind: "ExecCredential", status: { token: credentials.token } };
  const script = await folder.write("plugin.sh", `echo '${JSON.stringify(answer)}'\n`);
  const exec = { apiVersion, command: "sh", args: [script], interactiveMode: "Never" };
  const text = cluster.kubeconfigFor(cluster.tokenUsers.admin);
  const config = parse(text) as { users: readonly { readonly name: string }[] };
  const users = config.users.map(({ name }) => ({ name, user: { exec } }));
  return JSON.stringify({ ...config, users });
}
