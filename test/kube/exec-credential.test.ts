import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConnectionOptions } from "../../src/kube/connect.ts";
import { ExecCredentialSource } from "../../src/kube/exec-credential.ts";
import type { PivotError } from "../../src/model/error.ts";
import { type Authority, createAuthority } from "../support/certificates.ts";
import { fakeClock, open, removeDirectories, temporaryDirectory } from "./opened.ts";
import {
  base64,
  closeServers,
  kubeconfigText,
  startServer,
  startTlsServer,
  status,
  unverified,
} from "./servers.ts";

const V1 = "client.authentication.k8s.io/v1";
const V1BETA1 = "client.authentication.k8s.io/v1beta1";

afterAll(async () => {
  closeServers();
  await removeDirectories();
});

interface Plugin {
  readonly command: string;
  /** How often it ran. */
  runs(): Promise<number>;
  /** KUBERNETES_EXEC_INFO of the last run. */
  info(): Promise<unknown>;
}

/** A shell script that counts its runs, keeps what it was told, and then does `script` with $RUN as the count. */
async function plugin(script: string): Promise<Plugin> {
  const directory = await temporaryDirectory();
  const command = join(directory, "login");
  const text = `#!/bin/sh
cd "${directory}"
echo x >> runs
printf '%s' "$KUBERNETES_EXEC_INFO" > info
RUN=$(wc -l < runs | tr -d ' ')
${script}
`;
  await writeFile(command, text);
  await chmod(command, 0o755);
  return {
    command,
    runs: async () => (await readFile(join(directory, "runs"), "utf8")).length / 2,
    info: async () => JSON.parse(await readFile(join(directory, "info"), "utf8")),
  };
}

function prints(credential: object, apiVersion = V1): string {
  return `echo '${JSON.stringify({ apiVersion, kind: "ExecCredential", status: credential })}' | sed "s/@RUN@/$RUN/"`;
}

function user(command: string, more: object = {}): object {
  return { exec: { apiVersion: V1, interactiveMode: "Never", command, ...more } };
}

async function errorOf(promise: Promise<unknown>): Promise<PivotError> {
  return promise.then(
    () => {
      throw new Error("no error");
    },
    (error: PivotError) => error,
  );
}

/** One request with the credentials of a plugin. */
async function ask(
  exec: object,
  options: Partial<ConnectionOptions> = {},
): Promise<string | undefined> {
  const server = await startTlsServer(() => ({ status: 200 }));
  const client = await open(kubeconfigText(unverified(server), exec), options);
  await client.getRaw("/version");
  return server.seen[0]?.headers.authorization;
}

describe("a plugin", () => {
  test("gives a token, runs once for many requests, and is announced", async () => {
    const login = await plugin(prints({ token: "t@RUN@" }));
    let announced = 0;
    const server = await startTlsServer(() => ({ status: 200 }));
    const client = await open(kubeconfigText(unverified(server), user(login.command)), {
      beforeCredentialPlugin: () => {
        announced++;
      },
    });
    await Promise.all(Array.from({ length: 20 }, () => client.getRaw("/version")));
    expect(new Set(server.seen.map((seen) => seen.headers.authorization))).toEqual(
      new Set(["Bearer t1"]),
    );
    expect(await login.runs()).toBe(1);
    expect(announced).toBe(1);
  });

  test("is told what it asked for, arguments and environment included", async () => {
    const login = await plugin(
      `[ "$1 $EXTRA" = "get-token yes" ] || exit 9\n${prints({ token: "t" })}`,
    );
    const exec = user(login.command, {
      args: ["get-token"],
      env: [{ name: "EXTRA", value: "yes" }],
      provideClusterInfo: true,
    });
    await ask(exec);
    expect(await login.info()).toMatchObject({
      kind: "ExecCredential",
      apiVersion: V1,
      spec: { interactive: false, cluster: { server: expect.stringMatching(/^https:/) } },
    });
  });

  test("runs again when its token expired", async () => {
    const clock = fakeClock();
    const expirationTimestamp = new Date(clock.now() + 60_000).toISOString();
    const login = await plugin(prints({ token: "t@RUN@", expirationTimestamp }));
    const server = await startTlsServer(() => ({ status: 200 }));
    const text = kubeconfigText(unverified(server), user(login.command));
    const client = await open(text, { clock });
    await client.getRaw("/version");
    clock.advance(59_000);
    await client.getRaw("/version");
    clock.advance(1_001);
    await client.getRaw("/version");
    expect(server.seen.map((seen) => seen.headers.authorization)).toEqual([
      "Bearer t1",
      "Bearer t1",
      "Bearer t2",
    ]);
  });

  test("runs once more for many requests that are refused at the same time", async () => {
    const login = await plugin(prints({ token: "t@RUN@" }));
    const server = await startTlsServer((seen) =>
      seen.headers.authorization === "Bearer t1"
        ? status(401, "Unauthorized", "Unauthorized")
        : { status: 200 },
    );
    const client = await open(kubeconfigText(unverified(server), user(login.command)));
    await Promise.all(Array.from({ length: 20 }, () => client.getRaw("/version")));
    expect(await login.runs()).toBe(2);
  });

  test("does not run again for a refusal that comes late", async () => {
    const login = await plugin(prints({ token: "t@RUN@" }));
    const source = new ExecCredentialSource({
      exec: {
        apiVersion: V1,
        command: login.command,
        args: [],
        env: [],
        installHint: undefined,
        interactiveMode: "Never",
        provideClusterInfo: false,
      },
      user: "u",
      headers: {},
      clusterInfo: {},
      env: { PATH: process.env["PATH"] },
      isTerminal: false,
      clock: fakeClock(),
    });
    const first = await source.current();
    expect(await source.refused(first)).toBe(true);
    expect(await source.refused(first)).toBe(true);
    expect(await login.runs()).toBe(2);
  });

  test("whose second token is refused too ends the request", async () => {
    const login = await plugin(prints({ token: "t@RUN@" }));
    const server = await startTlsServer(() => status(401, "Unauthorized", "Unauthorized"));
    const client = await open(kubeconfigText(unverified(server), user(login.command)));
    expect((await errorOf(client.getRaw("/version"))).code).toBe("UNAUTHORIZED");
    expect(server.seen).toHaveLength(2);
  });

  test("of v1beta1 needs no interactiveMode, and is told of the terminal", async () => {
    const login = await plugin(prints({ token: "t" }, V1BETA1));
    const exec = { exec: { apiVersion: V1BETA1, command: login.command } };
    expect(await ask(exec, { isTerminal: true })).toBe("Bearer t");
    expect(await login.info()).toMatchObject({ spec: { interactive: true } });
  });

  test("has the terminal for itself: one of the other cluster waits", async () => {
    const turns = join(await temporaryDirectory(), "turns");
    const login = await plugin(
      `echo begins >> "${turns}"\nsleep 0.2\necho ends >> "${turns}"\n${prints({ token: "t" })}`,
    );
    const exec = user(login.command, { interactiveMode: "IfAvailable" });
    await Promise.all([ask(exec, { isTerminal: true }), ask(exec, { isTerminal: true })]);
    const lines = (await readFile(turns, "utf8")).trimEnd().split("\n");
    expect(lines).toEqual(["begins", "ends", "begins", "ends"]);
  });

  test("does not run when the user has a token", async () => {
    expect(await ask({ ...user("/nonexistent/login"), token: "fixed" })).toBe("Bearer fixed");
  });

  test("does not run when the user has a client certificate", async () => {
    const pair = await (await createAuthority("ca")).issue({ commonName: "me" });
    const certificate = {
      "client-certificate-data": base64(pair.cert),
      "client-key-data": base64(pair.key),
    };
    expect(await ask({ ...user("/nonexistent/login"), ...certificate })).toBeUndefined();
  });
});

describe("a plugin's client certificate", () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await createAuthority("ca");
  });

  test("is used for the connection", async () => {
    const pair = await authority.issue({ commonName: "me", usages: ["client"] });
    const served = await authority.issue({ commonName: "api", ips: ["127.0.0.1"] });
    const server = await startServer(() => ({ status: 200, body: { in: true } }), {
      ...served,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const credential = { clientCertificateData: pair.cert, clientKeyData: pair.key };
    const answer = JSON.stringify({ apiVersion: V1, kind: "ExecCredential", status: credential });
    const login = await plugin(`cat <<'END'\n${answer}\nEND`);
    const cluster = { server: server.url, "certificate-authority-data": base64(authority.cert) };
    const client = await open(kubeconfigText(cluster, user(login.command)));
    expect(await client.getRaw("/version")).toEqual({ in: true });
  });
});

describe("a plugin that fails", () => {
  const rows: readonly [string, string, object, string][] = [
    ["by its exit code", "exit 3", {}, "ended with exit code 3"],
    ["by printing no JSON", "echo hunter2", {}, "no JSON"],
    ["by another version", prints({ token: "hunter2" }, V1BETA1), {}, "another apiVersion"],
    ["by giving nothing", prints({}), {}, "neither a token nor a client certificate"],
    [
      "by giving half a certificate",
      prints({ clientKeyData: "hunter2" }),
      {},
      "half a client certificate",
    ],
    [
      "by an expiry that is no time",
      prints({ token: "hunter2", expirationTimestamp: "soon" }),
      {},
      "is no time",
    ],
    [
      "by wanting a terminal",
      prints({ token: "hunter2" }),
      { interactiveMode: "Always" },
      "no terminal",
    ],
    [
      "by a version nobody knows",
      "exit 0",
      { apiVersion: "client.authentication.k8s.io/v1alpha1" },
      "known are",
    ],
    ["by an absent interactiveMode", "exit 0", { interactiveMode: "" }, "needs an interactiveMode"],
  ];
  test.each(rows)("%s", async (_name, script, more, message) => {
    const { command } = await plugin(script);
    const error = await errorOf(ask(user(command, more)));
    expect(error.message).toContain(message);
    expect(error.code).toBe("CREDENTIAL_PLUGIN_FAILED");
    expect(Bun.inspect(error)).not.toContain("hunter2");
  });

  test("by not being installed gives its install hint", async () => {
    const exec = user("no-such-plugin-anywhere", { installHint: "brew install it" });
    const error = await errorOf(ask(exec));
    expect(error.code).toBe("CREDENTIAL_PLUGIN_FAILED");
    expect(error.hint).toBe("brew install it");
  });

  test("by taking too long is ended by an abort", async () => {
    const controller = new AbortController();
    const { command } = await plugin("exec sleep 20");
    const reason = new Error("interrupted");
    const asked = ask(user(command), {
      signal: controller.signal,
      beforeCredentialPlugin: () => {
        setTimeout(() => controller.abort(reason), 20);
      },
    });
    expect(await asked.catch((error: unknown) => error)).toBe(reason);
  });
});
