// What every command shares: output flags, and errors that become an exit code and text on stderr.
import { Command, Option } from "clipanion";
import type { ErrorTextOptions } from "../report/error-text.ts";
import { type Palette, paletteOf } from "../report/palette.ts";
import { type Screen, screenOf, wrapAt } from "../report/screen.ts";
import { endWith } from "./exit.ts";
import type { CliContext, Io } from "./io.ts";
import { readColor, readVerbosity } from "./options.ts";

/** Clipanion's `catch` cannot set an exit code, so errors end here. */
export abstract class BaseCommand extends Command<CliContext> {
  readonly output = Option.String("--output");
  readonly color = Option.String("--color");
  readonly verbosity = Option.String("--v");

  /** Returns the exit code. */
  protected abstract work(): Promise<number>;

  async execute(): Promise<number> {
    try {
      readVerbosity(this.verbosity);
      readColor(this.color);
      return await this.work();
    } catch (error) {
      const { exitCode, text } = endWith(error, this.errorTextOptions);
      this.io.stderr.write(text);
      return exitCode;
    }
  }

  protected get io(): Io {
    return this.context.io;
  }

  /** What stderr shows. A wrong --color is refused before this matters. */
  protected get screen(): Screen {
    const mode = this.color === "always" || this.color === "never" ? this.color : "auto";
    return screenOf(this.io.stderr, this.io.env, mode);
  }

  protected get palette(): Palette {
    return paletteOf(this.screen.color);
  }

  protected get errorTextOptions(): ErrorTextOptions {
    return {
      palette: this.palette,
      columns: wrapAt(this.io.stderr),
      verbose: Number(this.verbosity ?? "0") >= CAUSES_FROM,
    };
  }
}

/** From this level on errors show what caused them. */
const CAUSES_FROM = 4;
