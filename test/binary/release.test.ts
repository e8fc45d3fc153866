// A whole release, made by the script as a maintainer would: what is in it, that it runs where it can be run here, and
// that a second one, made elsewhere, is the same.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { version } from "../../package.json";
import type { ArchiveEntry } from "../../scripts/releasing/archive-file.ts";
import { readExecutable } from "../../scripts/releasing/executable.ts";
import { archiveProblems } from "../../scripts/releasing/krew-archive.ts";
import { manifestProblems, readManifest } from "../../scripts/releasing/krew-rules.ts";
import { checkSignature } from "../../scripts/releasing/mach-o-signature.ts";
import { readZip } from "../../scripts/releasing/read-zip.ts";
import { archiveName, programName, TARGETS, type Target } from "../../scripts/releasing/targets.ts";
import { THIRD_PARTY_FILE } from "../../scripts/releasing/third-party-licenses.ts";
import { EXIT } from "../../src/model/error.ts";
import { type Ended, start } from "../support/binary.ts";
import { findPrograms } from "../support/testbed/programs.ts";
import { COMMITTED, makeWorkingCopy, run } from "../support/working-copy.ts";

/** Of eight programs, on two cores that have other things to do. */
const LONG = 900_000;
const FOLDER = join(import.meta.dir, "..", "..", "dist", "test-release");
const FIRST = join(FOLDER, "first");
const SECOND = join(FOLDER, "second");
/** Where one and the same loader and format are enough, one processor is. */
const TWICE = ["linux_amd64", "darwin_amd64", "windows_amd64"];
const RELEASE = join(FIRST, "dist", "release");
/** As tar prints them, for files; it has another letter before a link. */
const MODES: Readonly<Record<string, number>> = { "-rwxr-xr-x": 0o755, "-rw-r--r--": 0o644 };
const PAGE = 4096;

beforeAll(() => {
  release(FIRST);
  release(SECOND, ...TWICE.flatMap((name) => ["--only", name]));
  for (const target of TARGETS) unpack(target);
}, LONG);

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

function release(folder: string, ...more: readonly string[]): void {
  makeWorkingCopy(folder);
  run(folder, "scripts/release", `v${version}`, "--quick", ...more);
}

function unpacked({ name }: Target): string {
  return join(FOLDER, "unpacked", name);
}

function unpack(target: Target): void {
  const folder = unpacked(target);
  const archive = join(RELEASE, archiveName(target, version));
  mkdirSync(folder, { recursive: true });
  if (archive.endsWith(".tar.gz")) run(folder, "tar", "-xzf", archive);
  else for (const { name, data } of zipEntries(archive)) writeFileSync(join(folder, name), data);
}

type Modes = readonly (readonly [string, number | undefined])[];

function tarModes(archive: string): Modes {
  const lines = run(RELEASE, "tar", "-tvzf", archive).trim().split("\n");
  return lines.map((line) => [line.split(" ").at(-1) ?? "", MODES[line.slice(0, 10)]]);
}

function zipModes(archive: string): Modes {
  return zipEntries(archive).map(({ name, type, mode }) => [name, type === "file" ? mode : -1]);
}

/** Our own reader: not every machine has a program for zips. */
function zipEntries(archive: string): readonly ArchiveEntry[] {
  return readZip(new Uint8Array(readFileSync(archive)));
}

function targetNamed(name: string): Target {
  const found = TARGETS.find((target) => target.name === name);
  if (found === undefined) throw new Error(`there is no target ${name}`);
  return found;
}

function programFile(target: Target): string {
  return join(unpacked(target), programName(target));
}

function programOf(target: Target): Buffer {
  return readFileSync(programFile(target));
}

const rows = TARGETS.map((target) => [target.name, target] as const);

describe("a release", () => {
  test("is the same, made in another folder", () => {
    for (const name of TWICE) {
      const file = archiveName(targetNamed(name), version);
      const [one, other] = [FIRST, SECOND].map((folder) =>
        readFileSync(join(folder, "dist", "release", file)),
      );
      expect({ file, isSame: one?.equals(other ?? Buffer.alloc(0)) }).toEqual({
        file,
        isSame: true,
      });
    }
  });

  test("has an archive for every platform, their sums, and a list of what is inside", () => {
    const files = readdirSync(RELEASE);
    const others = ["checksums.txt", `kubectl-capi-pivot_v${version}.cdx.json`];
    const archives = TARGETS.map((target) => archiveName(target, version));
    expect(new Set(files)).toEqual(new Set([...archives, ...others]));
    const sums = readFileSync(join(RELEASE, "checksums.txt"), "utf8");
    expect(sums.trim().split("\n")).toHaveLength(files.length - 1);
    run(RELEASE, "sha256sum", "--check", "--strict", "--quiet", "checksums.txt");
  });

  test.each(rows)("holds the program for %s and the licences, and nothing else", (_, target) => {
    const archive = join(RELEASE, archiveName(target, version));
    const modes = archive.endsWith(".zip") ? zipModes(archive) : tarModes(archive);
    expect(modes).toEqual([
      ["LICENSE", 0o644],
      [THIRD_PARTY_FILE, 0o644],
      [programName(target), 0o755],
    ]);
  });

  test("asks krew for nothing that krew refuses", () => {
    const file = join(FIRST, "dist", "krew", "capi-pivot.yaml");
    const manifest = readManifest(readFileSync(file, "utf8"));
    expect(manifestProblems(file, manifest)).toEqual([]);
    const { platforms = [] } = manifest.spec ?? {};
    expect(platforms).toHaveLength(TARGETS.filter(({ isMusl }) => !isMusl).length);
    for (const platform of platforms) {
      const { uri = "" } = platform;
      expect(uri).toStartWith(
        `https://github.com/capi-pivot/kubectl-capi-pivot/releases/download/v${version}/`,
      );
      const archive = readFileSync(join(RELEASE, uri.split("/").at(-1) ?? ""));
      expect({ uri, problems: archiveProblems(platform, new Uint8Array(archive)) }).toEqual({
        uri,
        problems: [],
      });
    }
    expect(existsSync(join(SECOND, "dist", "krew", "capi-pivot.yaml"))).toBeFalse();
  });
});

describe("what is inside", () => {
  interface Component {
    readonly name: string;
    readonly version?: string;
    readonly purl?: string;
    readonly licenses?: readonly unknown[];
    readonly components?: readonly Component[];
  }
  interface Sbom {
    readonly metadata: { readonly timestamp: string; readonly component: Component };
    readonly components: readonly Component[];
  }
  const text = (): string =>
    readFileSync(join(RELEASE, `kubectl-capi-pivot_v${version}.cdx.json`), "utf8");
  const sbom = (): Sbom => JSON.parse(text()) as Sbom;

  test("is told in valid CycloneDX, with the time of the commit", async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect(await validator.validate(text())).toBeNull();
    expect(Date.parse(sbom().metadata.timestamp)).toBe(Date.parse(COMMITTED));
    const archives = readdirSync(RELEASE).filter((file) => /\.(?:zip|gz)$/.test(file));
    for (const file of archives) expect(text()).toContain(`/${file}"`);
  });

  test("is Bun with its libraries and the packages that we import, each with a licence", () => {
    const { components } = sbom();
    const bun = components.find(({ name }) => name === "bun");
    expect(bun?.version).toBe(Bun.version);
    expect(bun?.components?.map(({ name }) => name)).toContain("JavaScriptCore");
    const names = components.map(({ name }) => name);
    for (const name of ["@kubernetes/client-node", "clipanion", "ora", "yaml"])
      expect(names).toContain(name);
    expect(names).not.toContain("typescript");
    const all = [...components, ...(bun?.components ?? [])];
    expect(all.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([]);
  });

  test("has its licences beside the program", () => {
    const licenses = readFileSync(
      join(unpacked(targetNamed("linux_amd64")), THIRD_PARTY_FILE),
      "utf8",
    );
    for (const { name, version: ofPackage } of sbom().components)
      expect(licenses).toContain(`\n${name === "bun" ? "Bun" : name} ${ofPackage}`);
    for (const words of ["GNU LIBRARY GENERAL PUBLIC LICENSE", "Apache License", "Mael Nison"])
      expect(licenses.toLowerCase()).toContain(words.toLowerCase());
  });
});

describe("a program", () => {
  const LOADERS: Readonly<Record<string, string>> = {
    linux_amd64: "/lib64/ld-linux-x86-64.so.2",
    linux_arm64: "/lib/ld-linux-aarch64.so.1",
    linux_amd64_musl: "/lib/ld-musl-x86_64.so.1",
    linux_arm64_musl: "/lib/ld-musl-aarch64.so.1",
  };

  test.each(rows)("for %s says so in its header", (name, target) => {
    const { os, arch } = target;
    const loader = LOADERS[name];
    expect(readExecutable(programOf(target))).toEqual({
      ...{ os, arch },
      ...(loader === undefined ? {} : { loader }),
    });
  });

  test.each(["darwin_amd64", "darwin_arm64"])("for %s is signed, page for page", (name) => {
    const program = programOf(targetNamed(name));
    const { pages, ...facts } = checkSignature(program);
    expect(facts).toEqual({ identifier: "kubectl-capi_pivot", isAdHoc: true, wrongPages: [] });
    expect(pages).toBeGreaterThan(20_000);
    // What the check is worth: one changed byte, and one byte too many.
    program.writeUInt8(program.readUInt8(PAGE * 7) ^ 1, PAGE * 7);
    expect(checkSignature(program).wrongPages).toEqual([7]);
    expect(checkSignature(Buffer.concat([program, Buffer.alloc(1)])).wrongPages).toEqual([-1, 7]);
  });
});

interface Version {
  readonly version: string;
  readonly commit: string;
  readonly date: string;
  readonly platform: string;
}

async function versionSaid(command: readonly string[]): Promise<Version> {
  const { code, stdout, stderr } = await ended([...command, "version", "-o", "json"]);
  expect({ code, stderr }).toEqual({ code: EXIT.done, stderr: "" });
  return JSON.parse(stdout) as Version;
}

async function ended(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return (await start(command, env)).ended;
}

function expectedVersion(platform: string): Partial<Version> {
  const commit = run(FIRST, "git", "rev-parse", "HEAD").trim();
  return { version, commit, date: COMMITTED, platform };
}

const EMULATOR = "qemu-aarch64";
const ARM64_LIBRARIES = "/usr/aarch64-linux-gnu";
const canEmulate =
  Bun.which(EMULATOR) !== null && existsSync(join(ARM64_LIBRARIES, "lib", "ld-linux-aarch64.so.1"));

describe("started", () => {
  const linux = targetNamed("linux_amd64");

  test("the program for linux_amd64 says what commit it is of", async () => {
    expect(await versionSaid([programFile(linux)])).toMatchObject(expectedVersion("linux/amd64"));
  });

  // Debian: apt-get install qemu-user libc6-arm64-cross
  test.skipIf(!canEmulate)(
    `the program for linux_arm64 runs under ${EMULATOR}`,
    async () => {
      const program = programFile(targetNamed("linux_arm64"));
      const said = await versionSaid([EMULATOR, "-L", ARM64_LIBRARIES, program]);
      expect(said).toMatchObject(expectedVersion("linux/arm64"));
    },
    LONG,
  );

  test("it reads nothing of the folder it is started in", async () => {
    const folder = join(FOLDER, "hostile");
    mkdirSync(folder);
    const hostile = {
      ".env": "KUBECONFIG=from-dotenv\n",
      "bunfig.toml": 'preload = ["./preload.ts"]\n',
      "preload.ts": 'await Bun.write("preloaded", "");\n',
      "package.json": '{"type": "commonjs", "imports": {"#x": "./preload.ts"}}',
      "tsconfig.json": '{"compilerOptions": {"paths": {"*": ["./preload.ts"]}}}',
    };
    for (const [name, content] of Object.entries(hostile))
      writeFileSync(join(folder, name), content);
    const argv = [programFile(linux), "plan", "--to-kubeconfig", "from-flag"];
    const { stderr } = await ended(["env", "-C", folder, ...argv]);
    expect(stderr).not.toContain("from-dotenv");
    expect(stderr).toContain("KUBECONFIG_NOT_FOUND");
    expect(new Set(readdirSync(folder))).toEqual(new Set(Object.keys(hostile)));
  });
});

describe("installed by hand", () => {
  /** On the PATH before this repository's own build; HOME has nothing. */
  function freshHome(name: string, fileName: string): Readonly<Record<string, string>> {
    const home = join(FOLDER, name);
    mkdirSync(join(home, "bin"), { recursive: true });
    run(home, "cp", programFile(targetNamed("linux_amd64")), join("bin", fileName));
    return { HOME: home, PATH: `${join(home, "bin")}:${process.env["PATH"]}` };
  }

  const names: readonly (readonly [string, string, readonly string[]])[] = [
    ["kubectl-capi_pivot", "kubectl capi-pivot", ["capi-pivot"]],
    ["kubectl-capi-pivot", "kubectl capi pivot", ["capi", "pivot"]],
  ];

  test.each(names)("as %s it is `%s`, exit codes and streams included", async (file, _, words) => {
    const env = freshHome(file, file);
    const { kubectl } = await findPrograms();
    const said = await ended([kubectl, ...words, "version"], env);
    expect(said).toEqual({
      code: EXIT.done,
      stdout: expect.stringContaining(`kubectl-capi-pivot v${version} (commit `) as string,
      stderr: "",
    });
    const usage = await ended([kubectl, ...words, "plan", "--nonsense"], env);
    expect({ code: usage.code, stdout: usage.stdout }).toEqual({ code: EXIT.usage, stdout: "" });
    expect(usage.stderr).toContain("--nonsense");
    const listed = await ended([kubectl, "plugin", "list"], env);
    expect(listed.stdout).toContain(`/${file}\n`);
  });
});
