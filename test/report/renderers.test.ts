import { describe, expect, test } from "bun:test";
import { createRenderer } from "../../src/report/choose-renderer.ts";
import type { Renderer } from "../../src/report/renderer.ts";
import { type OutputStream, type Screen, screenOf } from "../../src/report/screen.ts";
import { expectGolden } from "../support/golden.ts";
import { GOOD_RUN, ROLLED_BACK, type TimedEvent } from "./event-lists.ts";
import { FakeTerminal } from "./fake-terminal.ts";

const START = Date.UTC(2026, 6, 1, 12);

class FakeClock {
  ms = START;
  readonly now = (): number => this.ms;
}

class FakePipe implements OutputStream {
  text = "";
  write(text: string): void {
    this.text += text;
  }
}

function play(renderer: Renderer, clock: FakeClock, events: readonly TimedEvent[]): void {
  for (const [seconds, event] of events) {
    clock.ms = START + seconds * 1000;
    renderer.emit(event);
  }
}

async function onTerminal(columns: number, env: Record<string, string> = {}) {
  const terminal = new FakeTerminal(columns);
  const clock = new FakeClock();
  const screen = screenOf(terminal, { TERM: "xterm-256color", ...env }, "auto");
  const renderer = await createRenderer({
    output: "text",
    stdout: new FakePipe(),
    screen,
    now: clock.now,
  });
  return { terminal, clock, renderer };
}

async function onPipe(output: "text" | "ndjson", events: readonly TimedEvent[]) {
  const stdout = new FakePipe();
  const stderr = new FakePipe();
  const clock = new FakeClock();
  const screen: Screen = screenOf(stderr, {}, "auto");
  const renderer = await createRenderer({ output, stdout, screen, now: clock.now });
  play(renderer, clock, events);
  renderer.stop();
  return { stdout: stdout.text, stderr: stderr.text };
}

describe("on a terminal", () => {
  test("a good run leaves one line per step", async () => {
    const { terminal, clock, renderer } = await onTerminal(80);
    play(renderer, clock, GOOD_RUN);
    renderer.stop();
    expectGolden("spinner-good.txt", terminal.text());
    expect(terminal.width()).toBeLessThanOrEqual(80);
  });

  test("a rolled-back run shows the failed step and the way back", async () => {
    const { terminal, clock, renderer } = await onTerminal(80);
    play(renderer, clock, ROLLED_BACK);
    renderer.stop();
    expectGolden("spinner-rolled-back.txt", terminal.text());
  });

  test.each([20, 40, 79, 80, 81, 200])("no moving line wraps at %d columns", async (columns) => {
    const { terminal, clock, renderer } = await onTerminal(columns);
    const moving = GOOD_RUN.filter(([, { type }]) => ["step-started", "object"].includes(type));
    for (const timed of moving.slice(0, 30)) {
      play(renderer, clock, [timed]);
      // What ora's timer would draw.
      renderer.pause();
      renderer.resume();
      expect(terminal.text().split("\n").length).toBe(1);
    }
    renderer.stop();
  });

  test("while a step runs, its line says how far it is", async () => {
    const { terminal, clock, renderer } = await onTerminal(80);
    play(renderer, clock, GOOD_RUN.slice(0, 30));
    renderer.pause();
    renderer.resume();
    const last = terminal.text().split("\n").at(-1);
    renderer.stop();
    expect(last).toBe(
      "⠿ Copy to the target      18/64  Machine.cluster.x-k8s.io ns1/a-machine-with…",
    );
  });

  test("without colour not one colour code is written", async () => {
    const { terminal, clock, renderer } = await onTerminal(80, { NO_COLOR: "1" });
    play(renderer, clock, GOOD_RUN);
    renderer.stop();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for.
    expect(terminal.raw).not.toMatch(/\u001b\[\d+m/);
  });

  test("the cursor is shown again at the end", async () => {
    const { terminal, clock, renderer } = await onTerminal(80);
    play(renderer, clock, GOOD_RUN.slice(0, 20));
    renderer.stop();
    expect(terminal.raw.lastIndexOf("\u001b[?25h")).toBeGreaterThan(
      terminal.raw.lastIndexOf("\u001b[?25l"),
    );
  });
});

describe("on a pipe", () => {
  test("a good run is a short log without escape codes", async () => {
    const { stdout, stderr } = await onPipe("text", GOOD_RUN);
    expectGolden("plain-good.txt", stderr);
    expect(stderr).not.toContain("\u001b");
    expect(stdout).toBe("");
  });

  test("a rolled-back run says what failed and why", async () => {
    expectGolden("plain-rolled-back.txt", (await onPipe("text", ROLLED_BACK)).stderr);
  });

  test("ndjson is one object per event on stdout, and nothing on stderr", async () => {
    const { stdout, stderr } = await onPipe("ndjson", ROLLED_BACK);
    expectGolden("events-rolled-back.ndjson", stdout);
    expect(stderr).toBe("");
    for (const line of stdout.trimEnd().split("\n")) {
      expect(JSON.parse(line)).toContainKeys(["time", "type"]);
    }
  });
});

describe("which screen", () => {
  const terminal = { write: (): boolean => true, isTTY: true, columns: 80 };
  test.each([
    ["a terminal moves and has colours", terminal, {}, true, true],
    ["0 columns never move", { ...terminal, columns: 0 }, {}, false, true],
    ["CI never moves", terminal, { CI: "true" }, false, true],
    ["a dumb terminal shows neither", terminal, { TERM: "dumb" }, false, false],
    ["NO_COLOR keeps the spinner", terminal, { NO_COLOR: "1" }, true, false],
    ["NO_COLOR wins over FORCE_COLOR", terminal, { NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
    ["an empty NO_COLOR means nothing", terminal, { NO_COLOR: "" }, true, true],
    ["FORCE_COLOR=0 is no colour", terminal, { FORCE_COLOR: "0" }, true, false],
    ["a pipe shows neither", { write: (): boolean => true }, {}, false, false],
    [
      "FORCE_COLOR colours a pipe",
      { write: (): boolean => true },
      { FORCE_COLOR: "1" },
      false,
      true,
    ],
  ] as const)("%s", (_, stream, env, animated, color) => {
    expect(screenOf(stream, env, "auto")).toMatchObject({ animated, color });
  });
});
