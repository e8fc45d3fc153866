import { afterAll, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PackedFile } from "../../scripts/releasing/archive-file.ts";
import { archiveProblems } from "../../scripts/releasing/krew-archive.ts";
import type { KrewPlatform } from "../../scripts/releasing/krew-rules.ts";
import { tarGz } from "../../scripts/releasing/tar.ts";
import { zip } from "../../scripts/releasing/zip.ts";

const BIN = "kubectl-capi_pivot";
const LONG = `${"folder/".repeat(20)}${"name".repeat(30)}`;

let folders = 0;
const root = mkdtempSync(join(tmpdir(), "capi-pivot-archive-"));
afterAll(() => rmSync(root, { recursive: true }));

type Bytes = Uint8Array<ArrayBuffer>;

function file(name: string, mode = 0o644, text = name): PackedFile {
  return { name, mode, data: new TextEncoder().encode(text) };
}

const PROGRAM = file(BIN, 0o755);
const LICENSE = file("LICENSE");
const USUAL = [PROGRAM, LICENSE];

const ours = (...files: readonly PackedFile[]): Bytes => tarGz(files, "quick");
const ourZip = (...files: readonly PackedFile[]): Bytes => zip(files, "quick");

/** A folder with files, and what `tar` makes of it. */
function packed(options: readonly string[], more?: (folder: string) => void): Bytes {
  const folder = join(root, `${folders++}`);
  for (const { name, mode, data } of USUAL) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), data);
    chmodSync(join(folder, name), mode);
  }
  more?.(folder);
  const archive = `${folder}.tar.gz`;
  execFileSync("tar", ["-czf", archive, "-C", folder, ...options, "."]);
  return new Uint8Array(readFileSync(archive));
}

function withLongName(folder: string): void {
  mkdirSync(dirname(join(folder, LONG)), { recursive: true });
  writeFileSync(join(folder, LONG), "long");
}

/** Bytes at an offset from the central directory's first entry replaced, as another program would have written them. */
function changedEntry(archive: Bytes, offset: number, bytes: readonly number[]): Bytes {
  const copy = Buffer.from(archive);
  const entry = copy.indexOf(Buffer.from("504b0102", "hex"));
  for (const [index, byte] of bytes.entries()) copy[entry + offset + index] = byte;
  return copy;
}

const MADE_BY = 5;
const UNIX_MODE = 40;

function problemsOf(bytes: Bytes, changes: KrewPlatform = {}): readonly string[] {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const selector = { matchLabels: { os: "linux", arch: "amd64" } };
  return archiveProblems({ sha256, bin: BIN, selector, ...changes }, bytes);
}

const WINDOWS = { selector: { matchLabels: { os: "windows" } } };

const good: readonly (readonly [string, Bytes, KrewPlatform?])[] = [
  ["our own tar", ours(...USUAL)],
  ["our own zip", ourZip(...USUAL)],
  ["tar's, with ./ before every name", packed([])],
  ["tar's in the old GNU format, with a long name", packed(["--format=gnu"], withLongName)],
  ["tar's in the pax format, with a long name", packed(["--format=pax"], withLongName)],
  ["one with a program in a folder", ours(file("a/b", 0o755), LICENSE), { bin: "./a/b" }],
  [
    "one whose files are moved",
    ours(file("v1/x", 0o755), file("v1/COPYING")),
    {
      bin: "bin/pivot",
      files: [
        { from: "v1/x", to: "bin/pivot" },
        { from: "v1/*", to: "." },
      ],
    },
  ],
  ["one whose folder is moved", ours(file("v1/x", 0o755), LICENSE), { bin: "v1/x" }],
  ["a zip without unix modes, on Windows", changedEntry(ourZip(...USUAL), MADE_BY, [0]), WINDOWS],
  ...["license", "License.txt", "LICENSE.md", "licenses", "licenses.TXT", "Licenses.md"].map(
    (name): [string, Bytes] => [`one with ${name}`, ours(PROGRAM, file(name))],
  ),
  ...["copying", "COPYING.txt", "doc/LICENSE"].map((name): [string, Bytes] => [
    `one with ${name}`,
    ours(PROGRAM, file(name)),
  ]),
];

const bad: readonly (readonly [string, Bytes, string, KrewPlatform?])[] = [
  ["another sum", ours(...USUAL), "sha256 is another", { sha256: "0".repeat(64) }],
  ["neither tar.gz nor zip", Buffer.from("fd377a585a00", "hex"), "neither tar.gz nor zip"],
  ["a gzip of something else", Bun.gzipSync("x".repeat(9999)), "cannot be read"],
  ["a zip that is cut off", ourZip(...USUAL).slice(0, -30), "cut off"],
  [
    "a symbolic link",
    packed([], (folder) => symlinkSync("x", join(folder, "y"))),
    "./y is neither",
  ],
  [
    "a hard link",
    packed([], (folder) => linkSync(join(folder, BIN), join(folder, "y"))),
    "neither",
  ],
  ["a link in a zip", changedEntry(ourZip(...USUAL), UNIX_MODE, [0xff, 0xa1]), "is neither file"],
  ["a name with two dots", ours(...USUAL, file("a/../b")), "suspicious entry a/../b"],
  ["a harmless name with two dots", ours(...USUAL, file("a..b")), "suspicious entry a..b"],
  ["an absolute name", ours(...USUAL, file("/etc/x")), "absolute entry /etc/x"],
  ["an absolute name of Windows", ourZip(...USUAL, file("\\x")), "absolute entry \\x"],
  ["a program that nobody may execute", ours(file(BIN), LICENSE), "bin is not executable"],
  [
    "a program in a zip without modes",
    changedEntry(ourZip(file(BIN, 0o755), file("licenses")), MADE_BY, [0]),
    "bin is not executable",
  ],
  ["no program", ours(file("other", 0o755), LICENSE), "bin is not in the archive"],
  ["a program elsewhere", ours(...USUAL), "bin leaves the plugin's folder", { bin: `../${BIN}` }],
  ["no licence", ours(PROGRAM), "no licence file"],
  ["a licence of another name", ours(PROGRAM, file("LICENSE-MIT")), "no licence file"],
  [
    "a licence that is not installed",
    ours(...USUAL),
    "no licence file",
    { files: [{ from: "kubectl-*", to: "." }] },
  ],
  [
    "files that are not there",
    ours(...USUAL),
    "no files in the archive match x*",
    {
      files: [
        { from: "*", to: "." },
        { from: "x*", to: "." },
      ],
    },
  ],
  [
    "a path with a dot",
    ours(...USUAL),
    "the path is not clean: ./x",
    {
      files: [
        { from: "LICENSE", to: "./x" },
        { from: "*", to: "." },
      ],
    },
  ],
  [
    "a path to elsewhere",
    ours(...USUAL),
    "the path leaves the plugin's folder: ../x",
    {
      files: [
        { from: "LICENSE", to: "../x" },
        { from: "*", to: "." },
      ],
    },
  ],
];

describe("an archive", () => {
  test.each(good.map(([what, bytes, changes = {}]) => [what, bytes, changes] as const))(
    "may be %s",
    (_, bytes, changes) => {
      expect(problemsOf(bytes, changes)).toEqual([]);
    },
  );

  const rows = bad.map(
    ([what, bytes, problem, changes = {}]) => [what, bytes, problem, changes] as const,
  );

  test.each(rows)("may not have %s", (_, bytes, problem, changes) => {
    expect(problemsOf(bytes, changes).join("\n")).toContain(problem);
  });
});

describe("our own archives", () => {
  const shuffled = [LICENSE, file("b"), PROGRAM];

  test("are the same whatever the order of their files", () => {
    expect(ours(...shuffled)).toEqual(ours(...shuffled.toReversed()));
    expect(ourZip(...shuffled)).toEqual(ourZip(...shuffled.toReversed()));
  });

  test("are read by tar, without owner and time", () => {
    const archive = join(root, "ours.tar.gz");
    writeFileSync(archive, ours(...USUAL));
    const options = { env: { ...process.env, TZ: "UTC" } };
    const list = execFileSync("tar", ["-tvzf", archive, "--numeric-owner"], options).toString();
    expect(list.replaceAll(/ +/g, " ")).toBe(
      `-rw-r--r-- 0/0 7 1970-01-01 00:00 LICENSE\n-rwxr-xr-x 0/0 18 1970-01-01 00:00 ${BIN}\n`,
    );
  });

  test("cannot have a name that plain tar does not hold", () => {
    expect(() => ours(file(LONG))).toThrow("the name is too long");
  });
});
