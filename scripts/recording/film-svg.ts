// A film as an animated SVG: every different line once, every frame a column of references, and a step from one frame to
// the next. Runs in any browser without a script. Pure.
import type { FilmSize, Frame } from "./film.ts";

const CHARACTER = { width: 7.8, height: 18 };
const MARGIN = 14;

export function filmSvg(frames: readonly Frame[], { columns, rows }: FilmSize): string {
  const width = Math.ceil(columns * CHARACTER.width + 2 * MARGIN);
  const height = rows * CHARACTER.height + 2 * MARGIN;
  const lines = [...new Set(frames.flatMap((frame) => frame.lines))].filter((line) => line !== "");
  const ids = new Map(lines.map((line, index) => [line, `l${index}`]));
  const seconds = frames.reduce((sum, { ms }) => sum + ms, 0) / 1000;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img">`,
    "<title>kubectl capi-pivot in a terminal</title>",
    `<style>${style(frames, width, seconds)}</style>`,
    "<defs>",
    ...lines.map((line) => `<text id="${ids.get(line)}">${escaped(line)}</text>`),
    "</defs>",
    `<rect width="${width}" height="${height}" rx="8"/>`,
    '<g class="film">',
    ...frames.map((frame, index) => frameSvg(frame, ids, index * width)),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function style(frames: readonly Frame[], width: number, seconds: number): string {
  let at = 0;
  const steps = frames.map(({ ms }, index) => {
    const percent = ((at / (seconds * 1000)) * 100).toFixed(3);
    at += ms;
    return `${percent}%{transform:translateX(-${index * width}px)}`;
  });
  return [
    "rect{fill:#15191e}",
    "text{fill:#d7dde4;font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre}",
    `.film{animation:film ${seconds.toFixed(2)}s step-end infinite}`,
    `@keyframes film{${steps.join("")}}`,
  ].join("");
}

function frameSvg(frame: Frame, ids: ReadonlyMap<string, string>, x: number): string {
  const uses = frame.lines.flatMap((line, row) => {
    const id = ids.get(line);
    const y = MARGIN + (row + 1) * CHARACTER.height - 4;
    return id === undefined ? [] : [`<use href="#${id}" x="${x + MARGIN}" y="${y}"/>`];
  });
  return `<g>${uses.join("")}</g>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
