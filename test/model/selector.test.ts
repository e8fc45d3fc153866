import { describe, expect, test } from "bun:test";
import { matchesSelector, parseSelector } from "../../src/model/selector.ts";

const LABELS = { team: "blue", tier: "", "example.dev/stage": "prod-1" };

describe("a selector as kubectl takes it", () => {
  test.each<[string, boolean]>([
    ["team=blue", true],
    ["team == blue", true],
    ["team=red", false],
    ["team!=red", true],
    ["team != blue", false],
    ["other!=red", true],
    ["tier=", true],
    ["team", true],
    ["other", false],
    ["!other", true],
    ["! team", false],
    ["team in (red, blue)", true],
    ["team in (red)", false],
    ["team notin (red,green)", true],
    ["other notin (red)", true],
    ["team=blue,example.dev/stage in (prod-1,prod-2),!other", true],
    ["team=blue, other", false],
  ])("%s selects: %p", (text, want) => {
    expect(matchesSelector(parseSelector(text), LABELS)).toBe(want);
  });

  test.each([
    "",
    " ",
    "=blue",
    "team=blue,",
    ",team",
    "team=a b",
    "team>1",
    "team in ()",
    "in (a",
    "Ex ample",
  ])("%p is none", (text) => {
    expect(parseSelector(text)).toBeUndefined();
  });
});
