// What Bun, the runtime inside every program, is made of: read from the licence page that Bun ships with its types.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface BunLibrary {
  readonly name: string;
  readonly url: string;
  /** As Bun words it: `MIT`, or a sentence. */
  readonly license: string;
  /** Where that is one licence of SPDX's list. */
  readonly spdxId?: SpdxLicenseId;
}

export type SpdxLicenseId =
  | "Apache-2.0"
  | "BSD-2-Clause"
  | "BSD-3-Clause"
  | "LGPL-2.0-or-later"
  | "LGPL-2.1-or-later"
  | "MIT"
  | "Zlib";

const SPDX_IDS: Readonly<Record<string, SpdxLicenseId>> = {
  "Apache 2.0": "Apache-2.0",
  "BSD 2-Clause": "BSD-2-Clause",
  "BSD 3-Clause": "BSD-3-Clause",
  "LGPL v2.1": "LGPL-2.1-or-later",
  MIT: "MIT",
  zlib: "Zlib",
};

/** Has a section of its own in the page, not a row. */
const JAVASCRIPT_CORE: BunLibrary = {
  name: "JavaScriptCore",
  url: "https://github.com/oven-sh/webkit",
  license: "LGPL-2",
  spdxId: "LGPL-2.0-or-later",
};

export interface BunLicense {
  /** Markdown, without what the page is framed by. */
  readonly page: string;
  readonly libraries: readonly BunLibrary[];
}

/** @throws Error when the page is not laid out as it was: then this must be adapted, lest a release names nothing. */
export function bunLicense(repository: string): BunLicense {
  const path = join(repository, "node_modules", "bun-types", "docs", "project", "license.mdx");
  const page = readFileSync(path, "utf8")
    .replace(/^---\n.*?\n---\n/s, "")
    .trim();
  const libraries = [...page.matchAll(/^\| (.*\]\(.*?) \| (.*?) \|$/gm)].map(([, what, license]) =>
    libraryIn(what ?? "", license ?? ""),
  );
  if (libraries.length < 2 || !page.includes("JavaScriptCore"))
    throw new Error(`${path} does not list Bun's libraries any more`);
  return { page, libraries: [JAVASCRIPT_CORE, ...libraries] };
}

function libraryIn(what: string, licenseCell: string): BunLibrary {
  const [, name = "", url = ""] = /\[`?(.*?)`?\]\((.*?)\)/.exec(what) ?? [];
  const license = licenseCell.replaceAll(/\[(.*?)\]\(.*?\)/g, "$1").trim();
  const spdxId = SPDX_IDS[license.replace(/ licensed$/, "")];
  return { name, url, license, ...(spdxId === undefined ? {} : { spdxId }) };
}
