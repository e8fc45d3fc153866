// Prints the script of a shell, or the program that kubectl asks. The scripts are files of their own beside this one.
import { Option } from "clipanion";
import { EXIT } from "../model/error.ts";
import { BaseCommand } from "./base-command.ts";
import bash from "./completion/bash.bash" with { type: "text" };
import fish from "./completion/fish.fish" with { type: "text" };
import kubectl from "./completion/kubectl.sh" with { type: "text" };
import powershell from "./completion/powershell.ps1" with { type: "text" };
import zsh from "./completion/zsh.zsh" with { type: "text" };

const SCRIPTS: ReadonlyMap<string, string> = new Map(
  Object.entries({ kubectl, bash, zsh, fish, powershell }),
);

export class CompletionCommand extends BaseCommand {
  static override paths = [["completion"]];

  readonly shell = Option.String();

  protected work(): Promise<number> {
    // The command table has refused every other word.
    this.io.stdout.write(SCRIPTS.get(this.shell) ?? "");
    return Promise.resolve(EXIT.done);
  }
}
