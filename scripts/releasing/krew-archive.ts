// What krew demands of an archive: it is unpacked, files are moved, the program is linked, and a licence must be there.
// A port of krew v0.5.0: internal/download/downloader.go, internal/installation/{install,move}.go,
// cmd/validate-krew-manifest/main.go. Modes and links in zips are our own demands: krew only notices them later.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { ArchiveEntry } from "./archive-file.ts";
import type { FileOperation, KrewPlatform } from "./krew-rules.ts";
import { selects } from "./krew-selectors.ts";
import { readTarGz } from "./read-tar.ts";
import { readZip } from "./read-zip.ts";

const LICENSE_NAMES =
  /^(?:license|license\.txt|license\.md|licenses|licenses\.txt|licenses\.md|copying|copying\.txt)$/i;
const EVERYTHING: readonly FileOperation[] = [{ from: "*", to: "." }];
const GZIP = "1f8b08";
const ZIP = "504b0304";
const EXECUTABLE = 0o111;

/** Everything that would make krew, or the installed plugin, fail; empty when nothing would. */
export function archiveProblems(
  platform: KrewPlatform,
  bytes: Uint8Array<ArrayBuffer>,
): readonly string[] {
  const sum = createHash("sha256").update(bytes).digest("hex");
  const checksum = sum === platform.sha256 ? [] : ["the archive's sha256 is another"];
  try {
    const entries = entriesOf(bytes);
    const bad = entries.flatMap(entryProblems);
    return [...checksum, ...bad, ...(bad.length > 0 ? [] : installProblems(platform, entries))];
  } catch (error) {
    return [...checksum, error instanceof Error ? error.message : String(error)];
  }
}

/** By content: krew does not look at the name. */
function entriesOf(bytes: Uint8Array<ArrayBuffer>): readonly ArchiveEntry[] {
  const magic = Buffer.from(bytes.subarray(0, 4)).toString("hex");
  if (magic.startsWith(GZIP)) return readTarGz(bytes);
  if (magic === ZIP) return readZip(bytes);
  throw new Error("the archive is neither tar.gz nor zip");
}

function entryProblems({ name, type }: ArchiveEntry): readonly string[] {
  return [
    ...(name.includes("..") ? [`suspicious entry ${name}`] : []),
    ...(/^[/\\]/.test(name) ? [`absolute entry ${name}`] : []),
    ...(type === "other" ? [`${name} is neither file nor directory`] : []),
  ];
}

type Installed = ReadonlyMap<string, ArchiveEntry>;

function installProblems(
  platform: KrewPlatform,
  entries: readonly ArchiveEntry[],
): readonly string[] {
  const files = entries.filter(({ type }) => type === "file");
  const staged = new Map(files.map((entry) => [posix.normalize(entry.name), entry]));
  const installed = new Map<string, ArchiveEntry>();
  const problems = (platform.files ?? EVERYTHING).flatMap((operation) =>
    move(staged, installed, operation),
  );
  const names = [...installed.keys()].map((name) => posix.basename(name));
  return [
    ...problems,
    ...binProblems(platform, installed),
    ...(names.some((name) => LICENSE_NAMES.test(name)) ? [] : ["no licence file is installed"]),
  ];
}

/** Moves what matches from one folder into the other, as krew does with each of `files`. */
function move(
  staged: Map<string, ArchiveEntry>,
  installed: Map<string, ArchiveEntry>,
  operation: FileOperation,
): readonly string[] {
  const { from = "", to = "" } = operation;
  if (posix.normalize(to) !== to) return [`the path is not clean: ${to}`];
  if (leaves(to)) return [`the path leaves the plugin's folder: ${to}`];
  const moves = movesOf(staged, operation);
  for (const [path, place] of moves) {
    for (const [name, entry] of staged) {
      if (!isBelow(name, path)) continue;
      installed.set(posix.join(place, name.slice(path.length)), entry);
      staged.delete(name);
    }
  }
  return moves.length > 0 ? [] : [`no files in the archive match ${from}`];
}

/** Pairs of a path in the archive and its new one. */
function movesOf(
  staged: Installed,
  { from = "", to = "" }: FileOperation,
): readonly (readonly [string, string])[] {
  const path = posix.normalize(from);
  const isThere = [...staged.keys()].some((name) => isBelow(name, path));
  // What is there by this very name takes its new one from `to`, unless that is the folder itself.
  if (isThere && to !== ".") return [[path, to]];
  const paths = isThere ? [path] : matches(staged, path);
  return paths.map((each) => [each, posix.join(to, posix.basename(each))]);
}

/** Files and folders whose whole path the pattern matches; a star stops at a slash. */
function matches(staged: Installed, pattern: string): readonly string[] {
  const glob = new Bun.Glob(pattern);
  const paths = [...staged.keys()].flatMap((name) =>
    name.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/")),
  );
  return [...new Set(paths)].filter((path) => glob.match(path));
}

function isBelow(name: string, top: string): boolean {
  return name === top || name.startsWith(`${top}/`);
}

function leaves(path: string): boolean {
  return path.startsWith("..") || path.startsWith("/");
}

function binProblems(
  { bin = "", selector }: KrewPlatform,
  installed: Installed,
): readonly string[] {
  const path = posix.normalize(bin);
  if (leaves(path)) return [`bin leaves the plugin's folder: ${bin}`];
  const program = installed.get(path);
  if (program === undefined) return [`bin is not in the archive: ${bin}`];
  const onWindows = ["386", "amd64", "arm64"].some((arch) =>
    selects(selector, { os: "windows", arch }),
  );
  // krew never changes modes: the plugin would be installed and could not be run.
  const isExecutable = onWindows || (program.mode & EXECUTABLE) === EXECUTABLE;
  return isExecutable ? [] : [`bin is not executable: ${bin}`];
}
