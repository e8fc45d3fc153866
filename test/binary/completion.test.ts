// Tab, as a person presses it: in real shells, through kubectl and without it, beside a server and without one.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { delimiter, join } from "node:path";
import { binary, capiPivot, type Ended, plainEnv, start } from "../support/binary.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import { type KubeconfigFolder, kubeconfigFolder } from "../support/kubeconfig-folder.ts";
import { type Shell, type ShellName, startShell } from "../support/shell.ts";
import { pair } from "../support/testbed/pair.ts";

const NAMESPACE = "completion";
const LONG = 120_000;
const PROGRAM = "kubectl-capi_pivot";
/** Beyond what the program allows itself, on a busy machine. */
const PATIENCE_MS = 2_000;

let folder: KubeconfigFolder;
/** Contexts that shells find hard, and no server behind any of them. */
let contexts: string;
let cluster: string;
/** Accepts connections and never says a word. */
let silent: Server;
let env: Readonly<Record<"PATH" | "HOME" | "KUBECONFIG", string>>;

beforeAll(async () => {
  folder = await kubeconfigFolder();
  contexts = await folder.write("contexts.yaml", contextsOnly());
  await symlink(binary(), join(folder.path, "kubectl_complete-capi_pivot"));
  const { PATH = "" } = await plainEnv();
  env = {
    PATH: [folder.path, PATH].join(delimiter),
    HOME: folder.path,
    KUBECONFIG: contexts,
  };
  const { source } = await pair();
  cluster = await folder.write("cluster.yaml", source.adminKubeconfig());
  await ask(source.api, "POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  const clusters = `/apis/cluster.x-k8s.io/v1beta2/namespaces/${NAMESPACE}/clusters`;
  for (const name of ["blue", "green"]) {
    const typed = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Cluster" };
    const body = { ...typed, metadata: { name }, spec: { paused: true } };
    await ask(source.api, "POST", clusters, body);
  }
  silent = createServer(() => undefined);
  await new Promise<void>((resolve) => {
    silent.listen(0, "127.0.0.1", resolve);
  });
}, LONG);

afterAll(async () => {
  silent?.close();
  await folder.remove();
});

const ARN = "arn:aws:eks:eu:1:cluster/";

function contextsOnly(server = "https://127.0.0.1:1"): string {
  const names = [`${ARN}a`, `${ARN}b`, "prod"];
  return JSON.stringify({
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: names.map((name) => ({ name, context: { cluster: "c", user: "u" } })),
    "current-context": "prod",
  });
}

/** The program, as kubectl or the script of a shell asks it. */
async function asked(words: readonly string[], more: Record<string, string> = {}): Promise<Ended> {
  const ended = await capiPivot(["__complete", ...words], { ...env, ...more });
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" });
  return ended;
}

describe("what a server knows", () => {
  test.each<[readonly string[], readonly string[]]>([
    [
      ["-n", "compl"],
      ["completion", ":4"],
    ],
    [
      ["plan", "--namespace=kube-p"],
      ["kube-public", ":4"],
    ],
    [
      ["--to-context", "x", "--cluster", "completion/"],
      ["completion/blue", "completion/green", ":4"],
    ],
    [
      ["plan", "--to-cluster=completion/green"],
      ["completion/green", ":4"],
    ],
  ])("%p", async (words, want) => {
    const { stdout } = await asked(words, { KUBECONFIG: cluster });
    expect(stdout.trimEnd().split("\n")).toEqual([...want]);
  });

  test("is asked with the flags that were typed", async () => {
    const words = ["--kubeconfig", cluster, "-n", "kube-s"];
    expect((await asked(words)).stdout).toBe("kube-system\n:4\n");
    const refused = ["--kubeconfig", cluster, "--as", "nobody", "-n", "kube-s"];
    expect((await asked(refused)).stdout).toBe(":4\n");
  });

  test.each([
    ["is not there", () => "https://127.0.0.1:1"],
    ["never answers", () => addressOf(silent)],
  ])("is left alone, quickly and silently, when it %s", async (_, server) => {
    const begun = performance.now();
    const { stdout } = await asked(["--server", server(), "--cluster", ""]);
    expect(stdout).toBe(":4\n");
    expect(performance.now() - begun).toBeLessThan(PATIENCE_MS);
  });

  test("a kubeconfig that cannot be read has no contexts", async () => {
    const broken = await folder.write("broken.yaml", "contexts: [{name: a");
    for (const KUBECONFIG of [broken, folder.path]) {
      const { stdout } = await asked(["--context", ""], { KUBECONFIG });
      expect(stdout).toBe(":4\n");
    }
  });
});

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it does not listen");
  return `https://127.0.0.1:${address.port}`;
}

describe("kubectl", () => {
  test("finds the second name of the program and takes what it says", async () => {
    const line = ["kubectl", "__complete", "capi-pivot", "plan", "--to-context=pr"];
    const { code, stdout } = await (await start(line, env)).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "prod\n:4\n" });
  });

  test("takes it from the script just as well", async () => {
    const script = await capiPivot(["completion", "kubectl"], env);
    const bin = join(folder.path, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "kubectl_complete-capi_pivot"), script.stdout, { mode: 0o755 });
    const PATH = [bin, env.PATH].join(delimiter);
    // An empty last word, which a careless script loses.
    const line = ["kubectl", "__complete", "capi-pivot", "--output", ""];
    const { stdout } = await (await start(line, { ...env, PATH })).ended;
    expect(stdout).toBe("text\nndjson\n:4\n");
  });
});

const LOADING: Readonly<Record<ShellName, string>> = {
  bash: `source <(${PROGRAM} completion bash)`,
  zsh: `source <(${PROGRAM} completion zsh)`,
  fish: `${PROGRAM} completion fish | source`,
};
/** kubectl's script for bash wants these functions. */
const BASH_COMPLETION = "/usr/share/bash-completion/bash_completion";
const OF_KUBECTL: Readonly<Record<ShellName, string>> = {
  bash: `source ${BASH_COMPLETION}; source <(kubectl completion bash)`,
  zsh: "source <(kubectl completion zsh)",
  fish: "kubectl completion fish | source",
};

const SHELLS: readonly ShellName[] = ["bash", "zsh", "fish"];

for (const name of SHELLS) {
  // Debian has both; bash is always there.
  const isMissing = Bun.which(name) === null;
  const canUseKubectl = name !== "bash" || existsSync(BASH_COMPLETION);

  describe.skipIf(isMissing)(`in ${name}${isMissing ? ", which is not installed," : ""}`, () => {
    let shell: Shell;
    beforeAll(async () => {
      const ofKubectl = canUseKubectl ? [OF_KUBECTL[name]] : [];
      shell = await startShell(name, [LOADING[name], ...ofKubectl], env);
    }, LONG);
    afterAll(() => shell.stop());

    test.each([
      ["a command", "pl\t", "plan "],
      ["a flag", "plan --to-con\t", "plan --to-context "],
      ["what several flags have in common", "plan --to-kubec\t", "plan --to-kubeconfig"],
      ["a value", "--context pr\t", "--context prod "],
      ["a value after =", "--context=pr\t", "--context=prod"],
      ["a value with colons", "--context arn\t", `--context ${ARN}`],
      ["a value with colons after =", "--context=arn:aws\t", `--context=${ARN}`],
      ["the end of such a value", `--context ${ARN}b\t`, `--context ${ARN}b `],
      ["a value that is a word", "--status r\t", "--status restore "],
      ["a file", "--kubeconfig /etc/hostn\t", "--kubeconfig /etc/hostname "],
      ["nothing where nothing fits", "--context zz\t", "--context zz"],
    ])("Tab completes %s", async (_, keys, want) => {
      const { line } = await shell.type(`${PROGRAM} ${keys}`);
      // Some shells end a value after = with a space and some do not.
      expect(line.trimEnd()).toBe(`${PROGRAM} ${want}`.trimEnd());
    });

    test("a command line that is being typed does not run", async () => {
      const file = join(folder.path, `ran-${name}`);
      await shell.type(`${PROGRAM} --context $(touch ${file}) --to-con\t`);
      expect(await Bun.file(file).exists()).toBe(false);
    });

    const why = canUseKubectl ? "" : " (the package bash-completion is not installed)";
    test.skipIf(!canUseKubectl)(`kubectl's own Tab knows the plugin${why}`, async () => {
      const { line } = await shell.type("kubectl capi-pivot plan --to-context=pr\t");
      expect(line.trimEnd()).toBe("kubectl capi-pivot plan --to-context=prod");
      const { shown } = await shell.type("kubectl capi-pivot --source-providers \t\t");
      for (const word of ["remove", "stop", "keep"]) expect(shown).toContain(word);
    });
  });
}
