import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseJson, stringifyJson } from "../../src/kube/json.ts";
import { isRawNumber, mapMembers, numberOf, visitRecords } from "../../src/model/json.ts";

const TEXT =
  '{"big":9223372036854775807,"list":[1.0,{"big":9007199254740993}],"__proto__":{"a":null},"none":null}';

describe("numbers", () => {
  test.each([
    ["9223372036854775807", true, 2 ** 63],
    ["1.0", true, 1],
    ["12", false, 12],
    ["1.5", false, 1.5],
  ])("%s", (text, raw, value) => {
    const number = parseJson(text);
    expect(isRawNumber(number)).toBe(raw);
    expect(numberOf(number)).toBe(value);
  });

  test("a text, a record that looks like one, and nothing are no numbers", () => {
    expect(["1", { rawJSON: "1" }, null, undefined, true].map(numberOf)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("mapMembers", () => {
  const nothing = () => undefined;

  test("a tree that nobody changes comes out as it went in", () => {
    expect(stringifyJson(mapMembers(parseJson(TEXT), nothing))).toBe(TEXT);
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const value = parseJson(text);
        expect(stringifyJson(mapMembers(value, nothing))).toBe(stringifyJson(value));
      }),
      { seed: 20_261_124, numRuns: 500 },
    );
  });

  test("members are replaced at every depth, lists and scalars too", () => {
    const replaced = mapMembers(
      { uid: "a", deep: [{ uid: "b", other: 1 }], uids: ["c"] },
      (key, value) => (key === "uid" ? `new ${value}` : undefined),
    );
    expect(replaced).toEqual({
      uid: "new a",
      deep: [{ uid: "new b", other: 1 }],
      uids: ["c"],
    });
  });

  test("what was replaced is not looked into", () => {
    const seen: string[] = [];
    mapMembers({ a: { b: 1 }, c: { d: 1 } }, (key) => {
      seen.push(key);
      return key === "a" ? { x: { y: 1 } } : undefined;
    });
    expect(seen).toEqual(["a", "c", "d"]);
  });
});

describe("visitRecords", () => {
  test("every record once, outermost first; numbers are none", () => {
    const seen: string[] = [];
    visitRecords(parseJson('{"a":{"b":[{"c":1.0},[{"d":1}]]}}'), (record) => {
      seen.push(Object.keys(record).join());
    });
    expect(seen).toEqual(["a", "b", "c", "d"]);
  });
});
