import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parseKubeconfig } from "../../src/kube/kubeconfig-entries.ts";
import { loadKubeconfig, mergeKubeconfigs } from "../../src/kube/kubeconfig-file.ts";
import type { PivotError } from "../../src/model/error.ts";

let dir = "";
const path = (...names: readonly string[]): string => join(dir, ...names);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "capi-pivot-kubeconfig-"));
  await mkdir(path("home", ".kube"), { recursive: true });
  await mkdir(path("pod"), { recursive: true });
  await Promise.all([
    writeFile(path("a"), aConfig("a", { context: "" })),
    writeFile(path("b"), aConfig("b", { context: "b" })),
    writeFile(path("empty"), ""),
    writeFile(path("home", ".kube", "config"), aConfig("home", { context: "home" })),
    writeFile(path("pod", "token"), "secret"),
    writeFile(path("pod", "ca.crt"), "pem"),
  ]);
});

afterAll(() => rm(dir, { recursive: true, force: true }));

/** A file with a cluster of its own name and one that all files share. */
function aConfig(name: string, { context }: { context: string }): string {
  return `
current-context: "${context}"
clusters:
- {name: ${name}, cluster: {server: "https://${name}:6443"}}
- {name: shared, cluster: {server: "https://${name}.shared"${name === "b" ? ", tls-server-name: b" : ""}}}
users:
- {name: ${name}, user: {token: t}}
contexts:
- {name: ${name}, context: {cluster: ${name}, user: ${name}}}
`;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: PivotError) => error.code,
  );
}

describe("files are found and merged as kubectl does", () => {
  const rows: readonly [string, () => Parameters<typeof loadKubeconfig>[0], string[], string][] = [
    [
      "an explicit file alone",
      () => ({ path: path("a"), env: { KUBECONFIG: path("b") }, homeDir: path("home") }),
      ["a", "shared"],
      "",
    ],
    [
      "a list: missing and empty files and entries are skipped, a later current-context counts",
      () => ({
        env: {
          KUBECONFIG: ["", path("missing"), path("empty"), path("a"), path("b")].join(delimiter),
        },
        homeDir: path("home"),
      }),
      ["a", "b", "shared"],
      "b",
    ],
    ["the home directory", () => ({ env: {}, homeDir: path("home") }), ["home", "shared"], "home"],
    [
      "an empty KUBECONFIG means the home directory",
      () => ({ env: { KUBECONFIG: "" }, homeDir: path("home") }),
      ["home", "shared"],
      "home",
    ],
    [
      "text out of a Secret wins over all",
      () => ({ text: aConfig("s", { context: "s" }), path: path("a"), env: {}, homeDir: dir }),
      ["s", "shared"],
      "s",
    ],
    [
      "the pod's service account when there is nothing else",
      () => ({
        env: { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" },
        homeDir: path("nowhere"),
        serviceAccountDir: path("pod"),
      }),
      ["in-cluster"],
      "in-cluster",
    ],
  ];
  test.each(rows)("%s", async (_name, source, clusters, context) => {
    const config = await loadKubeconfig(source());
    expect(new Set(config.clusters.keys())).toEqual(new Set(clusters));
    expect(config.currentContext ?? "").toBe(context);
  });
});

test("the first file wins an entry whole", () => {
  const files = ["a", "b"].map((name) => parseKubeconfig(aConfig(name, { context: name }), name));
  const merged = mergeKubeconfigs(files);
  expect(merged.clusters.get("shared")?.server).toBe("https://a.shared");
  expect(merged.clusters.get("shared")?.tlsServerName).toBeUndefined();
  expect(merged.currentContext).toBe("a");
});

test("an IPv6 service host is put in brackets, token and authority come from the mount", async () => {
  const config = await loadKubeconfig({
    env: { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" },
    homeDir: path("nowhere"),
    serviceAccountDir: path("pod"),
  });
  expect(config.clusters.get("in-cluster")?.server).toBe("https://[fd00::1]:443");
  expect(config.clusters.get("in-cluster")?.caFile).toBe(path("pod", "ca.crt"));
  expect(config.users.get("service-account")?.tokenFile).toBe(path("pod", "token"));
});

test("an explicit file must exist", async () => {
  const missing = loadKubeconfig({ path: path("missing"), env: {}, homeDir: path("home") });
  expect(await codeOf(missing)).toBe("KUBECONFIG_NOT_FOUND");
});

test("nothing anywhere is an error", async () => {
  const nothing = loadKubeconfig({ env: { KUBECONFIG: path("empty") }, homeDir: path("home") });
  expect(await codeOf(nothing)).toBe("KUBECONFIG_NOT_FOUND");
});

test("relative paths belong to their file, bare commands to PATH", () => {
  const text = `
clusters: [{name: c, cluster: {certificate-authority: pki/ca.crt}}]
users:
- name: relative
  user: {client-certificate: me.crt, client-key: /abs/me.key, tokenFile: ../token, exec: {command: ./bin/login}}
- {name: bare, user: {exec: {command: aws}}}
`;
  const config = parseKubeconfig(text, "f", "/etc/kube");
  expect(config.clusters.get("c")?.caFile).toBe("/etc/kube/pki/ca.crt");
  const user = config.users.get("relative");
  expect([user?.certFile, user?.keyFile, user?.tokenFile, user?.exec?.command]).toEqual([
    "/etc/kube/me.crt",
    "/abs/me.key",
    "/etc/token",
    "/etc/kube/bin/login",
  ]);
  expect(config.users.get("bare")?.exec?.command).toBe("aws");
});

describe("what kubectl refuses to decode is refused", () => {
  const rows: readonly [string, string][] = [
    ["an unquoted y as a name", "clusters: [{name: y, cluster: {server: s}}]"],
    ["an unquoted no as a current context", "current-context: no"],
    ["a number as a token", "users: [{name: u, user: {token: 12345}}]"],
    ["text as a flag", 'clusters: [{name: c, cluster: {insecure-skip-tls-verify: "true"}}]'],
    ["a mapping for a list", "clusters: {name: c}"],
    ["a list for a file", "- a"],
    ["no YAML", "clusters: [{{"],
  ];
  test.each(rows)("%s", (_name, text) => {
    expect(() => parseKubeconfig(text, "f")).toThrow(
      expect.objectContaining({ code: "KUBECONFIG_INVALID" }),
    );
  });
});

test("an error does not quote the file", () => {
  let message = "";
  try {
    parseKubeconfig("users: [{name: u, user: {token: hunter2, : }}]\n  x: [hunter2", "f");
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain("kubeconfig f is no YAML");
  expect(message).not.toContain("hunter2");
});
