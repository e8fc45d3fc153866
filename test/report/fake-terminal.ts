// A terminal of a given width that can be read: what ora does to a stream, as the lines that a person would see.
export class FakeTerminal {
  readonly isTTY = true;
  readonly columns: number;
  readonly rows = 24;
  /** Everything that was written, escape codes and all. */
  raw = "";
  readonly #lines: string[] = [""];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  write(text: string): boolean {
    this.raw += text;
    const visible = Bun.stripANSI(text);
    for (const character of visible) this.#put(character);
    return true;
  }

  cursorTo(column: number): boolean {
    this.#column = column;
    return true;
  }

  moveCursor(columns: number, rows: number): boolean {
    this.#column += columns;
    this.#row += rows;
    return true;
  }

  clearLine(): boolean {
    this.#lines[this.#row] = (this.#lines[this.#row] ?? "").slice(0, this.#column);
    return true;
  }

  once(): this {
    return this;
  }

  removeListener(): this {
    return this;
  }

  /** The screen now, the spinner's frame replaced so that it does not depend on the time. */
  text(): string {
    return this.#lines.map((line) => line.replace(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/, "⠿").trimEnd()).join("\n");
  }

  /** The widest line, in cells. */
  width(): number {
    return Math.max(...this.#lines.map((line) => Bun.stringWidth(line)));
  }

  #put(character: string): void {
    if (character === "\n" || this.#column >= this.columns) {
      this.#row += 1;
      this.#column = 0;
    }
    if (character === "\n") {
      this.#lines[this.#row] ??= "";
      return;
    }
    const line = (this.#lines[this.#row] ?? "").padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column += 1;
  }
}
