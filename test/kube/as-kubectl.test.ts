// A table of kubeconfigs, each through the real kubectl and through this program's loader and transport, to the same API
// server: it must see the same user, by the same way.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import { openCluster } from "../../src/kube/connect.ts";
import type { Json } from "../../src/model/object.ts";
import { stringAt } from "../../src/model/object.ts";
import {
  askBoth,
  askKubectl,
  askUs,
  askUsApart,
  type Both,
  layOut,
} from "../support/login/ask-both.ts";
import { askInPod, askOnTerminal } from "../support/login/ask-elsewhere.ts";
import { FILE_ROWS } from "../support/login/file-rows.ts";
import { FLAG_ROWS } from "../support/login/flag-rows.ts";
import { issuerConfig } from "../support/login/issuer.ts";
import { as, config, exec, plugin, there } from "../support/login/kubeconfigs.ts";
import { type LoginWorld, startLoginWorld } from "../support/login/login-world.ts";
import { PLUGIN_ROWS } from "../support/login/plugin-rows.ts";
import type { LoginRow } from "../support/login/row.ts";
import { SERVER_ROWS } from "../support/login/server-rows.ts";
import { USER_ROWS } from "../support/login/user-rows.ts";
import { askAgain } from "../support/login/who.ts";
import { fakeClock } from "./opened.ts";

const LONG = 120_000;
const STRANGER = { user: expect.objectContaining({ username: "token-stranger" }) };
const ADMIN = { user: expect.objectContaining({ username: "token-admin" }) };
let world: LoginWorld;

beforeAll(async () => {
  world = await startLoginWorld();
}, LONG * 8);

afterAll(() => world.stop());

function expectAlike(row: LoginRow, { kubectl, ours }: Both): void {
  if ("refused" in row) {
    expect(kubectl.who).toHaveProperty("error");
    expect(ours.who).toMatchObject({
      error: row.refused,
      text: expect.stringContaining(row.words ?? ""),
    });
    expect(ours.via).toEqual(kubectl.via);
    return;
  }
  const seen = {
    who: { user: expect.objectContaining({ username: row.who }) },
    via: row.via ?? [],
  };
  expect(ours).toEqual(seen);
  if (row.isAskedByKubectl) {
    expect(kubectl.who).toMatchObject({ text: expect.stringContaining("enter Username") });
  } else {
    expect(kubectl).toEqual(seen);
    expect(ours).toEqual(kubectl);
  }
}

describe.each([
  ["files", FILE_ROWS],
  ["flags", FLAG_ROWS],
  ["users", USER_ROWS],
  ["plugins and oidc", PLUGIN_ROWS],
  ["servers", SERVER_ROWS],
])("%s", (_, rows) => {
  test.each(rows.map((row) => [row.name, row] as const))(
    "%s",
    async (_name, row) => {
      const ask = row.isApart ? askUsApart : undefined;
      expectAlike(row, await askBoth(world, () => row.login(world), ask));
    },
    LONG,
  );
});

/** A client of ours on a clock that only the test moves on. */
async function openOurs(folder: string): Promise<{
  readonly client: OpenCluster;
  readonly clock: ReturnType<typeof fakeClock>;
}> {
  const clock = fakeClock();
  const client = await openCluster({
    name: "source",
    requestTimeoutMs: 20_000,
    userAgent: "kubectl-capi-pivot/test",
    env: { KUBECONFIG: join(folder, "config"), PATH: process.env["PATH"] },
    homeDir: folder,
    isTerminal: false,
    clock,
  });
  return { client, clock };
}

async function runsOf(folder: string): Promise<number> {
  return (await readFile(join(folder, "runs"), "utf8")).trimEnd().split("\n").length;
}

describe("what changes while a program runs", () => {
  test(
    "a token file that is written anew is seen by both",
    async () => {
      const login = as(world, { tokenFile: "token" }, { token: world.tokens.admin });
      const place = await layOut(world, login);
      const { client, clock } = await openOurs(place.folder);
      expect([await askKubectl(place), await askAgain(client)]).toEqual([ADMIN, ADMIN]);
      await Bun.write(join(place.folder, "token"), world.tokens.stranger);
      clock.advance(60_001);
      expect([await askKubectl(place), await askAgain(client)]).toEqual([STRANGER, STRANGER]);
      client.close();
    },
    LONG,
  );

  test(
    "a plugin whose token is refused runs once more: kubectl for the next request, we for the same",
    async () => {
      const bad = plugin({ token: "refused" }).replaceAll("END", "BAD");
      const good = plugin({ token: world.tokens.stranger });
      const [, ...answer] = bad.split("\n");
      const script = good.replace(
        "echo run >> runs\n",
        () =>
          `echo run >> runs\nif [ $(wc -l < runs) = 1 ]; then\n${answer.slice(3).join("\n")}exit 0\nfi\n`,
      );
      const { kubectl, ours, folder } = await askBoth(world, () =>
        as(world, exec(), { plugin: script }),
      );
      expect(kubectl.who).toMatchObject({ text: expect.stringMatching(/logged in|nauthorized/) });
      expect(ours.who).toEqual(STRANGER);
      expect(await runsOf(folder)).toBe(2);
    },
    LONG,
  );

  test(
    "a plugin's token that expires is asked for again, and not before",
    async () => {
      const expirationTimestamp = new Date(Date.now() + 60_000).toISOString();
      const script = plugin({ token: world.tokens.stranger, expirationTimestamp });
      const { folder } = await layOut(world, as(world, exec(), { plugin: script }));
      const { client, clock } = await openOurs(folder);
      expect([await askAgain(client), await askAgain(client)]).toEqual([STRANGER, STRANGER]);
      expect(await runsOf(folder)).toBe(1);
      clock.advance(61_000);
      expect(await askAgain(client)).toEqual(STRANGER);
      expect(await runsOf(folder)).toBe(2);
      client.close();
    },
    LONG,
  );

  test(
    "new tokens of an issuer are written back, comments and links kept: kubectl goes on with ours",
    async () => {
      const { issuer } = world;
      const tokens = {
        idToken: issuer.idToken("jane", -60),
        refreshToken: issuer.refreshToken("jane"),
      };
      const user = { name: "oidc", config: issuerConfig(issuer, world.otherCa, tokens) };
      const text = JSON.stringify(config(there(world), { "auth-provider": user }), null, 1);
      const login = { files: { config: `# mine\n${text}` } };
      const place = await layOut(world, login);
      const { client } = await openOurs(place.folder);
      const used = issuer.used.length;
      const jane = { user: expect.objectContaining({ username: "oidc:jane" }) };
      expect(await Promise.all([askAgain(client), askAgain(client)])).toEqual([jane, jane]);
      expect(issuer.used.length).toBe(used + 1);
      const written = await readFile(join(place.folder, "config"), "utf8");
      expect(written).toStartWith("# mine\n");
      const kept = stringAt(
        parse(written),
        "users",
        "0",
        "user",
        "auth-provider",
        "config",
        "id-token",
      );
      expect(written).not.toContain(tokens.refreshToken);
      expect(kept).not.toBe(tokens.idToken);
      expect(await askKubectl(place)).toEqual(jane);
      expect(issuer.used.length).toBe(used + 1);
      client.close();
    },
    LONG,
  );
});

describe("what a plugin is told", () => {
  test.each([
    ["of the cluster, when it wants to know", { provideClusterInfo: true }],
    ["of nothing but itself, when it does not", {}],
  ])(
    "%s",
    async (_, more) => {
      const extension = { name: "client.authentication.k8s.io/exec", extension: { region: "eu" } };
      const cluster = there(world, { "tls-server-name": "localhost", extensions: [extension] });
      const script = plugin(
        { token: world.tokens.stranger },
        undefined,
        'printf %s "$KUBERNETES_EXEC_INFO" > told',
      );
      const login = { files: { config: config(cluster, exec(more)), plugin: script } };
      const told: Json[] = [];
      for (const ask of [askKubectl, askUs]) {
        const place = await layOut(world, login);
        expect(await ask(place)).toEqual(STRANGER);
        told.push(JSON.parse(await readFile(join(place.folder, "told"), "utf8")));
      }
      expect(told[1]).toEqual(told[0]);
    },
    LONG,
  );
});

describe("elsewhere than in a pipe", () => {
  test.each(["IfAvailable", "Always"])(
    "a plugin of interactiveMode %s asks on the terminal",
    async (interactiveMode) => {
      const asking = plugin({ token: "@TOKEN@" }, undefined, 'printf "Token? " >&2; read -r TOKEN');
      const script = asking.replace("cat <<'END'", "sed \"s/@TOKEN@/$TOKEN/\" <<'END'");
      const login = as(world, exec({ interactiveMode }), { plugin: script });
      const answers = await askOnTerminal(world, login, "Token?", `${world.tokens.stranger}\n`);
      expect(answers).toEqual([STRANGER, STRANGER]);
    },
    LONG,
  );

  test(
    "in a pod, where there is no kubeconfig, the service account is used, and a kubeconfig wins",
    async () => {
      const robot = {
        user: expect.objectContaining({ username: "system:serviceaccount:default:default" }),
      };
      expect(await askInPod(world, { files: {}, env: {} })).toEqual([robot, robot]);
      const login = as(world, { token: world.tokens.stranger });
      expect(await askInPod(world, login)).toEqual([STRANGER, STRANGER]);
    },
    LONG,
  );
});
