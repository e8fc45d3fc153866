// A command about two clusters: its flags, and the frame in which it works: renderer, signals, session, last words.
import { Option } from "clipanion";
import { LOGGED_FROM } from "../kube/request-log.ts";
import { EXIT } from "../model/error.ts";
import { createRenderer } from "../report/choose-renderer.ts";
import type { Renderer } from "../report/renderer.ts";
import { readComponentFiles } from "./component-files.ts";
import { ConnectionCommand } from "./connection-command.ts";
import { endWith, toPivotError } from "./exit.ts";
import type { Session } from "./io.ts";
import { type PivotFlags, type RawFlags, readFlags, readVerbosity } from "./options.ts";
import { RunWatch } from "./run-watch.ts";
import { withSameFlags } from "./same-flags.ts";
import { listenForSignals, type Signals } from "./signals.ts";

/** Everything that the body of a command works with. */
export interface Attendance {
  readonly session: Session;
  readonly watch: RunWatch;
  readonly signal: AbortSignal;
}

export abstract class ClustersCommand extends ConnectionCommand {
  readonly namespaces = Option.Array("--namespace");
  readonly allNamespaces = Option.Boolean("--all-namespaces", false);
  readonly clusters = Option.Array("--cluster");
  readonly selector = Option.String("--selector");
  readonly excludeClusters = Option.Array("--exclude-cluster");
  readonly include = Option.Array("--include");
  readonly leave = Option.Array("--leave");
  readonly assumeHeld = Option.Array("--assume-held");
  readonly controllers = Option.Array("--controller");
  readonly ignore = Option.Array("--ignore");
  readonly allow = Option.Array("--allow");
  readonly status = Option.String("--status");
  readonly stopControllers = Option.String("--stop-controllers");
  readonly providers = Option.String("--providers");
  readonly components = Option.Array("--components");
  readonly sourceProviders = Option.String("--source-providers");
  readonly deleteKindCluster = Option.Boolean("--delete-kind-cluster", false);
  readonly proveFor = Option.String("--prove-for");
  readonly concurrency = Option.String("--concurrency");
  readonly timeout = Option.String("--timeout");
  readonly waitForNetwork = Option.String("--wait-for-network");
  readonly yes = Option.Boolean("--yes", false);

  /** @throws PivotError USAGE */
  protected readFlags(): PivotFlags {
    const raw: RawFlags = { ...this, ...this.rawClusterFlags };
    return readFlags(raw);
  }

  /** Opens both clusters, does `body`, and closes everything whatever happens. */
  protected async attend(
    output: "text" | "ndjson",
    flags: PivotFlags,
    body: (attendance: Attendance) => Promise<number>,
  ): Promise<number> {
    const { io, screen } = this;
    const renderer = await createRenderer({ output, stdout: io.stdout, screen, now: io.now });
    const watch = new RunWatch(renderer.emit);
    const signals = this.#listen(renderer, watch);
    let session: Session | undefined;
    try {
      session = await this.#open(flags, { renderer, watch, signals });
      return await body({ session, watch, signal: signals.signal });
    } catch (error) {
      return this.#end(error, renderer, watch);
    } finally {
      renderer.stop();
      session?.close();
      signals.stop();
    }
  }

  async #open(
    flags: PivotFlags,
    frame: { readonly renderer: Renderer; readonly watch: RunWatch; readonly signals: Signals },
  ): Promise<Session> {
    const { io, verbosity } = this;
    const shownLevel = readVerbosity(verbosity);
    return io.openSession({
      flags,
      manifests: await readComponentFiles(flags.components, io),
      emit: frame.watch.emit,
      signal: frame.signals.signal,
      log:
        shownLevel < LOGGED_FROM
          ? undefined
          : (level, line) => {
              if (level <= shownLevel) io.stderr.write(`${line}\n`);
            },
      beforeCredentialPlugin: () => frame.renderer.pause(),
      env: io.env,
    });
  }

  #listen(renderer: Renderer, watch: RunWatch): Signals {
    const { io } = this;
    return listenForSignals({
      source: io.signals,
      onFirst: () => {
        const text = FIRST_WORDS[watch.stage];
        if (text !== undefined) watch.emit({ type: "note", text });
      },
      onSecond: (exitCode) => {
        renderer.stop();
        const words = watch.lastWords;
        if (words === undefined) io.exitNow(exitCode, "stopped at once; nothing was changed");
        else io.exitNow(watch.exitCode, `stopped at once: ${words}`);
      },
    });
  }

  #end(thrown: unknown, renderer: Renderer, watch: RunWatch): number {
    const error = withSameFlags(thrown, this.context.argv);
    if (!watch.hasFailed) watch.emit({ type: "failed", error: toPivotError(error, watch) });
    renderer.stop();
    const { exitCode, text } = endWith(error, { ...this.errorTextOptions, watch });
    this.io.stderr.write(text);
    return exitCode === EXIT.done ? EXIT.bug : exitCode;
  }
}

const FIRST_WORDS: Readonly<Record<RunWatch["stage"], string | undefined>> = {
  before: undefined,
  over: undefined,
  running:
    "interrupted: requests under way are finished, then everything is put back; once more stops at once",
  "rolling-back": "interrupted while rolling back: that goes on; once more stops at once",
  committed:
    "interrupted past the point of no return: requests under way are finished, then it stops; resume goes on. Once more stops at once",
};
