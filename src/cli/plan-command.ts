// The dry run: the preview printed, as a page or as data.
import { Option } from "clipanion";
import { EXIT, usageError } from "../model/error.ts";
import type { Preview } from "../model/preview.ts";
import { paletteOf } from "../report/palette.ts";
import { isPlanBlocked } from "../report/plan-counts.ts";
import { planData } from "../report/plan-data.ts";
import { planText } from "../report/plan-text.ts";
import { screenOf } from "../report/screen.ts";
import { ClustersCommand } from "./clusters-command.ts";
import { readChoice, readInteger } from "./flag-values.ts";
import { readColor } from "./options.ts";

const MAX_DEPTH = 100;

type Output = "text" | "json" | "yaml";

export class PlanCommand extends ClustersCommand {
  static override paths = [["plan"]];

  readonly all = Option.Boolean("--all", false);
  readonly depth = Option.String("--depth");

  protected async work(): Promise<number> {
    const output = readChoice("--output", this.output, ["text", "json", "yaml"]);
    const depth = this.#readDepth();
    return await this.attend("text", this.readFlags(), async ({ session }) => {
      const preview = await session.preview();
      this.io.stdout.write(await this.#format(preview, output, depth));
      return isPlanBlocked(preview.plan) ? EXIT.unchanged : EXIT.done;
    });
  }

  /** Undefined: to the end. */
  #readDepth(): { readonly depth?: number } {
    if (this.depth === undefined) return {};
    if (!this.all) return { depth: readInteger("--depth", this.depth, 0, MAX_DEPTH) };
    throw usageError("--all and --depth contradict each other", "give one or the other");
  }

  async #format(
    preview: Preview,
    output: Output,
    depth: { readonly depth?: number },
  ): Promise<string> {
    if (output === "json") return `${JSON.stringify(planData(preview), null, 2)}\n`;
    if (output === "yaml") {
      const { stringify } = await import("yaml");
      return stringify(planData(preview), { aliasDuplicateObjects: false });
    }
    const { stdout, env } = this.io;
    const { color } = screenOf(stdout, env, readColor(this.color));
    return planText(preview, { all: this.all, ...depth, palette: paletteOf(color) });
  }
}
