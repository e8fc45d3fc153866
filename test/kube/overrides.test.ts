// Connection flags over a kubeconfig: what wins, what is cleared, what is refused. Against local TLS servers.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConnectionOptions } from "../../src/kube/connect.ts";
import type { ConnectionOverrides } from "../../src/kube/overrides.ts";
import type { PivotError } from "../../src/model/error.ts";
import { type Authority, createAuthority, type KeyPair } from "../support/certificates.ts";
import { open, openAnywhere, removeDirectories, temporaryDirectory } from "./opened.ts";
import { base64, closeServers, type LocalServer, startServer } from "./servers.ts";

const VERSION = { status: 200, body: { gitVersion: "v1.36.3" } };

let authority: Authority;
let folder: string;
let tokens: LocalServer;
/** Demands a client certificate. */
let mutual: LocalServer;
/** Its certificate is for the name `api.example`. */
let named: LocalServer;
let me: KeyPair;

beforeAll(async () => {
  authority = await createAuthority("kubernetes-ca");
  folder = await temporaryDirectory();
  const pair = await authority.issue({ commonName: "api", ips: ["127.0.0.1"], usages: ["server"] });
  const other = await authority.issue({
    commonName: "other",
    dns: ["api.example"],
    usages: ["server"],
  });
  me = await authority.issue({ commonName: "me", usages: ["client"] });
  tokens = await startServer(() => VERSION, { ...pair });
  named = await startServer(() => VERSION, { ...other });
  mutual = await startServer(() => VERSION, {
    ...pair,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
  await Promise.all([
    writeFile(join(folder, "ca.crt"), authority.cert),
    writeFile(join(folder, "me.crt"), me.cert),
    writeFile(join(folder, "me.key"), me.key),
    writeFile(join(folder, "token"), "of the file"),
  ]);
});

afterAll(async () => {
  closeServers();
  await removeDirectories();
});

const inFolder = (name: string): string => join(folder, name);

/** A context for each kind of user, on clusters of each kind. */
function kubeconfig(): string {
  const ca = { "certificate-authority-data": base64(authority.cert) };
  const stranger = { "certificate-authority-data": base64(me.cert) };
  const clusters = {
    tokens: { server: tokens.url, ...ca },
    mutual: { server: mutual.url, ...ca },
    named: { server: named.url, ...ca, "tls-server-name": "api.example" },
    untrusted: { server: tokens.url, ...stranger },
    insecure: { server: tokens.url, "insecure-skip-tls-verify": true },
  };
  const users = {
    tess: { token: "of tess" },
    file: { tokenFile: inFolder("token") },
    basic: { username: "u", password: "p" },
    plugin: {
      exec: {
        apiVersion: "client.authentication.k8s.io/v1",
        command: "/nonexistent/plugin",
        interactiveMode: "Never",
      },
    },
    jane: { token: "t", as: "jane", "as-groups": ["old"], "as-user-extra": { a: ["1"] } },
    stale: { "client-certificate-data": base64("x"), "client-key-data": base64("y") },
  };
  const contexts = [
    ["tokens", "tess"],
    ["named", "tess"],
    ["untrusted", "tess"],
    ["insecure", "tess"],
    ["mutual", "stale"],
    ["mutual", "plugin"],
    ["tokens", "file"],
    ["tokens", "basic"],
    ["tokens", "plugin"],
    ["tokens", "jane"],
    ["gone", "tess"],
  ];
  return JSON.stringify({
    clusters: Object.entries(clusters).map(([name, cluster]) => ({ name, cluster })),
    users: Object.entries(users).map(([name, user]) => ({ name, user })),
    contexts: contexts.map(([cluster = "", user = ""]) => ({
      name: `${user}@${cluster}`,
      context: { cluster, user },
    })),
    "current-context": "tess@tokens",
  });
}

type Options = Partial<ConnectionOptions>;

async function ask(overrides: ConnectionOverrides, options: Options = {}): Promise<unknown> {
  return (await open(kubeconfig(), { overrides, ...options })).getRaw("/version");
}

async function errorOf(promise: Promise<unknown>): Promise<PivotError> {
  return promise.then(
    () => {
      throw new Error("no error");
    },
    (error: PivotError) => error,
  );
}

describe("what is given wins over the kubeconfig", () => {
  const rows: readonly [string, string | undefined, ConnectionOverrides, string | undefined][] = [
    ["nothing", undefined, {}, "Bearer of tess"],
    ["a token over a token", undefined, { token: "mine" }, "Bearer mine"],
    ["a token over a token file", "file@tokens", { token: "mine" }, "Bearer mine"],
    ["a token over a plugin, which does not run", "plugin@tokens", { token: "x" }, "Bearer x"],
    ["another user of the kubeconfig", undefined, { user: "file" }, "Bearer of the file"],
    ["another cluster of the kubeconfig", "tess@gone", { cluster: "tokens" }, "Bearer of tess"],
    ["both over a context", "stale@mutual", { cluster: "tokens", user: "tess" }, "Bearer of tess"],
  ];
  test.each(rows)("%s", async (_, context, overrides, want) => {
    await ask(overrides, context === undefined ? {} : { context });
    expect(tokens.seen.at(-1)?.headers.authorization).toBe(want);
  });

  test("a server, with the credentials of the context", async () => {
    await ask({ server: tokens.url, caFile: inFolder("ca.crt") }, { context: "tess@gone" });
    expect(tokens.seen.at(-1)?.headers.authorization).toBe("Bearer of tess");
  });

  test("a server without https:// is http, as in kubectl", async () => {
    const plain = await startServer(() => VERSION);
    await ask({ server: plain.url.replace("http://", "") });
    expect(plain.seen).toHaveLength(1);
  });

  test("a client certificate over data of the kubeconfig", async () => {
    const pair = { certFile: inFolder("me.crt"), keyFile: inFolder("me.key") };
    expect(await ask(pair, { context: "stale@mutual" })).toEqual(VERSION.body);
  });

  test("a client certificate over a plugin, which does not run", async () => {
    const pair = { certFile: inFolder("me.crt"), keyFile: inFolder("me.key") };
    expect(await ask(pair, { context: "plugin@mutual" })).toEqual(VERSION.body);
    const { code } = await errorOf(ask({}, { context: "plugin@mutual" }));
    expect(code).toBe("CREDENTIAL_PLUGIN_FAILED");
  });

  test("an authority over another one, and over insecure", async () => {
    const ca = { caFile: inFolder("ca.crt") };
    const refused = await errorOf(ask({}, { context: "tess@untrusted" }));
    expect(refused.code).toBe("CERTIFICATE_UNTRUSTED");
    expect(await ask(ca, { context: "tess@untrusted" })).toEqual(VERSION.body);
    expect(await ask(ca, { context: "tess@insecure" })).toEqual(VERSION.body);
    const wrong = { caFile: inFolder("me.crt") };
    expect((await errorOf(ask(wrong, { context: "tess@insecure" }))).code).toBe(
      "CERTIFICATE_UNTRUSTED",
    );
  });

  test("insecure over an authority", async () => {
    expect(await ask({ insecure: true }, { context: "tess@untrusted" })).toEqual(VERSION.body);
  });

  test("a name to verify, which a server given beside it would have cleared", async () => {
    const context = "tess@named";
    expect(await ask({}, { context })).toEqual(VERSION.body);
    const cleared = await errorOf(ask({ server: named.url }, { context }));
    expect(cleared.code).toBe("CERTIFICATE_UNTRUSTED");
    const both = { server: named.url, tlsServerName: "api.example" };
    expect(await ask(both, { context })).toEqual(VERSION.body);
  });

  test("impersonation: groups are replaced, extras are added", async () => {
    const overrides = { as: "joe", asGroups: ["new"], asUid: "7", asExtra: { b: ["2"] } };
    await ask(overrides, { context: "jane@tokens" });
    expect(tokens.seen.at(-1)?.headers).toMatchObject({
      "impersonate-user": "joe",
      "impersonate-group": "new",
      "impersonate-uid": "7",
      "impersonate-extra-a": "1",
      "impersonate-extra-b": "2",
    });
  });
});

describe("without a kubeconfig", () => {
  const nowhere = async (overrides: ConnectionOverrides, more: Options = {}): Promise<unknown> =>
    (await openAnywhere({ overrides, ...more })).getRaw("/version");

  test("a server and its authority are enough", async () => {
    const ca = { server: tokens.url, caFile: inFolder("ca.crt") };
    await nowhere(ca);
    expect(tokens.seen.at(-1)?.headers).not.toHaveProperty("authorization");
    await nowhere({ ...ca, token: "mine" });
    expect(tokens.seen.at(-1)?.headers.authorization).toBe("Bearer mine");
  });

  test("a token alone is not", async () => {
    expect((await errorOf(nowhere({ token: "mine" }))).code).toBe("KUBECONFIG_NOT_FOUND");
  });

  test("a target of flags alone reads no kubeconfig that is there", async () => {
    const KUBECONFIG = join(folder, "config");
    await writeFile(KUBECONFIG, kubeconfig());
    const overrides = { server: tokens.url, caFile: inFolder("ca.crt") };
    await nowhere(overrides, { env: { KUBECONFIG } });
    expect(tokens.seen.at(-1)?.headers.authorization).toBe("Bearer of tess");
    await nowhere(overrides, { env: { KUBECONFIG }, noKubeconfig: true });
    expect(tokens.seen.at(-1)?.headers).not.toHaveProperty("authorization");
  });
});

describe("what is refused", () => {
  const rows: readonly [string, string | undefined, ConnectionOverrides, string][] = [
    ["a cluster that is not there", undefined, { cluster: "no" }, "has no cluster no"],
    ["a user that is not there", undefined, { user: "no" }, "has no user no"],
    ["a context that is not there", "no", { server: "https://x" }, "has no context no"],
    ["a cluster that the context names", "tess@gone", {}, "names cluster gone, which is not there"],
    ["a token beside basic auth", "basic@tokens", { token: "x" }, "has both token and basic auth"],
    ["a certificate without its key", undefined, { certFile: "x" }, "without a client-key"],
    ["a uid of nobody", undefined, { asUid: "7" }, "without as"],
    ["an authority beside insecure", undefined, { insecure: true, caFile: "x" }, "has both"],
  ];
  test.each(rows)("%s", async (_, context, overrides, message) => {
    const error = await errorOf(ask(overrides, context === undefined ? {} : { context }));
    expect(error.message).toContain(message);
    expect(["KUBECONFIG_INVALID", "CONTEXT_NOT_FOUND"]).toContain(error.code);
  });

  test("a file of this machine in a kubeconfig out of a Secret, but not one given by a flag", async () => {
    const user = { "client-certificate": inFolder("me.crt"), "client-key": inFolder("me.key") };
    const secret = (more: object): string =>
      JSON.stringify({
        clusters: [{ name: "c", cluster: { server: mutual.url } }],
        users: [{ name: "u", user: more }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      });
    const refused = await errorOf(open("", { kubeconfigText: secret(user) }));
    expect(refused.message).toContain("client-certificate, which is not followed");
    const overrides = {
      caFile: inFolder("ca.crt"),
      certFile: inFolder("me.crt"),
      keyFile: inFolder("me.key"),
    };
    const client = await open("", { kubeconfigText: secret({}), overrides });
    expect(await client.getRaw("/version")).toEqual(VERSION.body);
  });
});
