import { describe, expect, test } from "bun:test";
import { stringify } from "yaml";
import { fillManifest } from "../../scripts/releasing/krew-manifest.ts";
import { manifestProblems, readManifest } from "../../scripts/releasing/krew-rules.ts";

const FILE = "capi-pivot.yaml";
const HEX = "0123456789abcdef".repeat(4);

type Fields = Readonly<Record<string, unknown>>;

function platform(selector: unknown, changes: Fields = {}): Fields {
  return {
    uri: "https://example.com/x.tar.gz",
    sha256: HEX,
    bin: "kubectl-capi_pivot",
    selector,
    ...changes,
  };
}

const labels = (os: string, arch: string): Fields => ({ matchLabels: { os, arch } });
const LINUX = labels("linux", "amd64");

function manifest(changes: Fields = {}, spec: Fields = {}): Fields {
  return {
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: "capi-pivot" },
    spec: {
      version: "v0.1.0",
      shortDescription: "Hand over",
      platforms: [platform(LINUX)],
      ...spec,
    },
    ...changes,
  };
}

const spec = (changes: Fields): Fields => manifest({}, changes);
const one = (selector: unknown, changes: Fields = {}): Fields =>
  spec({ platforms: [platform(selector, changes)] });

function problemsOf(file: string, content: Fields): readonly string[] {
  return manifestProblems(file, readManifest(stringify(content, { version: "1.1" })));
}

const good: readonly (readonly [string, Fields])[] = [
  ["what krew asks for and nothing else", manifest()],
  ["fields that krew does not know", spec({ colour: "blue" })],
  ["texts of any kind", spec({ homepage: "nowhere", description: "a\nb", caveats: "c\nd" })],
  ["texts that YAML reads otherwise", spec({ shortDescription: true, description: 1.5 })],
  ["a pre-release with a build", spec({ version: "v0.1.0-rc.1+build5" })],
  ["a selector with expressions", one({ matchExpressions: [exists("os"), isIn("arch", "arm64")] })],
  ["a selector of the system alone", one({ matchLabels: { os: "linux" } })],
  ["files that are moved", one(LINUX, { files: [{ from: "*", to: "." }] })],
  ["no files, in words", one(LINUX, { files: null })],
  ["a program in a folder", one(LINUX, { bin: "./bin/kubectl-capi_pivot" })],
  ["a path that only the installation refuses", one(LINUX, { files: [{ from: "a", to: "./a" }] })],
  ["a platform each", spec({ platforms: [platform(LINUX), platform(labels("darwin", "arm64"))] })],
  [
    "platforms that only expressions keep apart",
    spec({
      platforms: [
        platform({ matchLabels: { os: "linux" }, matchExpressions: [isIn("arch", "arm64")] }),
        platform({ matchLabels: { os: "linux" }, matchExpressions: [notIn("arch", "arm64")] }),
      ],
    }),
  ],
];

function exists(key: string): Fields {
  return { key, operator: "Exists" };
}

function isIn(key: string, ...values: readonly string[]): Fields {
  return { key, operator: "In", values };
}

function notIn(key: string, ...values: readonly string[]): Fields {
  return { key, operator: "NotIn", values };
}

const SHA = "sha256 has to be set to 64 lower-case hex digits";
const NO_PLATFORM = "the selector matches no platform of krew";

const bad: readonly (readonly [string, Fields, string])[] = [
  ["another API version", manifest({ apiVersion: "krew.google.com/v1" }), "apiVersion must be"],
  ["another kind", manifest({ kind: "Plugins" }), "kind must be Plugin"],
  ["no name", manifest({ metadata: {} }), "should be named capi-pivot"],
  ["another name than the file's", manifest({ metadata: { name: "pivot" } }), "should be named"],
  ["no short description", spec({ shortDescription: "" }), "should have a short description"],
  ["a short description of two lines", spec({ shortDescription: "a\nb" }), "line breaks"],
  ["a carriage return", spec({ shortDescription: "a\r" }), "line breaks"],
  ["no version", spec({ version: "" }), "should have a version"],
  ["a version without v", spec({ version: "0.1.0" }), "does not start with v"],
  ["a version of two numbers", spec({ version: "v0.1" }), "no semantic version"],
  ["a version with two v", spec({ version: "vv0.1.0" }), "no semantic version"],
  ["a version with a leading zero", spec({ version: "v0.01.0" }), "no semantic version"],
  ["a version that is a number", spec({ version: 1 }), "version 1 does not start with v"],
  ["a list for a text", spec({ description: ["a"] }), "spec.description must be a string"],
  ["a mapping for a text", spec({ caveats: { a: "b" } }), "spec.caveats must be a string"],
  ["no platforms", spec({ platforms: [] }), "should have a platform"],
  ["no address", one(LINUX, { uri: "" }), "spec.platforms[0]: uri has to be set"],
  ["no sum", one(LINUX, { sha256: "" }), SHA],
  ["a sum in capitals", one(LINUX, { sha256: HEX.toUpperCase() }), SHA],
  ["a sum that is too short", one(LINUX, { sha256: HEX.slice(1) }), SHA],
  ["no program", one(LINUX, { bin: "" }), "bin has to be set"],
  ["an empty list of files", one(LINUX, { files: [] }), "unspecified or non-empty"],
  ["files from nowhere", one(LINUX, { files: [{ to: "." }] }), "from has to be set"],
  ["files to nowhere", one(LINUX, { files: [{ from: "*" }] }), "to has to be set"],
  ["no selector", one(undefined), "a selector has to be set"],
  ["a selector that is null", one(null), "a selector has to be set"],
  ["an empty selector", one({}), "the selector is empty"],
  ["empty labels", one({ matchLabels: {} }), "matchLabels is empty"],
  ["labels and no expressions", one({ ...LINUX, matchExpressions: [] }), "matchExpressions is"],
  ["another label", one({ matchLabels: { os: "linux", libc: "musl" } }), 'key "libc" is not'],
  ["an expression over another label", one({ matchExpressions: [exists("libc")] }), 'key "libc"'],
  ["a processor that krew lacks", one(labels("linux", "riscv64")), NO_PLATFORM],
  ["a system that krew lacks", one(labels("freebsd", "amd64")), NO_PLATFORM],
  ["an unknown operator", one({ matchExpressions: [{ key: "os", operator: "Is" }] }), NO_PLATFORM],
  [
    "two platforms for one machine",
    spec({ platforms: [platform({ matchLabels: { os: "linux" } }), platform(LINUX)] }),
    "spec.platforms 0 and 1 both select linux/amd64",
  ],
];

describe("a manifest", () => {
  test.each(good)("may have %s", (_, content) => {
    expect(problemsOf(FILE, content)).toEqual([]);
  });

  test.each(bad)("may not have %s", (_, content, problem) => {
    const problems = problemsOf(FILE, content);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  const named = (name: string): Fields => manifest({ metadata: { name } });
  const files: readonly (readonly [string, string, string, string])[] = [
    ["with the longer extension only", "capi-pivot.yml", "capi-pivot", "must be .yaml, not .yml"],
    ["with letters that a file may have", "capi pivot.yaml", "capi pivot", "is not allowed"],
    ["with a path", "../x/a.b.yaml", "a.b", "is not allowed"],
    ["not named as a device", "CON.yaml", "CON", "is not allowed"],
    ["not named as a device in small letters", "com1.yaml", "com1", "is not allowed"],
  ];

  test.each(files)("is a file %s", (_, file, name, problem) => {
    const problems = problemsOf(file, named(name));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  test("may be named almost as a device", () => {
    expect(problemsOf("com10.yaml", named("com10"))).toEqual([]);
  });

  test("reports everything at once", () => {
    expect(problemsOf("x.yml", { spec: { platforms: [{}] } }).length).toBeGreaterThan(6);
  });

  test.each(["- a", "text", ""])("is a mapping, not %j", (text) => {
    expect(() => readManifest(text)).toThrow("no YAML mapping");
  });
});

describe("the template", () => {
  const values = {
    version: "1.2.3",
    homepage: "https://example.com",
    downloads: [{ target: "linux_amd64", uri: "https://example.com/x", sha256: HEX }],
  };

  test("gets version, addresses and sums, and loses the comment for its readers", () => {
    const template =
      "# for readers\n# only\nv: $(version)\nu: $(linux_amd64.uri)$(homepage)\n# c\n";
    expect(fillManifest(template, values)).toBe(
      "v: v1.2.3\nu: https://example.com/xhttps://example.com\n# c\n",
    );
  });

  test("may not have a place that nothing fills", () => {
    expect(() => fillManifest("$(linux_s390x.uri)", values)).toThrow(
      "nothing fills $(linux_s390x.uri)",
    );
  });
});
