import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { parseJson, stringifyJson } from "../../src/kube/json.ts";
import type { Json } from "../../src/model/object.ts";
import { compareObjects, isFaithful } from "../../src/plan/compare.ts";

// Many runs on a busy machine.
setDefaultTimeout(60_000);

const RUNS = { seed: 20_261_124, numRuns: 1000 };

function differences(expected: Json, actual: Json): readonly string[] {
  return compareObjects(expected, actual).map(({ path, change }) => `${path} ${change}`);
}

describe("compareObjects", () => {
  const cases: Readonly<Record<string, readonly [Json, Json, readonly string[]]>> = {
    "equal objects": [{ spec: { a: [1, "x", true] } }, { spec: { a: [1, "x", true] } }, []],
    "a lost field": [{ spec: { a: 1, b: 2 } }, { spec: { a: 1 } }, ["spec.b missing"]],
    "a changed field": [{ spec: { a: 1 } }, { spec: { a: 2 } }, ["spec.a changed"]],
    "a defaulted field": [{ spec: {} }, { spec: { a: 1 } }, ["spec.a added"]],
    "a lost tree is one loss": [{ spec: { a: { b: 1 } } }, {}, ["spec missing"]],
    "null is nothing": [{ spec: { a: null } }, { spec: {} }, []],
    "an empty map or list is nothing": [{ spec: { a: {}, b: [] } }, { spec: {} }, []],
    "false, zero and the empty text are something": [
      { a: false, b: 0, c: "" },
      {},
      ["a missing", "b missing", "c missing"],
    ],
    "a number is not its text": [{ a: 1 }, { a: "1" }, ["a changed"]],
    "a list is not a map": [{ a: [1] }, { a: { 0: 1 } }, ["a changed"]],
    "a shorter list": [{ a: [1, 2] }, { a: [1] }, ["a[1] missing"]],
    "a longer list": [{ a: [1] }, { a: [1, 2] }, ["a[1] added"]],
    "a list in another order": [{ a: [1, 2] }, { a: [2, 1] }, ["a[0] changed", "a[1] changed"]],
    "a list of records in another order": [
      { addresses: [{ type: "InternalIP" }, { type: "ExternalIP" }] },
      { addresses: [{ type: "ExternalIP" }, { type: "InternalIP" }] },
      ["addresses[0].type changed", "addresses[1].type changed"],
    ],
    "conditions are told apart by type": [
      { status: { conditions: [{ type: "Ready", status: "True" }] } },
      { status: { conditions: [{ type: "Paused" }, { type: "Ready", status: "False" }] } },
      ["status.conditions[Ready].status changed", "status.conditions[Paused] added"],
    ],
    "a lost condition": [
      { status: { conditions: [{ type: "Ready" }, { type: "Available" }] } },
      { status: { conditions: [{ type: "Available" }] } },
      ["status.conditions[Ready] missing"],
    ],
    "conditions of one type twice are told apart by place": [
      {
        conditions: [
          { type: "A", n: 1 },
          { type: "A", n: 2 },
        ],
      },
      {
        conditions: [
          { type: "A", n: 1 },
          { type: "A", n: 3 },
        ],
      },
      ["conditions[1].n changed"],
    ],
    "owners are told apart by uid": [
      { metadata: { ownerReferences: [{ uid: "1", controller: true }] } },
      { metadata: { ownerReferences: [{ uid: "0" }, { uid: "1" }] } },
      ["metadata.ownerReferences[1].controller missing", "metadata.ownerReferences[0] added"],
    ],
    "what only a server writes": [
      { metadata: { uid: "1", resourceVersion: "1", generation: 1, name: "a" } },
      { metadata: { uid: "2", resourceVersion: "2", managedFields: [{}], name: "a" } },
      [],
    ],
    "a uid elsewhere is a field": [
      { spec: { uid: "1" } },
      { spec: { uid: "2" } },
      ["spec.uid changed"],
    ],
    "labels with names of JavaScript": [
      { metadata: { labels: { constructor: "x", toString: "y" } } },
      { metadata: { labels: {} } },
      ["metadata.labels.constructor missing", "metadata.labels.toString missing"],
    ],
    "labels with such names that were added": [
      { metadata: { labels: { a: "b" } } },
      { metadata: { labels: { a: "b", constructor: "x" } } },
      ["metadata.labels.constructor added"],
    ],
    "a member called __proto__": [
      parseJson('{"spec": {"__proto__": {"a": 1}}}'),
      parseJson('{"spec": {"b": 1}}'),
      ["spec.__proto__ missing", "spec.b added"],
    ],
  };

  test.each(Object.entries(cases))("%s", (_name, [expected, actual, want]) => {
    expect(differences(expected, actual)).toEqual([...want]);
  });

  test("only what was added is faithful", () => {
    expect(isFaithful(compareObjects({ a: 1 }, { a: 1, b: 2 }))).toBe(true);
    expect(isFaithful(compareObjects({ a: 1 }, { b: 2 }))).toBe(false);
    expect(isFaithful(compareObjects({ a: 1 }, { a: 2 }))).toBe(false);
  });
});

describe("numbers", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["9223372036854775807", "9223372036854775807", true],
    ["9223372036854775807", "9223372036854775806", false],
    ["9007199254740993", "9007199254740992", false],
    ["1.0", "1", true],
    ["1e3", "1000", true],
    ["1.5", "1.50", true],
    ["1.0", "1.1", false],
    ["-0", "0", true],
    ["1e400", "1e500", false],
    ["1", '"1"', false],
  ];

  test.each(cases)("%s and %s: same is %p", (one, other, same) => {
    const [left, right] = [parseJson(`{"a": ${one}}`), parseJson(`{"a": ${other}}`)];
    expect(differences(left, right)).toEqual(same ? [] : ["a changed"]);
    expect(differences(right, left)).toEqual(same ? [] : ["a changed"]);
  });
});

const key = fc.oneof(
  fc.string({ minLength: 1, maxLength: 6 }),
  fc.constantFrom("constructor", "__proto__", "type", "uid", "conditions", "name"),
);
/** Numbers as a server may write them. */
const number = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => `${value}`),
  fc.constantFrom("1.0", "9223372036854775807", "1e3", "-0", "0.10"),
);
const leaf = fc.oneof(
  number,
  fc.string().map((text) => JSON.stringify(text)),
  fc.constantFrom("true", "false", "[]", "{}", "null"),
);
/** JSON as text, so that numbers keep their digits. */
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("tree"), { maxLength: 4 }).map((items) => `[${items.join()}]`),
    fc
      .uniqueArray(fc.tuple(key, tie("tree")), { maxLength: 4, selector: ([name]) => name })
      .map((members) => recordText(members)),
  ),
}));

function recordText(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`;
}

const object = tree.map((spec) => `{"kind":"K","metadata":{"name":"n"},"spec":${spec}}`);

describe("any two objects", () => {
  test("an object is a faithful copy of itself, after a journey too", () => {
    fc.assert(
      fc.property(object, (text) => {
        const value = parseJson(text);
        expect(compareObjects(value, value)).toEqual([]);
        expect(compareObjects(value, parseJson(stringifyJson(value)))).toEqual([]);
      }),
      RUNS,
    );
  });

  test("a leaf changed anywhere is found, and nothing else", () => {
    fc.assert(
      fc.property(object, fc.nat(), (text, pick) => {
        const value = parseJson(text);
        const leaves = leavesOf(value).filter(({ path }) => path[0] === "spec");
        const chosen = leaves[pick % Math.max(leaves.length, 1)];
        if (chosen === undefined) return;
        const changed = replaceAt(value, chosen.path, "something else entirely");
        expect(isFaithful(compareObjects(value, changed))).toBe(false);
        expect(compareObjects(value, changed)).toHaveLength(1);
      }),
      RUNS,
    );
  });

  test("a leaf lost anywhere is found", () => {
    fc.assert(
      fc.property(object, fc.nat(), (text, pick) => {
        const value = parseJson(text);
        const leaves = leavesOf(value).filter(({ path }) => path[0] === "spec");
        const chosen = leaves[pick % Math.max(leaves.length, 1)];
        if (chosen === undefined) return;
        const lost = replaceAt(value, chosen.path, undefined);
        expect(isFaithful(compareObjects(value, lost))).toBe(false);
        // What one side lost, the other has added.
        expect(isFaithful(compareObjects(lost, value))).toBe(true);
      }),
      RUNS,
    );
  });
});

type Path = readonly (string | number)[];

/** Scalars, with where they are; what is nothing (null, empty) cannot be lost. */
function leavesOf(value: Json, path: Path = []): readonly { readonly path: Path }[] {
  if (value === null || value === undefined) return [];
  const isRaw = typeof value === "object" && "rawJSON" in value;
  if (typeof value !== "object" || isRaw) return [{ path }];
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...path, index]));
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...path, name]));
}

/** A copy with another value at the path; undefined removes a member, and empties a place in a list. */
function replaceAt(value: Json, [step, ...rest]: Path, replacement: Json): Json {
  if (step === undefined) return replacement;
  if (Array.isArray(value)) {
    return value.map((item: Json, index) =>
      index === step ? replaceAt(item, rest, replacement) : item,
    );
  }
  const members = Object.entries(value as object).map(
    ([name, member]) =>
      [name, name === step ? replaceAt(member, rest, replacement) : member] as const,
  );
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}
