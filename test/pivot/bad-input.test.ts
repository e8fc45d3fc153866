// What cannot be meant or cannot be done: refused before anything is written, with a code, the names, the state that
// things are in and the next command.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { EXIT } from "../../src/model/error.ts";
import { fieldAt, type Json, stringAt } from "../../src/model/object.ts";
import { applyFleet } from "../support/fleet/apply-fleet.ts";
import { aCluster } from "../support/fleet/cluster.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import { fleetKind, pathOf } from "../support/fleet/fleet-kinds.ts";
import { type Fleet, fleetOf } from "../support/fleet/fleets.ts";
import { lookAtFleet } from "../support/fleet/look.ts";
import {
  type KubeconfigFolder,
  kubeconfigFolder,
  stageKubeconfigs,
} from "../support/kubeconfig-folder.ts";
import { firstOf, type Stage, smallFleet, startStage, stateOf } from "../support/stage.ts";
import { capiCrds } from "../support/testbed/capi-crds.ts";
import { extraCrds } from "../support/testbed/extra-crds.ts";
import { freePorts } from "../support/testbed/free-ports.ts";
import { installCrds } from "../support/testbed/install-crds.ts";
import { type OwnCluster, startCluster } from "../support/testbed/management-cluster.ts";
import { findingsOf, type Typed, type as typeArgv } from "../support/typed.ts";

const LONG = 120_000;
const MERGE = "application/merge-patch+json";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
/** Cluster API as an operator meets it, in the way of nobody: every refusal must leave it alone. */
const CALM = "calm";

let stage: Stage;
let folder: KubeconfigFolder;
let files: { readonly source: string; readonly target: string };
let calm: Fleet;

beforeAll(async () => {
  stage = await startStage();
  folder = await kubeconfigFolder();
  files = await stageKubeconfigs(stage, folder);
  calm = await smallFleet(stage, CALM);
}, LONG * 8);

afterEach(() => {
  stage.reset();
});

afterAll(async () => {
  await stage.stop();
  await folder.remove();
});

/** Between the two clusters unless told otherwise; nobody is asked. */
function pivot(argv: readonly string[], flags: Readonly<Record<string, string>> = {}) {
  const clusters = { "--kubeconfig": files.source, "--to-kubeconfig": files.target, ...flags };
  return typeArgv([...Object.entries(clusters).flat(), ...argv, "--yes", "-o", "ndjson"]);
}

interface Refusal {
  readonly code: string;
  readonly exitCode?: number;
  readonly cluster?: string;
  /** Everything that must be named. */
  readonly says: readonly (string | RegExp)[];
  readonly next: string | RegExp;
}

/** Refused as wanted, with nothing written anywhere; the fleet is as it was, and nothing of it is in the target. */
async function expectRefused(
  run: () => Promise<Typed>,
  { code, cluster, exitCode = EXIT.unchanged, says, next }: Refusal,
  fleet = calm,
): Promise<Typed> {
  const before = await stateOf(stage.source, fleet);
  const inTarget = await stateOf(stage.target, fleet);
  const typed = await run();
  expect(typed.failure).toMatchObject({ code, exitCode, ...(cluster ? { cluster } : {}) });
  expect(typed.exitCode).toBe(exitCode);
  const { message = "", hint = "" } = typed.failure ?? {};
  for (const words of [...says, "nothing was changed"]) expect(message).toMatch(words);
  expect(hint).toMatch(next);
  expect(typed.stderr).toContain(`code: ${code}`);
  expect(typed.stderr).toContain(`Next: ${hint}`);
  expect(writes()).toEqual([]);
  expect(await stateOf(stage.source, fleet)).toEqual(before);
  expect(await stateOf(stage.target, fleet)).toEqual(inTarget);
  return typed;
}

/** What went through the proxies and would have stored something. */
function writes(): readonly string[] {
  const { source, target } = stage.proxies;
  return [...source.requests, ...target.requests]
    .filter(({ isWrite }) => isWrite)
    .map(({ method, path }) => `${method} ${path}`);
}

describe("a cluster that cannot be talked to", () => {
  const flags = { source: "--kubeconfig", target: "--to-kubeconfig" } as const;
  const sides = ["source", "target"] as const;

  test.each(sides)(
    "because nobody listens at the %s's address",
    async (side) => {
      const [port = 0] = await freePorts(1);
      const server = `https://127.0.0.1:${port}`;
      const file = await folder.write("nobody.yaml", stage[side].adminKubeconfig({ server }));
      await expectRefused(() => pivot([], { [flags[side]]: file }), {
        code: "CLUSTER_UNREACHABLE",
        cluster: side,
        says: [`the ${side} cluster`, `127.0.0.1:${port}`, "refused"],
        next: "check the server",
      });
    },
    LONG,
  );

  test.each(sides)(
    "because the %s's kubeconfig trusts another authority",
    async (side) => {
      const text = stage[side].adminKubeconfig();
      const other = stage[side === "source" ? "target" : "source"];
      const [right, wrong] = [stage[side].ca, other.ca].map((ca) =>
        Buffer.from(ca).toString("base64"),
      );
      const file = await folder.write("stranger.yaml", text.replace(right ?? "", wrong ?? ""));
      await expectRefused(() => pivot([], { [flags[side]]: file }), {
        code: "CERTIFICATE_UNTRUSTED",
        cluster: side,
        says: [`the ${side} cluster`, `context ${side}`, "not signed by an authority"],
        next: "certificate-authority-data",
      });
    },
    LONG,
  );

  test.each(sides)(
    "because the client certificate for the %s has expired",
    async (side) => {
      const day = 86_400_000;
      const user = await stage[side].issueClient("yesterday", "system:masters", {
        notBefore: new Date(Date.now() - 2 * day),
        notAfter: new Date(Date.now() - day),
      });
      const file = await folder.write("expired.yaml", stage[side].kubeconfigFor(user));
      await expectRefused(() => pivot([], { [flags[side]]: file }), {
        code: "UNAUTHORIZED",
        cluster: side,
        says: ["user yesterday", `the ${side} cluster`, "the client certificate expired at"],
        next: `context ${side}`,
      });
    },
    LONG,
  );

  test.each(sides)(
    "because the %s refuses the token",
    async (side) => {
      const user = { name: "guest", credentials: { token: "not-a-token-that-anybody-knows" } };
      const file = await folder.write("refused.yaml", stage[side].kubeconfigFor(user));
      const { stdout, stderr } = await expectRefused(() => pivot([], { [flags[side]]: file }), {
        code: "UNAUTHORIZED",
        cluster: side,
        says: ["user guest", `the ${side} cluster`],
        next: `context ${side}`,
      });
      expect(stdout + stderr).not.toContain("not-a-token-that-anybody-knows");
    },
    LONG,
  );

  test.each(sides)(
    "because the %s's kubeconfig is not there",
    async (side) => {
      const file = join(folder.path, "missing.yaml");
      await expectRefused(() => pivot([], { [flags[side]]: file }), {
        code: "KUBECONFIG_NOT_FOUND",
        cluster: side,
        says: [file, "cannot be read"],
        next: `${flags[side]} FILE`,
      });
    },
    LONG,
  );

  test.each([
    ["source", "--context"],
    ["target", "--to-context"],
  ] as const)(
    "because the %s's kubeconfig has no such context",
    async (side, flag) => {
      await expectRefused(() => pivot([], { [flag]: "nowhere" }), {
        code: "CONTEXT_NOT_FOUND",
        cluster: side,
        says: ["no context nowhere", files[side]],
        next: `${flag} ${side}`,
      });
    },
    LONG,
  );
});

describe("a command line that cannot be meant", () => {
  test("an unknown flag is a usage error, and nobody is contacted", async () => {
    const typed = await pivot(["--to-kubeconfg", "x"]);
    expect(typed.exitCode).toBe(EXIT.usage);
    expect(typed.stdout).toBe("");
    expect(typed.stderr).toContain("unknown flag --to-kubeconfg");
    expect(typed.stderr).toContain("code: USAGE");
    expect(typed.stderr).toContain("did you mean --to-kubeconfig?");
    const { source, target } = stage.proxies;
    expect([...source.requests, ...target.requests]).toEqual([]);
  });

  const missing: readonly (readonly [string, readonly string[], Refusal])[] = [
    [
      "a namespace",
      ["-n", "nowhere"],
      {
        code: "NAMESPACE_NOT_FOUND",
        says: ["the source", "namespace nowhere"],
        next: "kubectl --context source get namespaces",
      },
    ],
    [
      "a Cluster",
      ["--cluster", `${CALM}/nobody`],
      {
        code: "CLUSTER_NOT_FOUND",
        says: ["the source", `Cluster ${CALM}/nobody`],
        next: "kubectl --context source get clusters.cluster.x-k8s.io -A",
      },
    ],
    [
      "an object to include",
      ["--include", `ServiceAccount/${CALM}/nobody`],
      {
        code: "OBJECT_NOT_FOUND",
        says: ["the source", `ServiceAccount ${CALM}/nobody`, "--include"],
        next: "kubectl --context source get serviceaccounts -A",
      },
    ],
    [
      "an object of a kind that nobody serves",
      ["--include", `Nonsense.example.dev/${CALM}/nobody`],
      {
        code: "OBJECT_NOT_FOUND",
        says: ["the source", `Nonsense.example.dev ${CALM}/nobody`, "--include"],
        next: "kubectl --context source api-resources",
      },
    ],
    [
      "an object to leave",
      ["--leave", `Secret/${CALM}/nobody`],
      {
        code: "OBJECT_NOT_FOUND",
        says: ["the source", `Secret ${CALM}/nobody`, "--leave"],
        next: "kubectl --context source get secrets -A",
      },
    ],
  ];

  test.each(missing)(
    "%s, which does not exist",
    async (_what, argv, refusal) => {
      await expectRefused(() => pivot(argv), {
        ...refusal,
        cluster: "source",
        exitCode: EXIT.usage,
      });
    },
    LONG,
  );

  test(
    "a part of the source in which there is nothing to move",
    async () => {
      await expectRefused(() => pivot(["-n", "default"]), {
        code: "NOTHING_TO_MOVE",
        cluster: "source",
        says: ["the source", "context source", "in the chosen part"],
        next: "kubectl --context source get clusters.cluster.x-k8s.io -A",
      });
    },
    LONG,
  );

  const twice: readonly (readonly [string, () => Promise<string>])[] = [
    ["under one address", () => Promise.resolve(files.source)],
    ["under two", () => folder.write("again.yaml", stage.source.adminKubeconfig())],
  ];

  test.each(twice)(
    "the same cluster as source and target, %s",
    async (_how, secondFile) => {
      const file = await secondFile();
      const { hostname, port } = new URL(stage.proxies.source.url);
      await expectRefused(() => pivot([], { "--to-kubeconfig": file }), {
        code: "SAME_CLUSTER",
        exitCode: EXIT.usage,
        says: ["context source", `${hostname}:${port}`, "the same cluster"],
        next: "kubectl capi-pivot --to-kubeconfig",
      });
    },
    LONG,
  );
});

/** Blocked by one finding with this code, about this object; nothing is touched. */
async function expectBlocked(
  run: () => Promise<Typed>,
  want: {
    readonly code: string;
    readonly object?: Readonly<Record<string, string>>;
    readonly why: string | RegExp;
    readonly next: string | RegExp;
  },
  fleet: Fleet,
): Promise<void> {
  const refusal = { code: "PLAN_BLOCKED", says: ["1 error"], next: "kubectl capi-pivot plan" };
  const typed = await expectRefused(run, refusal, fleet);
  const errors = findingsOf(typed).filter(({ severity }) => severity === "error");
  expect(errors.map(({ code }) => code)).toEqual([want.code]);
  const [{ why = "", hint = "", objects } = {}] = errors;
  expect(objects).toEqual(want.object === undefined ? [] : [want.object]);
  expect(why).toMatch(want.why);
  expect(hint).toMatch(want.next);
}

async function machineOf(namespace: string, fleet: Fleet): Promise<string> {
  const machine = firstOf(await lookAtFleet(stage.source.api, fleet), "Machine.cluster.x-k8s.io");
  return pathOf(fleetKind("Machine"), namespace, machine.metadata.name);
}

describe("a plan that is in the way of itself", () => {
  test(
    "an object of the name exists in the target, with other content",
    async () => {
      const namespace = "taken";
      const fleet = await smallFleet(stage, namespace);
      await ask(stage.target.api, "POST", "/api/v1/namespaces", { metadata: { name: namespace } });
      const secrets = `/api/v1/namespaces/${namespace}/secrets`;
      await ask(stage.target.api, "POST", secrets, {
        metadata: { name: "bench-00-ca" },
        data: { mine: "YWxs" },
      });
      await expectBlocked(
        () => pivot(["-n", namespace]),
        {
          code: "OBJECT_EXISTS_IN_TARGET",
          object: { group: "", kind: "Secret", namespace, name: "bench-00-ca" },
          why: "the target has an object of this name",
          next: "kubectl get",
        },
        fleet,
      );
    },
    LONG,
  );

  test(
    "an object is being deleted",
    async () => {
      const namespace = "going";
      const fleet = await smallFleet(stage, namespace);
      const path = await machineOf(namespace, fleet);
      await ask(stage.source.api, "DELETE", path);
      await expectBlocked(
        () => pivot(["-n", namespace]),
        {
          code: "OBJECT_BEING_DELETED",
          object: {
            group: "cluster.x-k8s.io",
            kind: "Machine",
            namespace,
            name: path.slice(path.lastIndexOf("/") + 1),
          },
          why: "is being deleted",
          next: "wait until the deletion has finished",
        },
        fleet,
      );
      await ask(stage.source.api, "PATCH", path, { metadata: { finalizers: null } }, MERGE);
    },
    LONG,
  );

  test(
    "a kind may not be listed: the finding has the rule to grant",
    async () => {
      await allowAllButSecrets();
      const user = stage.source.tokenUsers.stranger;
      const file = await folder.write("stranger.yaml", stage.source.kubeconfigFor(user));
      await expectBlocked(
        () => pivot(["-n", CALM], { "--kubeconfig": file }),
        {
          code: "KIND_NOT_LISTED",
          why: /the source may not be asked for secrets.*"token-stranger" cannot list/,
          next: '{apiGroups: [""], resources: ["secrets"], verbs: ["list"]}',
        },
        calm,
      );
    },
    LONG,
  );
});

/** Everything that the API server knows, as it says itself: RBAC has no "all but". */
async function allowAllButSecrets(): Promise<void> {
  const { api, tokenUsers } = stage.source;
  const core = fieldAt(await ask(api, "GET", "/api/v1"), "resources") as readonly Json[];
  const names = core.map((each) => stringAt(each, "name") ?? "");
  const groups = fieldAt(await ask(api, "GET", "/apis"), "groups") as readonly Json[];
  const name = "all-but-secrets";
  await ask(api, "POST", `${RBAC}/clusterroles`, {
    metadata: { name },
    rules: [
      { apiGroups: [""], resources: names.filter((each) => each !== "secrets"), verbs: ["*"] },
      { apiGroups: groups.map((each) => stringAt(each, "name")), resources: ["*"], verbs: ["*"] },
      { nonResourceURLs: ["*"], verbs: ["get"] },
    ],
  });
  await bindTo(stage.source, name, tokenUsers.stranger.name);
}

async function bindTo({ api }: OwnCluster, role: string, user: string): Promise<void> {
  await ask(api, "POST", `${RBAC}/clusterrolebindings`, {
    metadata: { name: role },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
  });
}

describe("a user of the target that may only read there", () => {
  test(
    "is refused before anything is paused",
    async () => {
      const { api, tokenUsers } = stage.target;
      await ask(api, "POST", `${RBAC}/clusterroles`, {
        metadata: { name: "reader" },
        rules: [
          { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list"] },
          { nonResourceURLs: ["*"], verbs: ["get"] },
        ],
      });
      await bindTo(stage.target, "reader", tokenUsers.stranger.name);
      const file = await folder.write(
        "reader.yaml",
        stage.target.kubeconfigFor(tokenUsers.stranger),
      );
      const before = await stateOf(stage.source, calm);
      const { failure, exitCode, lines } = await pivot(["-n", CALM], { "--to-kubeconfig": file });
      expect({ ...failure, exitCode }).toMatchObject({
        code: "PLAN_BLOCKED",
        exitCode: EXIT.unchanged,
      });
      const errors = lines.filter(({ severity }) => severity === "error");
      expect(errors.map(({ code }) => code)).toEqual(["RIGHTS_MISSING"]);
      expect(errors[0]?.hint).toContain("kind: ClusterRole");
      expect(lines.filter(({ step }) => step === "freeze")).toEqual([]);
      expect(await stateOf(stage.source, calm)).toEqual(before);
      expect(await stateOf(stage.target, calm)).toEqual({});
    },
    LONG,
  );
});

describe("a cluster that has not what is needed", () => {
  let bare: OwnCluster;

  beforeAll(async () => {
    bare = await startCluster({ name: "bare" });
  }, LONG * 4);

  afterAll(() => bare.stop());

  test(
    "a source without Cluster API is no management cluster",
    async () => {
      const file = await folder.write("bare.yaml", bare.adminKubeconfig());
      await expectRefused(() => pivot([], { "--kubeconfig": file }), {
        code: "NOT_CLUSTER_API",
        cluster: "source",
        says: ["context bare", "no management cluster", "Cluster.cluster.x-k8s.io"],
        next: "kubectl config get-contexts",
      });
    },
    LONG,
  );

  test(
    "a target that lacks one kind",
    async () => {
      const lacked = "dockermachines.infrastructure.cluster.x-k8s.io";
      const crds = [...(await capiCrds()), ...extraCrds()];
      await installCrds(
        bare.api,
        crds.filter(({ metadata }) => metadata.name !== lacked),
      );
      const fleet = fleetOf(aCluster("lacking", "web").withControlPlane({ replicas: 1 }).objects());
      await applyFleet(stage.source.api, fleet);
      const machine = firstOf(
        await lookAtFleet(stage.source.api, fleet),
        "DockerMachine.infrastructure.cluster.x-k8s.io",
      );
      const file = await folder.write("bare.yaml", bare.adminKubeconfig());
      await expectBlocked(
        () => pivot(["-n", "lacking"], { "--to-kubeconfig": file }),
        {
          code: "KIND_MISSING_IN_TARGET",
          object: {
            group: "infrastructure.cluster.x-k8s.io",
            kind: "DockerMachine",
            namespace: "lacking",
            name: machine.metadata.name,
          },
          why: "the target does not serve DockerMachine.infrastructure.cluster.x-k8s.io",
          next: "install the provider of this kind in the target",
        },
        fleet,
      );
      expect([...(await lookAtFleet(bare.api, fleet)).keys()]).toEqual([]);
    },
    LONG,
  );
});
