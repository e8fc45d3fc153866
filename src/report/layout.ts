// Fitting text into columns: cutting one line, wrapping a paragraph.

/** Cells that a text takes on a terminal; escape codes take none. */
export function widthOf(text: string): number {
  return Bun.stringWidth(text);
}

/** The text itself, or its beginning and `…` when it is wider than `columns`. No escape codes in it, please. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let width = 0;
  let kept = "";
  for (const character of text) {
    width += widthOf(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return columns > 0 ? `${kept.trimEnd()}…` : "";
}

/** Pads with spaces up to `columns`. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

/** A number that ends a phrase stays with its word (`Machine 3, Secret 4`), and a value with its flag. */
const BREAKS = /(?<!(?:^|\s)--[a-z-]+)\s+(?!\d+(?:,|;|$))/;

/**
 * Lines of at most `columns` cells, `first` before the first one and `rest` before the others. Words are never broken. What
 * follows a line break stays as it is: a manifest, or a command.
 */
export function wrap(text: string, columns: number, first = "", rest = first): readonly string[] {
  const [paragraph = "", ...verbatim] = text.split("\n");
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of paragraph.split(BREAKS)) {
    if (!isEmpty && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line.trimEnd(), ...verbatim.map((each) => rest + each)];
}
