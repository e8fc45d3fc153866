import { describe, expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import type {
  Enquiries,
  Io,
  LookRequest,
  ServerAnswer,
  Session,
  SessionRequest,
  VersionsRequest,
} from "../../src/cli/io.ts";
import { runProgram } from "../../src/cli/program.ts";
import { KubeApiError, PivotError } from "../../src/model/error.ts";
import type { PivotEvent, Summary } from "../../src/model/event.ts";
import type { Preview } from "../../src/model/preview.ts";
import type { Status } from "../../src/model/status.ts";
import { statusOf } from "../../src/plan/status.ts";
import type { Interrupted } from "../../src/take-up.ts";
import { aLook, aRecord, NOW, SOURCE } from "../plan/looks.ts";
import { bigPreview, smallPreview } from "../report/previews.ts";
import { ioOf, Sink } from "../support/fake-io.ts";

const SUMMARY: Summary = {
  run: "1a2b3c4d",
  source: "kind-boot",
  target: "prod",
  moved: 18,
  copied: 1,
  clusters: 1,
  seconds: 2,
  secondsPaused: 1,
};
const PLANNED: PivotEvent = {
  type: "planned",
  steps: ["copy"],
  run: "1a2b3c4d",
  source: "kind-boot",
  target: "prod",
  objects: 18,
  clusters: 1,
};

interface World {
  readonly interrupted?: Promise<Interrupted>;
  readonly preview?: Preview;
  readonly run?: (request: SessionRequest) => Promise<Summary>;
  readonly look?: (request: LookRequest) => Promise<Status>;
  readonly isTerminal?: boolean;
  readonly signals?: EventEmitter;
  readonly enquiries?: Enquiries;
  /** Called when the question has been asked. */
  readonly answer?: (stdin: PassThrough, signals: EventEmitter) => void;
}

const NO_ENQUIRIES: Enquiries = {
  versions: () => Promise.resolve([]),
  offers: () => Promise.resolve([]),
};

/** Runs the program against an engine that does what the test says. */
async function capiPivot(argv: readonly string[], world: World = {}) {
  const { preview = smallPreview(), isTerminal = false } = world;
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal });
  const { signals = new EventEmitter() } = world;
  const stdout = new Sink(false);
  const stderr = new Sink(isTerminal);
  const exits: { readonly code: number; readonly line: string }[] = [];
  const io: Io = {
    stdin,
    stdout,
    stderr,
    // No spinner: what is tested here is the command.
    env: { CI: "true", NO_COLOR: "1" },
    now: () => 0,
    signals,
    exitNow: (code, line) => exits.push({ code, line }),
    openSession: (request) => Promise.resolve(sessionOf(request, preview, world)),
    openLook: (request) =>
      Promise.resolve({
        status: () => world.look?.(request) ?? Promise.reject(new Error("nobody looks")),
        servers: () => Promise.resolve(new Map()),
        close: () => undefined,
      }),
    openEnquiries: () => Promise.resolve(world.enquiries ?? NO_ENQUIRIES),
  };
  const ended = runProgram(argv, io);
  if (world.answer !== undefined) {
    while (!stderr.text.includes("Continue?")) await Bun.sleep(1);
    world.answer(stdin, signals);
  }
  const code = await ended;
  return { code, stdout: stdout.text, stderr: stderr.text, exits, signals };
}

function sessionOf(request: SessionRequest, preview: Preview, world: World): Session {
  return {
    preview: () => Promise.resolve(preview),
    run: async () => {
      request.emit(PLANNED);
      const summary = await (world.run?.(request) ?? Promise.resolve(SUMMARY));
      request.emit({ type: "finished", summary });
      return summary;
    },
    interrupted: () => world.interrupted ?? Promise.reject(new Error("nobody was interrupted")),
    resume: () => Promise.resolve(SUMMARY),
    rollBack: () => Promise.resolve(),
    clearUp: () => Promise.resolve(false),
    close: () => undefined,
  };
}

const TO = ["--to-context", "prod"];

describe("the pivot", () => {
  test("with --yes it shows what will happen, runs and exits 0", async () => {
    const { code, stdout, stderr } = await capiPivot([...TO, "--yes"]);
    expect(code).toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain("About to move 18 objects of 1 cluster");
    expect(stderr).toContain("Moved 18 objects of 1 cluster");
  });

  test("a yes at the prompt runs it", async () => {
    const answer = (stdin: PassThrough) => stdin.write("y\n");
    const { code } = await capiPivot(TO, { isTerminal: true, answer });
    expect(code).toBe(0);
  });

  test.each([["n\n"], ["\n"], ["what\n"]])("%p at the prompt changes nothing", async (typed) => {
    const answer = (stdin: PassThrough) => stdin.write(typed);
    const { code, stderr } = await capiPivot(TO, { isTerminal: true, answer });
    expect(code).toBe(1);
    expect(stderr).toContain("code: NOT_CONFIRMED");
    expect(stderr).not.toContain("Moved");
  });

  test("the end of stdin at the prompt is a no", async () => {
    const answer = (stdin: PassThrough) => stdin.end();
    const { code, stderr } = await capiPivot(TO, { isTerminal: true, answer });
    expect([code, stderr.includes("NOT_CONFIRMED")]).toEqual([1, true]);
  });

  test("Ctrl-C at the prompt exits 130", async () => {
    const answer = (_: PassThrough, signals: EventEmitter) => signals.emit("SIGINT");
    const { code, stderr } = await capiPivot(TO, { isTerminal: true, answer });
    expect(code).toBe(130);
    expect(stderr).toContain("code: INTERRUPTED");
  });

  test("without a terminal and without --yes it is a usage error", async () => {
    const { code, stdout, stderr } = await capiPivot(TO);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("--yes");
  });

  test("errors in the plan block it, and all of them are shown", async () => {
    const { code, stderr } = await capiPivot([...TO, "-y"], { preview: bigPreview() });
    expect(code).toBe(1);
    for (const word of ["FOREIGN_DEPENDENT", "KIND_NOT_HELD", "PAUSED_ALREADY", "PLAN_BLOCKED"]) {
      expect(stderr).toContain(word);
    }
  });

  test("the next step of a blocked pivot is its plan, as it can be typed", async () => {
    const argv = ["--to-kubeconfig", "my target.yaml", "-n", "a", "-y", "--timeout=2m", "-v", "0"];
    const { stderr } = await capiPivot(argv, { preview: bigPreview() });
    expect(stderr).toContain(
      "Next: kubectl capi-pivot plan '--to-kubeconfig=my target.yaml' --namespace=a --timeout=2m   #",
    );
  });

  test("the next step never repeats a token", async () => {
    const argv = ["--to-server=https://b", "--to-token", "hunter2", "--token=hunter2", "-y"];
    const { stderr } = await capiPivot(argv, { preview: bigPreview() });
    expect(stderr).toContain("plan --to-server=https://b --to-token=TOKEN --token=TOKEN   #");
    expect(stderr).not.toContain("hunter2");
  });

  test("as ndjson, stdout holds events only, the failure last", async () => {
    const { code, stdout } = await capiPivot([...TO, "-y", "-ondjson"], { preview: bigPreview() });
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(code).toBe(1);
    expect(events.map(({ type }) => type)).toEqual([...Array(7).fill("finding"), "failed"]);
    expect(events.at(-1)).toMatchObject({ error: { code: "PLAN_BLOCKED", exitCode: 1 } });
  });
});

describe("how it ends", () => {
  const failing = (error: unknown, event?: PivotEvent): World => ({
    run: (request) => {
      if (event !== undefined) request.emit(event);
      throw error;
    },
  });
  const refusal = new KubeApiError({
    status: 403,
    reason: "Forbidden",
    message: "no",
    cluster: "target",
    request: "POST /api/v1/secrets",
  });
  const known = new PivotError({ code: "LEASE_LOST", message: "lost", exitCode: 3 });
  const COMMITTED: PivotEvent = { type: "point-of-no-return" };

  test.each<[string, World, number, string]>([
    ["an error brings its own code", failing(known), 3, "LEASE_LOST"],
    ["a bare refusal midway", failing(refusal), 3, "nothing was deleted from the source"],
    ["a bare refusal past the commit", failing(refusal, COMMITTED), 4, "point of no return"],
    ["a bug", failing(new TypeError("oops")), 70, "please report"],
    ["a bug says what may be where", failing(new TypeError("oops")), 70, "run 1a2b3c4d is"],
  ])("%s", async (_, world, code, text) => {
    const ended = await capiPivot([...TO, "-y"], world);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(text);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ])("%s aborts the run and nothing listens afterwards", async (name, code) => {
    let running: SessionRequest | undefined;
    const started = Promise.withResolvers<void>();
    const ended = capiPivotUntil(
      (request) => {
        running = request;
        started.resolve();
        return new Promise((_, reject) => {
          request.signal.addEventListener("abort", () => reject(request.signal.reason));
        });
      },
      async (signals) => {
        await started.promise;
        signals.emit(name);
      },
    );
    expect((await ended).code).toBe(code);
    expect(running?.signal.aborted).toBe(true);
  });

  test("the second signal stops at once and says what may be where", async () => {
    const stopped = Promise.withResolvers<void>();
    const { exits } = await capiPivotUntil(
      async () => {
        await stopped.promise;
        throw known;
      },
      async (signals) => {
        await Bun.sleep(5);
        signals.emit("SIGINT");
        signals.emit("SIGINT");
        stopped.resolve();
      },
    );
    expect(exits).toEqual([
      { code: 3, line: expect.stringContaining("run 1a2b3c4d is unfinished") },
    ]);
  });

  async function capiPivotUntil(
    run: (request: SessionRequest) => Promise<Summary>,
    meanwhile: (signals: EventEmitter) => Promise<void>,
  ) {
    const answer = (stdin: PassThrough, signals: EventEmitter): void => {
      stdin.write("yes\n");
      void meanwhile(signals);
    };
    const ended = await capiPivot(TO, { run, isTerminal: true, answer });
    expect(ended.signals.eventNames()).toEqual([]);
    return ended;
  }
});

describe("status", () => {
  const server = { ...SOURCE, context: "a-context-with-a-name-that-fills-half-of-a-line" };
  const look = () => Promise.resolve(statusOf([aLook(server, { records: [aRecord()] })], NOW));
  const failing = (error: unknown): World => ({ look: () => Promise.reject(error) });

  test("needs no second cluster, and an unfinished run is no failure of its own", async () => {
    const { code, stdout, stderr } = await capiPivot(["status"], { look });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("Run 1a2b3c4d was stopped before the point of no return");
    expect(stdout).toContain(
      `\n  kubectl capi-pivot resume --context ${server.context} --to-kubeconfig FILE\n`,
    );
  });

  test("-o json and yaml are the same data", async () => {
    const json = await capiPivot(["status", "-o", "json"], { look });
    const yaml = await capiPivot(["status", "-oyaml"], { look });
    const data = JSON.parse(json.stdout);
    expect(data).toMatchObject({ kind: "Status", state: "interrupted" });
    // In one piece.
    expect(yaml.stdout).toContain(data.commands[2].command);
    expect(Bun.YAML.parse(yaml.stdout)).toEqual(data);
  });

  test("looks where it is told to", async () => {
    let flags: LookRequest["flags"] | undefined;
    const world: World = {
      look: (request) => {
        flags = request.flags;
        return look();
      },
    };
    await capiPivot(["status", "--kubeconfig=a", "--kubeconfig-context", "b", ...TO], world);
    expect(flags).toEqual({
      cluster: { path: "a", context: "b" },
      other: { from: "kubeconfig", path: "a", context: "prod" },
      requestTimeoutMs: 30_000,
    });
  });

  const forbidden = new KubeApiError({
    status: 403,
    reason: "Forbidden",
    message: "no",
    cluster: "source",
    request: "GET /api/v1/namespaces/capi-pivot-system/configmaps",
  });
  const unreachable = new PivotError({
    code: "CLUSTER_UNREACHABLE",
    message: "the source cluster (10.0.0.1:6443, context prod) is not reached",
    cluster: "source",
  });

  test.each<[string, unknown, readonly string[], string]>([
    ["refusal", forbidden, [], "error: the cluster refused GET /api/v1/"],
    ["silence", unreachable, [], "error: the cluster (10.0.0.1:6443, context prod) is not"],
    ["silence beside another", unreachable, TO, "error: the source cluster (10.0.0.1:6443"],
  ])("a %s is an error with exit code 1", async (_, error, argv, text) => {
    const { code, stdout, stderr } = await capiPivot(["status", ...argv], failing(error));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(text);
    expect(stderr.includes("(source)")).toBe(argv.length > 0);
  });

  test("Ctrl-C ends it with 130, and nothing listens afterwards", async () => {
    const world: World = {
      look: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          queueMicrotask(() => world.signals?.emit("SIGINT"));
        }),
      signals: new EventEmitter(),
    };
    const { code, signals } = await capiPivot(["status"], world);
    expect([code, signals.eventNames()]).toEqual([130, []]);
  });
});

describe("help is", () => {
  const BOLD = "\u001b[1m";
  test.each<[string, readonly string[], Record<string, string>, boolean, boolean]>([
    ["coloured on a terminal", ["--help"], {}, true, true],
    ["plain with NO_COLOR", ["plan", "-h"], { NO_COLOR: "1" }, true, false],
    ["plain on a dumb terminal", ["options"], { TERM: "dumb" }, true, false],
    ["plain in a pipe", ["help", "plan"], {}, false, false],
    ["coloured on request", ["options", "--color=always"], {}, false, true],
    ["plain on request", ["--color", "never", "--help"], {}, true, false],
  ])("%s", async (_, argv, env, isTerminal, isColoured) => {
    const { io, stdout } = ioOf({ env }, isTerminal);
    expect(await runProgram(argv, io)).toBe(0);
    expect(stdout.text.includes(BOLD)).toBe(isColoured);
  });
});

describe("version --servers", () => {
  const ask = async (argv: readonly string[], answers: readonly ServerAnswer[]) => {
    const asked: VersionsRequest[] = [];
    const { io, stdout, stderr } = ioOf({
      openEnquiries: async () => ({
        versions: async (request) => {
          asked.push(request);
          return answers;
        },
        offers: () => Promise.reject(new Error("nobody pressed Tab")),
      }),
    });
    const code = await runProgram(["version", "--servers", ...argv], io);
    return { code, asked, stdout: stdout.text, stderr: stderr.text };
  };

  test("asks the source alone, or both", async () => {
    const alone = await ask(["--context", "a"], []);
    expect(alone.asked).toMatchObject([{ source: { context: "a" }, target: undefined }]);
    const both = await ask(["--to-server=https://b", "--request-timeout=5"], []);
    expect(both.asked).toMatchObject([{ target: { from: "flags" }, requestTimeoutMs: 5000 }]);
  });

  test("says what it knows, and why it does not know the rest", async () => {
    const facts = { context: "a", server: "h:1", gitVersion: "v1.36.3", platform: "linux/arm64" };
    const error = new PivotError({ code: "CLUSTER_UNREACHABLE", message: "no", cluster: "target" });
    const { code, stdout, stderr } = await ask(
      ["-o", "json"],
      [
        { cluster: "source", answer: facts },
        { cluster: "target", answer: { error } },
      ],
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ servers: { source: facts } });
    expect(stderr).toContain("code: CLUSTER_UNREACHABLE (target)");
  });
});

test.each(["kubectl", "bash", "zsh", "fish", "powershell"])(
  "completion %s is a script",
  async (shell) => {
    const { io, stdout } = ioOf();
    expect(await runProgram(["completion", shell], io)).toBe(0);
    expect(stdout.text).toContain("__complete");
  },
);

describe("plan, version and help", () => {
  test("a plan is a page on stdout", async () => {
    const { code, stdout } = await capiPivot(["plan", ...TO]);
    expect(code).toBe(0);
    expect(stdout).toContain("18 objects of 1 cluster would move, 1 would be copied");
  });

  test("--dry-run is the same, and -o json and yaml are the same data", async () => {
    const json = await capiPivot([...TO, "--dry-run", "-o", "json"]);
    const yaml = await capiPivot(["plan", ...TO, "-o=yaml"]);
    expect(Bun.YAML.parse(yaml.stdout)).toEqual(JSON.parse(json.stdout));
    expect(yaml.stdout).not.toContain("&a1");
  });

  test("a blocked plan is still printed, and exits 1", async () => {
    const { code, stdout } = await capiPivot(["plan", ...TO, "-ojson"], { preview: bigPreview() });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ kind: "Plan", counts: { errors: 1, blocked: 1 } });
  });

  test.each<[readonly string[], number]>([
    [["version"], 0],
    [["--version"], 0],
    [["version", "-o", "json"], 0],
    [["--help"], 0],
    [["plan", "-h"], 0],
    [["status", "-h"], 0],
    [["status", "--yes"], 2],
    [["status", "-o", "ndjson"], 2],
    [["version", "-o", "xml"], 2],
    [["--color=pink", ...TO, "-y"], 2],
    [["-v", "x", ...TO, "-y"], 2],
    [[], 2],
  ])("%p exits %d and says so on one stream", async (argv, want) => {
    const { code, stdout, stderr } = await capiPivot(argv);
    expect(code).toBe(want);
    expect([stdout === "", stderr === ""]).toEqual([want !== 0, want === 0]);
  });
});
