// The compiled program on terminals of several widths and habits: spinner or lines, colours, and the question.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { EXIT } from "../../src/model/error.ts";
import { binary } from "../support/binary.ts";
import type { Fleet } from "../support/fleet/fleets.ts";
import {
  type KubeconfigFolder,
  kubeconfigFolder,
  namedKubeconfig,
  stageKubeconfigs,
} from "../support/kubeconfig-folder.ts";
import { type Stage, smallFleet, startStage, stateOf } from "../support/stage.ts";
import { CTRL_C, CTRL_D, onTerminal, type TerminalOptions } from "../support/terminal.ts";

const LONG = 120_000;
const STAYS = "stays";
const HIDE_CURSOR = "\u001b[?25l";
const COLOUR = "\u001b[3";
const QUESTION = "Continue? [y/N]";

let stage: Stage;
let folder: KubeconfigFolder;
let clusters: readonly string[];
let staying: Fleet;

beforeAll(async () => {
  binary();
  stage = await startStage();
  folder = await kubeconfigFolder();
  const { source, target } = await stageKubeconfigs(stage, folder);
  clusters = ["--kubeconfig", source, "--to-kubeconfig", target];
  staying = await smallFleet(stage, STAYS);
}, LONG * 8);

afterEach(() => {
  stage.reset();
});

afterAll(async () => {
  await stage.stop();
  await folder.remove();
});

async function plan(options: TerminalOptions, argv: readonly string[] = []) {
  return (await onTerminal(["plan", ...clusters, "-n", STAYS, ...argv], options)).ended;
}

describe("a terminal", () => {
  test.each([80, 40])(
    "of %d columns shows a pivot, and no line of a step is wrapped by the terminal",
    async (columns) => {
      const namespace = `wide-${columns}`;
      const fleet = await smallFleet(stage, namespace);
      const running = await onTerminal([...clusters, "-n", namespace, "--yes"], { columns });
      const { code, raw, screen } = await running.ended;
      expect(code).toBe(EXIT.done);
      expect(raw).toContain(HIDE_CURSOR);
      // But for the objects of a finding, whose names are as long as they are.
      expect(screen.wrapped.filter((line) => !line.startsWith("  "))).toEqual([]);
      const steps = screen.lines.filter((line) => line.startsWith("✔ "));
      expect(steps.map((line) => line.slice(2, 24).trimEnd())).toEqual([
        "Connect",
        "Read both clusters",
        "Try without storing",
        "Lock both clusters",
        "Try without storing",
        "Pause in the source",
        "Read the source again",
        "Copy to the target",
        "Compare the copies",
        "Commit",
        "Delete from the source",
        "Unpause in the target",
        "Watch the fleet",
        "Release the locks",
        expect.stringMatching(/^Moved 20 objects of 1/),
      ]);
      expect(screen.text).toContain("━━ Point of no return");
      expect(await stateOf(stage.source, fleet)).toEqual({});
    },
    LONG,
  );

  test(
    "of no columns gets lines, and not the spinner, which would never stop",
    async () => {
      const { code, raw, screen } = await plan({ columns: 0 });
      expect(code).toBe(EXIT.done);
      expect(raw).not.toContain(HIDE_CURSOR);
      expect(screen.text).toContain("Read both clusters: done");
      expect(screen.text).toContain("20 objects of 1 cluster would move");
    },
    LONG,
  );

  const habits: readonly (readonly [
    string,
    Readonly<Record<string, string>>,
    { readonly moves: boolean; readonly colours: boolean },
  ])[] = [
    ["by itself", {}, { moves: true, colours: true }],
    ["with NO_COLOR", { NO_COLOR: "1" }, { moves: true, colours: false }],
    ["with CI", { CI: "true" }, { moves: false, colours: true }],
    ["with TERM=dumb", { TERM: "dumb" }, { moves: false, colours: false }],
  ];

  test.each(habits)(
    "%s",
    async (_what, env, { moves, colours }) => {
      const { raw } = await plan({ columns: 80, env });
      expect(raw.includes(HIDE_CURSOR)).toBe(moves);
      expect(raw.includes("\u001b[1m")).toBe(colours);
      expect(raw.includes(COLOUR)).toBe(colours);
      if (!(moves || colours)) expect(raw).not.toContain("\u001b");
    },
    LONG,
  );

  test(
    "of the Linux console sees no sign that its font lacks",
    async () => {
      const { screen } = await plan({ columns: 80, env: { TERM: "linux" } });
      expect(screen.text).toContain("+ Read both clusters");
      expect(screen.text).not.toMatch(/[✔⠋⠙]/);
    },
    LONG,
  );
});

/** A frame of the spinner would come every 80 ms. */
const FRAMES_MS = 600;

test(
  "a credential plugin that asks something has the terminal for itself",
  async () => {
    const apiVersion = "client.authentication.k8s.io/v1";
    const answered = { apiVersion, kind: "ExecCredential", status: { token: "nobody-checks-it" } };
    const script = await folder.write(
      "asks.sh",
      `printf 'Password: ' >&2\nread -r word\n[ "$word" = open ] || exit 9\necho '${JSON.stringify(answered)}'\n`,
    );
    const exec = { apiVersion, command: "sh", args: [script], interactiveMode: "Always" };
    const config = JSON.parse(namedKubeconfig(stage.proxies.source, "source")) as object;
    const users = [{ name: "source", user: { exec } }];
    const source = await folder.write("asking.yaml", JSON.stringify({ ...config, users }));
    const argv = ["plan", ...clusters, "--kubeconfig", source, "-n", STAYS];
    const running = await onTerminal(argv, { columns: 80 });
    await running.said("Password: ");
    await Bun.sleep(FRAMES_MS);
    running.press("open\n");
    const { code, raw, screen } = await running.ended;
    expect(code).toBe(EXIT.done);
    expect(raw.split("Password: ")[1]).toStartWith("open\r\n");
    expect(raw.split("Password: ")).toHaveLength(2);
    expect(screen.text).toContain("20 objects of 1 cluster would move");
  },
  LONG,
);

/** Waits for the question, gives the answer, and waits for the end. */
async function answer(keys: string, namespace = STAYS) {
  const running = await onTerminal([...clusters, "-n", namespace], { columns: 80 });
  await running.said(QUESTION);
  running.press(keys);
  return running.ended;
}

describe("the question", () => {
  const noes: readonly (readonly [string, string, number, string])[] = [
    ["n", "n\n", EXIT.unchanged, "not confirmed; nothing was changed"],
    ["Enter alone", "\n", EXIT.unchanged, "not confirmed; nothing was changed"],
    ["anything else", "yea\n", EXIT.unchanged, "not confirmed; nothing was changed"],
    ["the end of the input", CTRL_D, EXIT.unchanged, "not confirmed; nothing was changed"],
    ["Ctrl-C", CTRL_C, EXIT.sigint, "interrupted by SIGINT; nothing was changed"],
  ];

  test.each(noes)(
    "answered with %s changes nothing",
    async (_what, keys, exitCode, words) => {
      const before = await stateOf(stage.source, staying);
      const { code, screen } = await answer(keys);
      expect(code).toBe(exitCode);
      expect(screen.text).toContain(words);
      const { source, target } = stage.proxies;
      const writes = [...source.requests, ...target.requests].filter(({ isWrite }) => isWrite);
      expect(writes).toEqual([]);
      expect(await stateOf(stage.source, staying)).toEqual(before);
    },
    LONG,
  );

  test.each(["y\n", "YES\n"])(
    "answered with %j goes on",
    async (keys) => {
      const namespace = `asked-${keys.trim().toLowerCase()}`;
      const fleet = await smallFleet(stage, namespace);
      const { code, screen } = await answer(keys, namespace);
      expect(code).toBe(EXIT.done);
      expect(screen.text).toContain("About to move 20 objects of 1 cluster");
      expect(screen.text).toMatch(/✔ Moved 20 objects of 1\s+cluster/);
      expect(await stateOf(stage.source, fleet)).toEqual({});
    },
    LONG,
  );
});
