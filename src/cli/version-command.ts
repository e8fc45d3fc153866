// Says what this binary is, and when asked what the API servers are. Without --servers nothing that talks is loaded.

import { Option } from "clipanion";
import { EXIT } from "../model/error.ts";
import { buildInfo } from "./build-info.ts";
import { hasTarget, readSource, readTarget } from "./cluster-flags.ts";
import { ConnectionCommand } from "./connection-command.ts";
import { endWith } from "./exit.ts";
import { readChoice, readRequestTimeout } from "./flag-values.ts";
import type { ServerAnswer } from "./io.ts";
import { readVerbosity } from "./options.ts";
import { listenForSignals } from "./signals.ts";

export class VersionCommand extends ConnectionCommand {
  static override paths = [["version"]];

  readonly servers = Option.Boolean("--servers", false);

  protected async work(): Promise<number> {
    const output = readChoice("--output", this.output, ["text", "json", "yaml"]);
    const answers = this.servers ? await this.#ask() : [];
    this.io.stdout.write(await format(output, answers));
    const failed = answers.flatMap(({ answer }) => ("error" in answer ? [answer.error] : []));
    const ends = failed.map((error) => endWith(error, this.errorTextOptions));
    for (const { text } of ends) this.io.stderr.write(text);
    return ends[0]?.exitCode ?? EXIT.done;
  }

  async #ask(): Promise<readonly ServerAnswer[]> {
    const { io, rawClusterFlags: raw } = this;
    const request = {
      source: readSource(raw),
      target: hasTarget(raw) ? readTarget(raw) : undefined,
      requestTimeoutMs: readRequestTimeout(this.requestTimeout ?? "30s"),
    };
    const shownLevel = readVerbosity(this.verbosity);
    const signals = listenForSignals({
      source: io.signals,
      onFirst: () => undefined,
      onSecond: (exitCode) => io.exitNow(exitCode, "stopped at once; nothing was changed"),
    });
    try {
      const enquiries = await io.openEnquiries();
      return await enquiries.versions({
        ...request,
        env: io.env,
        signal: signals.signal,
        beforeCredentialPlugin: () => undefined,
        log: (level, line) => {
          if (level <= shownLevel) io.stderr.write(`${line}\n`);
        },
      });
    } finally {
      signals.stop();
    }
  }
}

/** Enough to find it, and the line stays within 80 columns; the data has all of it. */
const SHORT_COMMIT = 12;

async function format(
  output: "text" | "json" | "yaml",
  answers: readonly ServerAnswer[],
): Promise<string> {
  const info = buildInfo();
  const known = answers.flatMap(({ cluster, answer }) =>
    "error" in answer ? [] : [{ cluster, ...answer }],
  );
  if (output === "text") {
    const { version, runtime, platform } = info;
    const commit = info.commit.slice(0, SHORT_COMMIT);
    const own = `kubectl-capi-pivot v${version} (commit ${commit}, ${runtime}, ${platform})`;
    const servers = known.map(
      ({ cluster, context, server, gitVersion, platform: on }) =>
        `${cluster}: Kubernetes ${gitVersion} (${on}), context ${context}, ${server}`,
    );
    return `${[own, ...servers].join("\n")}\n`;
  }
  const servers = Object.fromEntries(known.map(({ cluster, ...facts }) => [cluster, facts]));
  const data = answers.length === 0 ? info : { ...info, servers };
  if (output === "json") return `${JSON.stringify(data, null, 2)}\n`;
  const { stringify } = await import("yaml");
  return stringify(data);
}
