// Everything of a release that users download, and nothing that depends on when and where it was made.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Packing } from "./archive-file.ts";
import type { BuiltArchive } from "./build-target.ts";
import { buildTargets } from "./build-targets.ts";
import { bundledPackages } from "./bundled-packages.ts";
import { archiveProblems } from "./krew-archive.ts";
import { fillManifest } from "./krew-manifest.ts";
import { manifestProblems, readManifest } from "./krew-rules.ts";
import { sbom } from "./sbom.ts";
import type { Source } from "./source.ts";
import { PROJECT, TARGETS, type Target } from "./targets.ts";
import { thirdPartyLicenses } from "./third-party-licenses.ts";

export interface Release {
  readonly repository: string;
  readonly source: Source;
  /** For fewer than all there is no manifest. */
  readonly targets: readonly Target[];
  readonly packing: Packing;
  /** Gets `release` and `krew`; what they held is gone. */
  readonly output: string;
}

const MANIFEST = "capi-pivot.yaml";
const MEGABYTE = 1e6;
/** What users were promised that they have to download. */
const LARGEST_ARCHIVE = 60 * MEGABYTE;
/** Measured: the last levels of packing gain 2.3 %. */
const QUICK_IS_LARGER = 1.02;

export async function makeRelease(release: Release, say: (text: string) => void): Promise<void> {
  const { output, targets } = release;
  for (const folder of ["release", "krew"]) {
    rmSync(join(output, folder), { recursive: true, force: true });
    mkdirSync(join(output, folder), { recursive: true });
  }
  const work = mkdtempSync(join(tmpdir(), "capi-pivot-release-"));
  try {
    await writeArchives(release, work, say);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  if (targets.length < TARGETS.length) say("no manifest for krew: it needs every platform");
}

async function writeArchives(
  release: Release,
  work: string,
  say: (text: string) => void,
): Promise<void> {
  const { repository, source, output, targets, packing } = release;
  const folder = join(output, "release");
  const packages = await bundledPackages(repository, work);
  const thirdParty = thirdPartyLicenses(repository, packages);
  const inputs = targets.map((target) => ({
    ...{ repository, source, target, work, thirdParty, folder, packing },
  }));
  const archives = await buildTargets(inputs, ({ target, bytes }) =>
    say(`built ${target} (${(bytes / MEGABYTE).toFixed(1)} MB)`),
  );
  expectSizes(archives, packing);
  const homepage = homepageOf(repository);
  const downloads = archives.map(({ target, file, sha256 }) => ({
    ...{ target, sha256 },
    uri: `${homepage}/releases/download/v${source.version}/${file}`,
  }));
  const sbomFile = `${PROJECT}_v${source.version}.cdx.json`;
  const text = sbom({ repository, source, homepage, packages, targets, archives: downloads });
  writeFileSync(join(folder, sbomFile), text);
  writeChecksums(folder, [...archives.map(({ file }) => file), sbomFile]);
  if (targets.length === TARGETS.length) {
    const { version } = source;
    writeManifest(release, { version, homepage, downloads });
  }
}

function expectSizes(archives: readonly BuiltArchive[], packing: Packing): void {
  const limit = LARGEST_ARCHIVE * (packing === "quick" ? QUICK_IS_LARGER : 1);
  for (const { file, bytes } of archives) {
    if (bytes >= limit) throw new Error(`${file} has ${bytes} bytes: too large`);
  }
}

/** In the format of sha256sum. */
function writeChecksums(folder: string, files: readonly string[]): void {
  const lines = files
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((file) => {
      const sum = createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest("hex");
      return `${sum}  ${file}\n`;
    });
  writeFileSync(join(folder, "checksums.txt"), lines.join(""));
}

function writeManifest(
  { repository, output }: Release,
  values: Parameters<typeof fillManifest>[1],
): void {
  const template = readFileSync(join(repository, "krew-manifest.yaml"), "utf8");
  const text = fillManifest(template, values);
  const manifest = readManifest(text);
  const problems = [
    ...manifestProblems(MANIFEST, manifest),
    ...(manifest.spec?.platforms ?? []).flatMap((platform) => {
      const file = join(output, "release", (platform.uri ?? "").split("/").at(-1) ?? "");
      return archiveProblems(platform, new Uint8Array(readFileSync(file))).map(
        (problem) => `${platform.uri}: ${problem}`,
      );
    }),
  ];
  if (problems.length > 0)
    throw new Error(`krew would not take the manifest:\n${problems.join("\n")}`);
  writeFileSync(join(output, "krew", MANIFEST), text);
}

/** The `repository` of package.json as an address: releases are there. */
function homepageOf(repository: string): string {
  const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
    readonly repository: string;
  };
  return `https://${manifest.repository.replace(/^(?:git\+)?https:\/\//, "").replace(/\.git$/, "")}`;
}
