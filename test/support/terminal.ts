// A program on a pseudo-terminal, and the screen as a person sees it: what Bun's terminal passes on, carried out.
import { binary, Listener, plainEnv } from "./binary.ts";

export interface TerminalOptions {
  /** 0 is possible: some containers and CI systems give such terminals. */
  readonly columns: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface OnTerminal {
  readonly ended: Promise<TerminalEnd>;
  /** Resolves when the terminal was written this, escape codes apart. */
  said(words: string): Promise<void>;
  /** Keys as they are pressed: `y\n`, or CTRL_C. */
  press(keys: string): void;
}

export interface TerminalEnd {
  readonly code: number;
  /** All that was written, escape codes and all. */
  readonly raw: string;
  readonly screen: Screen;
}

export const CTRL_C = "\u0003";
export const CTRL_D = "\u0004";

/** Starts the program on a terminal of its own, which is its controlling one. */
export async function onTerminal(
  argv: readonly string[],
  { columns, env = {} }: TerminalOptions,
): Promise<OnTerminal> {
  const heard = new Listener();
  const decoder = new TextDecoder();
  let raw = "";
  // Bun's own option takes no 0.
  const resize = 'stty cols "$0" && exec "$@"';
  const child = Bun.spawn(["sh", "-c", resize, String(columns), binary(), ...argv], {
    env: await plainEnv(env),
    terminal: {
      cols: Math.max(1, columns),
      rows: 24,
      data: (_, bytes) => {
        const text = decoder.decode(bytes, { stream: true });
        raw += text;
        heard.add(Bun.stripANSI(text));
      },
      exit: () => heard.end(),
    },
  });
  const ended = async (): Promise<TerminalEnd> => {
    const code = await child.exited;
    child.terminal?.close();
    return { code, raw, screen: new Screen(raw, columns) };
  };
  return {
    ended: ended(),
    said: (words) => heard.said(words),
    press: (keys) => {
      child.terminal?.write(keys);
    },
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is read here
const TOKEN = /\u001b\[([?0-9;]*)([A-Za-z])|[\s\S]/gu;

/** Carries out the few codes that this program's outputs use; fails at any other. */
export class Screen {
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  /** The beginnings of lines that were longer than the terminal is wide, as often as they were written. */
  readonly wrapped: string[] = [];

  constructor(raw: string, columns: number) {
    for (const [token, parameters, letter] of raw.matchAll(TOKEN)) {
      if (letter === undefined) this.#put(token, columns);
      else this.#control(letter, parameters ?? "");
    }
  }

  /** Lines without trailing spaces. */
  get lines(): readonly string[] {
    return this.#lines.map((line) => line.join("").trimEnd());
  }

  get text(): string {
    return this.lines.join("\n");
  }

  #put(character: string, columns: number): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#moveTo(this.#row + 1);
    else {
      const line = this.#lines[this.#row] ?? [];
      if (columns > 0 && this.#column === columns) this.wrapped.push(line.join(""));
      while (line.length < this.#column) line.push(" ");
      line[this.#column++] = character;
    }
  }

  #moveTo(row: number): void {
    this.#row = Math.max(0, row);
    while (this.#lines.length <= this.#row) this.#lines.push([]);
  }

  #control(letter: string, parameters: string): void {
    const number = Number.parseInt(parameters, 10) || 1;
    if (letter === "G") this.#column = number - 1;
    else if (letter === "A") this.#moveTo(this.#row - number);
    else if (letter === "K") this.#erase(parameters);
    // Colours, and modes of the terminal: the cursor's visibility, synchronised updates.
    else if (!"mhl".includes(letter)) throw new Error(`unknown code ${parameters}${letter}`);
  }

  #erase(parameters: string): void {
    const line = this.#lines[this.#row];
    if (line !== undefined)
      line.length = parameters === "2" ? 0 : Math.min(line.length, this.#column);
  }
}
