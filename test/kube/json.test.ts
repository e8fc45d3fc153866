import { describe, expect, test } from "bun:test";
import { parseJson, stringifyJson } from "../../src/kube/json.ts";

describe("text comes out as it went in", () => {
  const texts: readonly [string, string][] = [
    ["the largest int64", '{"replicas":9223372036854775807}'],
    ["a float without a fraction", '{"a":1.0,"b":[2.50,3.0]}'],
    ["an exponent", '{"a":1e3,"b":1E+3,"c":-2.5e-7}'],
    ["minus zero", '{"a":-0,"b":[-0]}'],
    ["a number alone", "1.0"],
    ["a large number after white space only in the source", '[12345678901234567890,"x"]'],
    ["numbers inside text", '{"a":"[1.0, 1e3, 9223372036854775807]"}'],
    ["a member called __proto__", '{"__proto__":{"polluted":1.0},"b":1}'],
    ["plain numbers, null and text", '{"a":1,"b":-5,"c":null,"d":"ü\\u0000","e":0.5,"f":[]}'],
  ];
  test.each(texts)("%s", (_name, text) => {
    expect(stringifyJson(parseJson(text))).toBe(text);
  });
});

test("a member called __proto__ does not reach the prototype", () => {
  const tree = parseJson('{"__proto__":{"polluted":1.0}}') as Record<string, unknown>;
  expect(tree["polluted"]).toBeUndefined();
  expect(Object.hasOwn(tree, "__proto__")).toBe(true);
});

test("numbers that JavaScript holds exactly stay numbers", () => {
  expect(parseJson('{"a":3,"b":0.5,"c":9007199254740991}')).toEqual({
    a: 3,
    b: 0.5,
    c: 9007199254740991,
  });
});

test("text that is no JSON throws", () => {
  expect(() => parseJson("<html>")).toThrow(SyntaxError);
});
