// What pivots have left in one cluster or in both, and what can be typed now. Writes nothing to any cluster.
import { EXIT, KubeApiError, PivotError, refusedRequest } from "../model/error.ts";
import { paletteOf } from "../report/palette.ts";
import { columnsOf, screenOf } from "../report/screen.ts";
import { statusData } from "../report/status-data.ts";
import { type StatusView, statusText } from "../report/status-text.ts";
import { ConnectionCommand } from "./connection-command.ts";
import { readChoice } from "./flag-values.ts";
import type { Look } from "./io.ts";
import { commandLines } from "./next-command.ts";
import { readColor, readVerbosity } from "./options.ts";
import { listenForSignals } from "./signals.ts";
import { readStatusFlags, type StatusFlags } from "./status-flags.ts";

type Output = "text" | "json" | "yaml";

export class StatusCommand extends ConnectionCommand {
  static override paths = [["status"]];

  protected async work(): Promise<number> {
    const output = readChoice("--output", this.output, ["text", "json", "yaml"]);
    const flags = readStatusFlags({ ...this.rawClusterFlags, requestTimeout: this.requestTimeout });
    const view = await this.#look(flags);
    this.io.stdout.write(await this.#format(view, output));
    return EXIT.done;
  }

  async #look(flags: StatusFlags): Promise<StatusView> {
    const { io } = this;
    const { signal, stop } = listenForSignals({
      source: io.signals,
      onFirst: () => undefined,
      onSecond: (exitCode) => io.exitNow(exitCode, "stopped at once; nothing was changed"),
    });
    let look: Look | undefined;
    try {
      look = await io.openLook({
        flags,
        signal,
        log: this.#log(),
        // Nothing is drawn that its questions could disturb.
        beforeCredentialPlugin: () => undefined,
        env: io.env,
      });
      const status = await look.status();
      const servers = await look.servers();
      return { status, commands: commandLines(status, { flags, env: io.env, servers }) };
    } catch (error) {
      throw flags.other === undefined ? withoutRole(error) : error;
    } finally {
      look?.close();
      stop();
    }
  }

  #log(): (level: number, line: string) => void {
    const shownLevel = readVerbosity(this.verbosity);
    return (level, line) => {
      if (level <= shownLevel) this.io.stderr.write(`${line}\n`);
    };
  }

  async #format(view: StatusView, output: Output): Promise<string> {
    if (output === "json") return `${JSON.stringify(statusData(view), null, 2)}\n`;
    if (output === "yaml") {
      const { stringify } = await import("yaml");
      // Not folded: commands are there to be copied.
      return stringify(statusData(view), { aliasDuplicateObjects: false, lineWidth: 0 });
    }
    const { stdout, env } = this.io;
    const { color } = screenOf(stdout, env, readColor(this.color));
    return statusText(view, { columns: columnsOf(stdout), palette: paletteOf(color) });
  }
}

/** One cluster alone is neither source nor target before its record was read. */
function withoutRole(error: unknown): unknown {
  const known = error instanceof KubeApiError ? refusedRequest(error, EXIT.unchanged) : error;
  if (!(known instanceof PivotError)) return known;
  const { code, message, hint, exitCode, cause } = known;
  return new PivotError({
    code,
    message: message.replaceAll("the source cluster", "the cluster"),
    exitCode,
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}
