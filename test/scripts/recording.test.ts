import { expect, test } from "bun:test";
import { filmOf } from "../../scripts/recording/film.ts";
import { filmSvg } from "../../scripts/recording/film-svg.ts";

const SIZE = { columns: 20, rows: 2 };

test("what was written becomes screens: short ones are left out, long ones cut, the last one stays", () => {
  const film = filmOf(
    [
      { at: 0, text: "one\r\n" },
      { at: 500, text: "tw" },
      { at: 510, text: "o\r\n" },
      { at: 9_000, text: "\u001b[1Athree\r\n" },
    ],
    SIZE,
  );
  expect(film).toEqual([
    { ms: 500, lines: ["one"] },
    { ms: 1_200, lines: ["one", "two"] },
    { ms: 4_000, lines: ["one", "three"] },
  ]);
});

test("only the last rows of a long screen are shown", () => {
  const [frame] = filmOf([{ at: 0, text: "1\r\n2\r\n3\r\n" }], SIZE);
  expect(frame?.lines).toEqual(["2", "3"]);
});

test("the picture has every line once, escaped, and a step for every frame", () => {
  const lines = ["<a>", "b & c"];
  const svg = filmSvg(
    [
      { ms: 500, lines: ["<a>"] },
      { ms: 500, lines },
    ],
    SIZE,
  );
  expect(svg.match(/&lt;a&gt;/g)).toHaveLength(1);
  expect(svg).toContain("b &amp; c");
  expect(svg.match(/<use /g)).toHaveLength(3);
  expect(svg).toContain("1.00s step-end infinite");
  expect(svg).toContain("0.000%{transform:translateX(-0px)}50.000%{transform");
});
