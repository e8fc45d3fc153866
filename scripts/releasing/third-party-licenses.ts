// The licences of everything in a program that is not ours: one text, which goes into every archive.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import spdxLicenses from "spdx-license-list/full";
import { type BunLicense, bunLicense, type SpdxLicenseId } from "./bun-libraries.ts";
import type { BundledPackage } from "./bundled-packages.ts";
import { lockedPackage } from "./runtimes.ts";

/** Its name in the archives. */
export const THIRD_PARTY_FILE = "THIRD_PARTY_LICENSES.txt";
const RULE = "=".repeat(80);
const LICENSE_FILE = /^(?:licen[cs]e|copying|notice|unlicense)(?:[.-].*)?$/i;

/** @throws Error when a package has no licence text: then a person must look at it before it is given away. */
export function thirdPartyLicenses(
  repository: string,
  packages: readonly BundledPackage[],
): string {
  const bun = bunLicense(repository);
  const { version } = lockedPackage(repository, "node_modules/bun");
  const sections = [
    "The program in this archive contains the following software.",
    section(`Bun ${version}, the JavaScript runtime\nhttps://github.com/oven-sh/bun`, bun.page),
    ...packages.map((each) =>
      section(
        `${each.name} ${each.version}\nLicence: ${each.license}`,
        licenseText(repository, each),
      ),
    ),
    ...standardTexts(bun),
  ];
  return `${sections.join("\n\n")}\n`;
}

function section(title: string, text: string): string {
  return `${RULE}\n${title}\n${RULE}\n\n${text.trim()}`;
}

function licenseText(repository: string, { name, folder }: BundledPackage): string {
  const path = join(repository, folder);
  const files = readdirSync(path).sort();
  const texts = files
    .filter((file) => LICENSE_FILE.test(file))
    .map((file) => readFileSync(join(path, file), "utf8").replaceAll("\r\n", "\n").trim());
  const readme = files.find((file) => /^readme(?:\.md)?$/i.test(file));
  const fallback = readme === undefined ? "" : licenseSection(join(path, readme));
  const text = texts.length > 0 ? texts.join("\n\n") : fallback;
  if (!/copyright|public domain/i.test(text))
    throw new Error(`${name} has no licence text in ${folder}: find out what it asks for`);
  return text;
}

/** Some packages have their licence in the README alone, as a quotation below a heading. */
function licenseSection(readme: string): string {
  const [, , text = ""] =
    /^(#+) licen[cs]e.*?\n(.*?)(?=^#{1,2} |$(?![\s\S]))/ims.exec(readFileSync(readme, "utf8")) ??
    [];
  return text.replaceAll(/^> ?/gm, "").replaceAll("**", "").trim();
}

/** Bun's page names licences, and has no texts of them. */
function standardTexts({ libraries }: BunLicense): readonly string[] {
  const ids = new Set<SpdxLicenseId>(["MIT"]);
  for (const { spdxId } of libraries) if (spdxId !== undefined) ids.add(spdxId);
  return [...ids]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((id) => {
      const license = spdxLicenses[id];
      if (license === undefined) throw new Error(`there is no text of the licence ${id}`);
      return section(`${license.name} (${id}), which Bun refers to`, license.licenseText);
    });
}
