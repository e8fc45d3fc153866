import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PivotError } from "../../src/model/error.ts";
import { type Authority, createAuthority, type KeyPair } from "../support/certificates.ts";
import { fakeClock, open, removeDirectories, temporaryDirectory } from "./opened.ts";
import { base64, closeServers, kubeconfigText, type LocalServer, startServer } from "./servers.ts";

let authority: Authority;
let stranger: Authority;
let server: LocalServer;
let mutual: LocalServer;
let admin: KeyPair;
const VERSION = { status: 200, body: { gitVersion: "v1.36.3" } };

beforeAll(async () => {
  authority = await createAuthority("kubernetes-ca");
  stranger = await createAuthority("stranger");
  const pair = await authority.issue({ commonName: "api", ips: ["127.0.0.1"], usages: ["server"] });
  admin = await authority.issue({
    commonName: "admin",
    organization: "system:masters",
    usages: ["client"],
  });
  server = await startServer(() => VERSION, { ...pair });
  mutual = await startServer(() => VERSION, {
    ...pair,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
});

afterAll(async () => {
  closeServers();
  await removeDirectories();
});

const once = { maxAttempts: 1, budgetMs: 0 };

function trusting(url: string, more: object = {}): object {
  return { server: url, "certificate-authority-data": base64(authority.cert), ...more };
}

async function errorOf(promise: Promise<unknown>): Promise<PivotError> {
  return promise.then(
    () => {
      throw new Error("no error");
    },
    (error: PivotError) => error,
  );
}

async function lastHeaders(user: object): Promise<Record<string, unknown>> {
  const client = await open(kubeconfigText(trusting(server.url), user));
  await client.getRaw("/version");
  return server.seen.at(-1)?.headers ?? {};
}

describe("a user's credentials reach the server", () => {
  test("a token", async () => {
    expect(await lastHeaders({ token: "abc" })).toMatchObject({ authorization: "Bearer abc" });
  });

  test("basic auth", async () => {
    const headers = await lastHeaders({ username: "me", password: "pw" });
    expect(headers).toMatchObject({ authorization: `Basic ${base64("me:pw")}` });
  });

  test("impersonation with uid, group and extra", async () => {
    const headers = await lastHeaders({
      token: "abc",
      as: "jane",
      "as-uid": "7",
      "as-groups": ["devs"],
      "as-user-extra": { "Scopes/x": ["view"] },
    });
    expect(headers).toMatchObject({
      "impersonate-user": "jane",
      "impersonate-uid": "7",
      "impersonate-group": "devs",
      "impersonate-extra-scopes%2fx": "view",
    });
  });

  test("no user at all is anonymous", async () => {
    expect(await lastHeaders({})).not.toHaveProperty("authorization");
  });

  test("our user agent", async () => {
    expect(await lastHeaders({})).toMatchObject({ "user-agent": "kubectl-capi_pivot/test" });
  });

  test("a token file is read again after a minute, not before", async () => {
    const tokenFile = join(await temporaryDirectory(), "token");
    await writeFile(tokenFile, "one\n");
    const clock = fakeClock();
    const client = await open(kubeconfigText(trusting(server.url), { tokenFile }), { clock });
    const sent = async (): Promise<unknown> => {
      await client.getRaw("/version");
      return server.seen.at(-1)?.headers.authorization;
    };
    expect(await sent()).toBe("Bearer one");
    await writeFile(tokenFile, "two\n");
    expect(await sent()).toBe("Bearer one");
    clock.advance(60_000);
    expect(await sent()).toBe("Bearer two");
  });

  test("a client certificate as data", async () => {
    const user = {
      "client-certificate-data": base64(admin.cert),
      "client-key-data": base64(admin.key),
    };
    const client = await open(kubeconfigText(trusting(mutual.url), user));
    expect(await client.getRaw("/version")).toEqual({ gitVersion: "v1.36.3" });
  });

  test("a client certificate in files beside the kubeconfig", async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "me.crt"), admin.cert);
    await writeFile(join(directory, "me.key"), admin.key);
    const user = {
      "client-certificate": join(directory, "me.crt"),
      "client-key": join(directory, "me.key"),
    };
    const client = await open(kubeconfigText(trusting(mutual.url), user));
    expect(await client.getRaw("/version")).toEqual({ gitVersion: "v1.36.3" });
  });
});

describe("servers are verified", () => {
  test("one of another authority is not trusted", async () => {
    const cluster = { server: server.url, "certificate-authority-data": base64(stranger.cert) };
    const client = await open(kubeconfigText(cluster, { token: "hunter2" }));
    const error = await errorOf(client.getRaw("/version"));
    expect(error.code).toBe("CERTIFICATE_UNTRUSTED");
    expect(error.message).toContain(`source cluster (${new URL(server.url).host}, context there)`);
    expect(error.hint).toContain("certificate-authority-data");
    expect(JSON.stringify([error.message, error.hint])).not.toContain("hunter2");
  });

  test("NODE_TLS_REJECT_UNAUTHORIZED does not switch it off", async () => {
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      const cluster = { server: server.url, "certificate-authority-data": base64(stranger.cert) };
      const client = await open(kubeconfigText(cluster));
      expect((await errorOf(client.getRaw("/version"))).code).toBe("CERTIFICATE_UNTRUSTED");
    } finally {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    }
  });

  test("insecure-skip-tls-verify does", async () => {
    const cluster = { server: server.url, "insecure-skip-tls-verify": true };
    const client = await open(kubeconfigText(cluster));
    expect(await client.getRaw("/version")).toEqual({ gitVersion: "v1.36.3" });
  });

  test("another name is not trusted, and tls-server-name says which one counts", async () => {
    const pair = await authority.issue({ commonName: "x", dns: ["api.example"] });
    const named = await startServer(() => VERSION, { ...pair });
    const wrong = await open(kubeconfigText(trusting(named.url)));
    const error = await errorOf(wrong.getRaw("/version"));
    expect(error.code).toBe("CERTIFICATE_UNTRUSTED");
    expect(error.hint).toContain("tls-server-name");
    const right = await open(
      kubeconfigText(trusting(named.url, { "tls-server-name": "api.example" })),
    );
    expect(await right.getRaw("/version")).toEqual({ gitVersion: "v1.36.3" });
  });

  test("an expired certificate is named as such", async () => {
    const hourAgo = Date.now() - 3_600_000;
    const dates = { notBefore: new Date(hourAgo - 1000), notAfter: new Date(hourAgo) };
    const pair = await authority.issue({ commonName: "x", ips: ["127.0.0.1"], ...dates });
    const expired = await startServer(() => VERSION, { ...pair });
    const client = await open(kubeconfigText(trusting(expired.url)));
    const error = await errorOf(client.getRaw("/version"));
    expect(error.message).toContain("its certificate has expired");
  });

  test("a server that wants a client certificate says so", async () => {
    const client = await open(kubeconfigText(trusting(mutual.url)), { retryLimits: once });
    const error = await errorOf(client.getRaw("/version"));
    expect(error.code).toBe("CLUSTER_UNREACHABLE");
    expect(error.hint).toContain("client-certificate");
  });

  test("a certificate of another authority is refused by the server", async () => {
    const other = await stranger.issue({ commonName: "admin", usages: ["client"] });
    const user = {
      "client-certificate-data": base64(other.cert),
      "client-key-data": base64(other.key),
    };
    const client = await open(kubeconfigText(trusting(mutual.url), user), { retryLimits: once });
    const error = await errorOf(client.getRaw("/version"));
    expect(error.code).toBe("CLUSTER_UNREACHABLE");
    expect(error.hint).toContain("client-certificate");
  });

  test("https to a plain server says that it is none", async () => {
    const plain = await startServer(() => VERSION);
    const client = await open(kubeconfigText({ server: plain.url.replace("http:", "https:") }));
    const error = await errorOf(client.getRaw("/version"));
    expect(error.message).toContain("no TLS server");
  });

  test("plain http works, but no credential is sent over it", async () => {
    const plain = await startServer(() => VERSION);
    const client = await open(kubeconfigText({ server: plain.url }, { token: "abc", as: "jane" }));
    expect(await client.getRaw("/version")).toEqual({ gitVersion: "v1.36.3" });
    expect(plain.seen[0]?.headers).not.toHaveProperty("authorization");
    expect(plain.seen[0]?.headers).toHaveProperty("impersonate-user", "jane");
  });

  test("a path below the server's URL is kept", async () => {
    const plain = await startServer(() => VERSION);
    const client = await open(kubeconfigText({ server: `${plain.url}/k8s/clusters/c-1/` }));
    await client.getRaw("/version");
    expect(plain.seen[0]?.url).toBe("/k8s/clusters/c-1/version");
  });
});

describe("what cannot be used is refused before a socket is opened", () => {
  const c = { server: "https://127.0.0.1:1" };
  const rows: readonly [string, () => readonly [object, object], string, string][] = [
    ["no server", () => [{}, {}], "KUBECONFIG_INVALID", "cluster c has no server"],
    ["no URL", () => [{ server: "ftp://x" }, {}], "KUBECONFIG_INVALID", "no http or https URL"],
    [
      "an authority that is no PEM",
      () => [{ ...c, "certificate-authority-data": base64("x") }, {}],
      "KUBECONFIG_INVALID",
      "certificate-authority of cluster c holds no PEM certificate",
    ],
    [
      "an authority and insecure",
      () => [trusting(c.server, { "insecure-skip-tls-verify": true }), {}],
      "KUBECONFIG_INVALID",
      "both a certificate-authority",
    ],
    [
      "a proxy that is none",
      () => [{ ...c, "proxy-url": "socks4://x:1" }, {}],
      "KUBECONFIG_INVALID",
      "no URL of http, https or socks5",
    ],
    [
      "an authority both as data and as a file",
      () => [trusting(c.server, { "certificate-authority": "/nonexistent" }), {}],
      "KUBECONFIG_INVALID",
      "certificate-authority twice",
    ],
    [
      "a certificate without key",
      () => [c, { "client-certificate-data": base64(admin.cert) }],
      "KUBECONFIG_INVALID",
      "without a client-key",
    ],
    [
      "a key of another certificate",
      () => [
        c,
        { "client-certificate-data": base64(admin.cert), "client-key-data": base64(stranger.key) },
      ],
      "KUBECONFIG_INVALID",
      "do not belong together",
    ],
    [
      "a key that is none",
      () => [c, { "client-certificate-data": base64(admin.cert), "client-key-data": base64("k") }],
      "KUBECONFIG_INVALID",
      "holds a client key that cannot be parsed",
    ],
    [
      "a token and basic auth",
      () => [c, { token: "t", username: "u" }],
      "KUBECONFIG_INVALID",
      "both token and basic auth",
    ],
    ["groups without as", () => [c, { "as-groups": ["g"] }], "KUBECONFIG_INVALID", "without as"],
    [
      "an auth provider that kubectl no longer has",
      () => [c, { "auth-provider": { name: "gcp" } }],
      "KUBECONFIG_INVALID",
      "since 1.26",
    ],
    [
      "an oidc user without an issuer",
      () => [c, { "auth-provider": { name: "oidc", config: {} } }],
      "KUBECONFIG_INVALID",
      "lacks idp-issuer-url",
    ],
    [
      "a file that is not there",
      () => [{ ...c, "certificate-authority": "/nonexistent" }, {}],
      "KUBECONFIG_INVALID",
      "cannot be read",
    ],
  ];
  test.each(rows)("%s", async (_name, parts, code, message) => {
    const error = await errorOf(open(kubeconfigText(...parts())));
    expect(error.message).toContain(message);
    expect(error.code).toBe(code as PivotError["code"]);
  });

  test("a context that is not there, naming those that are", async () => {
    const error = await errorOf(open(kubeconfigText(c), { context: "elsewhere" }));
    expect(error.code).toBe("CONTEXT_NOT_FOUND");
    expect(error.hint).toContain("there");
  });

  test("a kubeconfig out of a Secret that runs a command", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/sh" };
    const text = kubeconfigText(c, { exec });
    const error = await errorOf(open("", { kubeconfigText: text }));
    expect(error.code).toBe("KUBECONFIG_INVALID");
    expect(error.hint).toContain("--to-kubeconfig");
  });

  test("a kubeconfig out of a Secret that reads a file here", async () => {
    const text = kubeconfigText(c, { tokenFile: "/etc/passwd" });
    const error = await errorOf(open("", { kubeconfigText: text }));
    expect(error.message).toContain("tokenFile");
  });
});
