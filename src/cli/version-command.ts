// Says what this binary is, without loading anything that talks to a cluster.
import { EXIT } from "../model/error.ts";
import { BaseCommand } from "./base-command.ts";
import { buildInfo } from "./build-info.ts";
import { readChoice } from "./flag-values.ts";

export class VersionCommand extends BaseCommand {
  static override paths = [["version"]];

  protected work(): Promise<number> {
    const output = readChoice("--output", this.output, ["text", "json"]);
    const info = buildInfo();
    const { version, commit, runtime, platform } = info;
    const text = `kubectl-capi-pivot v${version} (commit ${commit}, ${runtime}, ${platform})`;
    this.io.stdout.write(`${output === "json" ? JSON.stringify(info, null, 2) : text}\n`);
    return Promise.resolve(EXIT.done);
  }
}
