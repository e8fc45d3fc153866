// What is secret in a cluster or in a kubeconfig is in no output, event, record or error, however much is asked for.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { OUR_NAMESPACE } from "../../src/model/capi.ts";
import { EXIT } from "../../src/model/error.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import type { Fleet } from "../support/fleet/fleets.ts";
import {
  type KubeconfigFolder,
  kubeconfigFolder,
  namedKubeconfig,
} from "../support/kubeconfig-folder.ts";
import { type Stage, smallFleet, startStage, stateOf } from "../support/stage.ts";
import type { OwnCluster } from "../support/testbed/management-cluster.ts";
import { type Typed, type as typeArgv } from "../support/typed.ts";

const LONG = 120_000;
const MERGE = "application/merge-patch+json";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic";

/** Whatever is secret here contains one of these, as it is or in base64. */
const PLAIN = "marker-of-a-secret";
const TOKEN = "marker-of-a-token";
const MARKERS = [PLAIN, TOKEN].flatMap((marker) => [
  marker,
  // Wherever it begins in a longer text: three encodings of its middle.
  ...[0, 1, 2].map((shift) =>
    Buffer.from("x".repeat(shift) + marker)
      .toString("base64")
      .slice(4, -4),
  ),
]);

let stage: Stage;
let folder: KubeconfigFolder;
let clusters: readonly string[];

beforeAll(async () => {
  stage = await startStage();
  folder = await kubeconfigFolder();
  const [source, target] = await Promise.all([withToken("source"), withToken("target")]);
  clusters = ["--kubeconfig", source, "--to-kubeconfig", target];
}, LONG * 8);

afterEach(() => {
  stage.reset();
});

afterAll(async () => {
  await stage.stop();
  await folder.remove();
});

/** The proxies check no token, so it can be a marker. */
function withToken(name: "source" | "target"): Promise<string> {
  const text = namedKubeconfig(stage.proxies[name], name).replace("nobody-checks-it", TOKEN);
  return folder.write(`${name}.yaml`, text);
}

/** Every Secret of the fleet holds the marker; so does what `stringData` and annotations of kubectl repeat. */
async function markedFleet(namespace: string): Promise<Fleet> {
  const fleet = await smallFleet(stage, namespace);
  const data = { marked: Buffer.from(`it is ${PLAIN}, twice ${PLAIN}`).toString("base64") };
  for (const name of Object.keys(await stateOf(stage.source, fleet))) {
    const [, secret] = /^Secret [^/]+\/(.+)$/.exec(name) ?? [];
    if (secret === undefined) continue;
    const path = `/api/v1/namespaces/${namespace}/secrets/${secret}`;
    await ask(stage.source.api, "PATCH", path, { data }, MERGE);
  }
  return fleet;
}

/** Bodies of everything that is written to our namespace in both clusters: records and locks. */
function recordWrites(): readonly string[] {
  const bodies: string[] = [];
  for (const proxy of Object.values(stage.proxies)) {
    proxy.on({
      when: ({ isWrite, path }) => isWrite && path.includes(`/namespaces/${OUR_NAMESPACE}/`),
      before: ({ body }) => bodies.push(String(body)),
    });
  }
  return bodies;
}

function expectNoMarker(...texts: readonly string[]): void {
  for (const text of texts) {
    for (const marker of MARKERS) expect(text).not.toContain(marker);
  }
}

function expectQuiet({ stdout, stderr }: Typed, records: readonly string[] = []): void {
  expectNoMarker(stdout, stderr, ...records);
}

const FORMS: readonly (readonly [string, readonly string[]])[] = [
  ["text", []],
  ["ndjson", ["-o", "ndjson"]],
];

test("markers are found where they are", () => {
  for (const shift of [0, 1, 2, 3, 4]) {
    const encoded = Buffer.from(`${"y".repeat(shift)}${PLAIN}`).toString("base64");
    expect(MARKERS.some((marker) => encoded.includes(marker))).toBe(true);
  }
});

describe("a pivot at -v 8", () => {
  test.each(FORMS)(
    "that succeeds, %s",
    async (form, argv) => {
      const fleet = await markedFleet(`moved-${form}`);
      const records = recordWrites();
      const typed = await typeArgv([
        ...clusters,
        ...["-n", `moved-${form}`, "--yes", "-v", "8"],
        ...argv,
      ]);
      expect(typed.exitCode).toBe(EXIT.done);
      expect(typed.stderr).toContain("request header Authorization: <masked>");
      expect(records.join("\n")).toContain('\\"phase\\":\\"committed\\"');
      expectQuiet(typed, records);
      const copies = JSON.stringify(await stateOf(stage.target, fleet));
      expect(MARKERS.some((marker) => copies.includes(marker))).toBe(true);
    },
    LONG,
  );

  const refusals: readonly (readonly [string, "Invalid" | "Forbidden", string])[] = [
    ["422 Invalid", "Invalid", "CREATE_REFUSED"],
    ["403 Forbidden", "Forbidden", "CREATE_REFUSED"],
  ];

  test.each(FORMS.flatMap(([form, argv]) => refusals.map((row) => [form, argv, row] as const)))(
    "that fails at a Secret, whose data the server quotes, %s %j %j",
    async (form, argv, [, reason, code]) => {
      const namespace = `quoted-${form}-${reason.toLowerCase()}`;
      const fleet = await markedFleet(namespace);
      const before = await stateOf(stage.source, fleet);
      const lift = await quoteSecrets(stage.target, namespace, reason);
      const records = recordWrites();
      const typed = await typeArgv([
        ...clusters,
        ...["-n", namespace, "--yes", "-v", "8"],
        ...argv,
      ]);
      await lift();
      expect(typed.exitCode).toBe(EXIT.unchanged);
      expect(typed.stderr).toContain(`code: ${code} (target)`);
      expect(typed.stderr).toContain(`Secret ${namespace}/bench-00-`);
      expect(typed.stderr).toContain("caused by: KubeApiError");
      expectQuiet(typed, records);
      expect(await stateOf(stage.source, fleet)).toEqual(before);
    },
    LONG,
  );

  test(
    "that fails past the point of no return, at a Secret",
    async () => {
      const namespace = "past";
      await markedFleet(namespace);
      const quote = `${PLAIN} ${Buffer.from(PLAIN).toString("base64")}`;
      stage.proxies.target.on({
        when: ({ isWrite, method, path }) =>
          isWrite && method === "PATCH" && path.includes("/secrets/"),
        fault: {
          type: "answer",
          status: 422,
          body: JSON.stringify({
            kind: "Status",
            status: "Failure",
            reason: "Invalid",
            code: 422,
            message: `Secret "x" is invalid: data: Invalid value: "${quote}"`,
          }),
        },
      });
      const typed = await typeArgv([...clusters, "-n", namespace, "--yes", "-v", "8"]);
      expect(typed.exitCode).toBe(EXIT.pastCommit);
      expect(typed.stderr).toContain(`Secret ${namespace}/bench-00-`);
      expect(typed.stderr).toContain("past the point of no return");
      expectQuiet(typed);
      for (const { api } of [stage.source, stage.target]) {
        await ask(api, "DELETE", `/api/v1/namespaces/${OUR_NAMESPACE}`);
      }
    },
    LONG,
  );
});

/** A real admission plugin that is not discreet, and that lets everything pass which is only tried. */
async function quoteSecrets(
  { api }: OwnCluster,
  namespace: string,
  reason: "Invalid" | "Forbidden",
): Promise<() => Promise<void>> {
  const name = `quote-${namespace}`;
  const rule = { apiGroups: [""], apiVersions: ["*"], resources: ["secrets"] };
  const inNamespace = { key: "kubernetes.io/metadata.name", operator: "In", values: [namespace] };
  await ask(api, "POST", `${ADMISSION}ies`, {
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [{ ...rule, operations: ["CREATE"] }],
        namespaceSelector: { matchExpressions: [inNamespace] },
      },
      validations: [
        {
          expression: "request.dryRun || !has(object.data) || !('marked' in object.data)",
          messageExpression: "'not here: ' + string(object.data['marked'])",
          reason,
        },
      ],
    },
  });
  await ask(api, "POST", `${ADMISSION}ybindings`, {
    metadata: { name },
    spec: { policyName: name, validationActions: ["Deny"] },
  });
  await untilItQuotes(api, namespace);
  return async () => {
    await ask(api, "DELETE", `${ADMISSION}ybindings/${name}`);
    await ask(api, "DELETE", `${ADMISSION}ies/${name}`);
  };
}

/** The plugin looks for new policies now and then. The pivot finds the namespace there, and empty. */
async function untilItQuotes(api: OwnCluster["api"], namespace: string): Promise<void> {
  await ask(api, "POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const data = { marked: Buffer.from(PLAIN).toString("base64") };
  const body = JSON.stringify({ metadata: { name: "probe" }, data });
  const headers = { "content-type": "application/json" };
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await api.request("POST", path, body, headers);
    if (answer.text.includes("not here: ")) return;
    await ask(api, "DELETE", `${path}/probe`);
    await Bun.sleep(100);
  }
  throw new Error("the policy never came to act");
}

describe("a kubeconfig that cannot be used, at -v 8", () => {
  const broken: readonly (readonly [string, string])[] = [
    ["is no YAML", `users: [{name: x, user: {token: "${TOKEN}"}]\n  : ${TOKEN}`],
    ["has a token where a list belongs", `users: ${TOKEN}\nclusters: ${TOKEN}`],
    ["has a key that is none", keyed(`-----BEGIN PRIVATE KEY-----\n${TOKEN}\n-----END`)],
    ["has data that is no base64", keyed(TOKEN)],
  ];

  function keyed(key: string): string {
    const encoded = key.includes("BEGIN") ? Buffer.from(key).toString("base64") : `%${key}%`;
    return JSON.stringify({
      clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
      users: [
        { name: "u", user: { "client-certificate-data": encoded, "client-key-data": encoded } },
      ],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    });
  }

  test.each(broken)(
    "because it %s",
    async (_why, text) => {
      const file = await folder.write("broken.yaml", text);
      const typed = await typeArgv(["plan", ...clusters, "--to-kubeconfig", file, "-v", "8"]);
      expect(typed.exitCode).toBe(EXIT.unchanged);
      expect(typed.stderr).toContain("code: KUBECONFIG_INVALID (target)");
      expectQuiet(typed);
    },
    LONG,
  );

  test.each([
    ["no YAML", `users: [{${PLAIN}`, "KUBECONFIG_INVALID"],
    ["no kubeconfig", `users: []\nnote: ${PLAIN}`, "CONTEXT_NOT_FOUND"],
  ])(
    "because the Secret of --to-cluster holds %s",
    async (what, text, code) => {
      const namespace = what.replace(" ", "-").toLowerCase();
      await markedFleet(namespace);
      const path = `/api/v1/namespaces/${namespace}/secrets/bench-00-kubeconfig`;
      const value = Buffer.from(text).toString("base64");
      await ask(stage.source.api, "PATCH", path, { data: { value } }, MERGE);
      const flags = ["--to-cluster", `${namespace}/bench-00`, "-v", "8"];
      const typed = await typeArgv(["plan", ...clusters.slice(0, 2), ...flags]);
      expect(typed.exitCode).toBe(EXIT.unchanged);
      expect(typed.stderr).toContain(`code: ${code} (target)`);
      expect(typed.stderr).toContain("Next: ");
      expect(typed.stderr).toContain("--to-kubeconfig");
      expectQuiet(typed);
    },
    LONG,
  );

  test(
    "because a credential plugin prints something else",
    async () => {
      const script = await folder.write("plugin.sh", `echo '{"token": "${TOKEN}"'\n`);
      const exec = {
        apiVersion: "client.authentication.k8s.io/v1",
        command: "sh",
        args: [script],
        interactiveMode: "Never",
      };
      const text = namedKubeconfig(stage.proxies.target, "target").replace(
        '{"token":"nobody-checks-it"}',
        JSON.stringify({ exec }),
      );
      const file = await folder.write("plugin.yaml", text);
      const typed = await typeArgv(["plan", ...clusters, "--to-kubeconfig", file, "-v", "8"]);
      expect(typed.stderr).toContain("code: CREDENTIAL_PLUGIN_FAILED (target)");
      expectQuiet(typed);
    },
    LONG,
  );
});
