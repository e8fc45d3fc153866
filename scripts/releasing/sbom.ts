// What is inside the programs of a release, in CycloneDX's words: for scanners, and for whoever must know.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Enums, Models, Serialize, type SPDX, Spec } from "@cyclonedx/cyclonedx-library";
import { type BunLibrary, bunLicense } from "./bun-libraries.ts";
import type { BundledPackage } from "./bundled-packages.ts";
import { lockedPackage } from "./runtimes.ts";
import type { Source } from "./source.ts";
import { PROJECT, type Target } from "./targets.ts";

export interface SbomInput {
  readonly repository: string;
  readonly source: Source;
  /** https://… */
  readonly homepage: string;
  readonly packages: readonly BundledPackage[];
  readonly targets: readonly Target[];
  readonly archives: readonly {
    readonly uri: string;
    readonly sha256: string;
  }[];
}

/** JSON; the same for the same commit. */
export function sbom(input: SbomInput): string {
  const { repository, source, packages } = input;
  const components = new Map(packages.map((each) => [each.folder, packageComponent(each)]));
  const bun = bunComponent(repository, input.targets);
  const program = programComponent(input);
  const main = dependenciesOf(repository, "");
  const direct = main.map((name) => components.get(`node_modules/${name}`));
  for (const component of [bun, ...direct])
    if (component !== undefined) program.dependencies.add(component.bomRef);
  for (const { folder } of packages) connect(repository, folder, components);
  const bom = new Models.Bom({
    serialNumber: serialNumber(source),
    metadata: new Models.Metadata({ timestamp: new Date(source.date), component: program }),
    components: new Models.ComponentRepository([bun, ...components.values()]),
  });
  const serializer = new Serialize.JsonSerializer(
    new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6),
  );
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function programComponent({ source, homepage, archives }: SbomInput): Models.Component {
  const repository = homepage.replace("https://github.com/", "");
  const component = new Models.Component(Enums.ComponentType.Application, PROJECT, {
    bomRef: PROJECT,
    version: source.version,
    purl: `pkg:github/${repository}@v${source.version}`,
    licenses: licenses("Apache-2.0"),
  });
  const vcs = new Models.ExternalReference(homepage, Enums.ExternalReferenceType.VCS, {
    comment: source.commit,
  });
  component.externalReferences.add(vcs);
  for (const { uri, sha256 } of archives) {
    const hashes = new Models.HashDictionary([[Enums.HashAlgorithm["SHA-256"], sha256]]);
    const type = Enums.ExternalReferenceType.Distribution;
    component.externalReferences.add(new Models.ExternalReference(uri, type, { hashes }));
  }
  return component;
}

/** One component for all platforms: the same sources, as npm packages whose hashes are given. */
function bunComponent(repository: string, targets: readonly Target[]): Models.Component {
  const { version } = lockedPackage(repository, "node_modules/bun");
  const bun = new Models.Component(Enums.ComponentType.Platform, "bun", {
    bomRef: "bun",
    version,
    purl: `pkg:npm/bun@${version}`,
    licenses: licenses("MIT"),
  });
  for (const { runtime } of targets) {
    const { integrity } = lockedPackage(repository, `node_modules/${runtime}`);
    const reference = new Models.ExternalReference(
      purl(runtime, version),
      Enums.ExternalReferenceType.Distribution,
      { hashes: hashesOf(integrity) },
    );
    bun.externalReferences.add(reference);
  }
  for (const library of bunLicense(repository).libraries)
    bun.components.add(libraryComponent(library));
  return bun;
}

function libraryComponent({ name, url, license, spdxId }: BunLibrary): Models.Component {
  const component = new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: `bun/${name}`,
    licenses: spdxId === undefined ? named(license) : licenses(spdxId),
  });
  const reference = new Models.ExternalReference(url, Enums.ExternalReferenceType.Website);
  component.externalReferences.add(reference);
  return component;
}

function packageComponent(each: BundledPackage): Models.Component {
  return new Models.Component(Enums.ComponentType.Library, each.name, {
    bomRef: each.folder,
    version: each.version,
    purl: purl(each.name, each.version),
    licenses: licenses(each.license),
    hashes: hashesOf(each.integrity),
  });
}

function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function licenses(expression: string): Models.LicenseRepository {
  const license = / (?:AND|OR|WITH) /.test(expression)
    ? new Models.LicenseExpression(expression)
    : new Models.SpdxLicense(expression as SPDX.SpdxId);
  return new Models.LicenseRepository([license]);
}

function named(license: string): Models.LicenseRepository {
  return new Models.LicenseRepository([new Models.NamedLicense(license)]);
}

function hashesOf(integrity: string): Models.HashDictionary {
  const hex = Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
  return new Models.HashDictionary([[Enums.HashAlgorithm["SHA-512"], hex]]);
}

function connect(
  repository: string,
  folder: string,
  components: ReadonlyMap<string, Models.Component>,
): void {
  for (const name of dependenciesOf(repository, folder)) {
    // As Node.js looks them up; npm puts nothing between the two here.
    const dependency =
      components.get(`${folder}/node_modules/${name}`) ?? components.get(`node_modules/${name}`);
    if (dependency !== undefined) components.get(folder)?.dependencies.add(dependency.bomRef);
  }
}

function dependenciesOf(repository: string, folder: string): readonly string[] {
  const text = readFileSync(join(repository, folder, "package.json"), "utf8");
  const { dependencies = {} } = JSON.parse(text) as {
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  return Object.keys(dependencies);
}

/** A UUID that only the source decides. */
function serialNumber({ version, commit }: Source): string {
  const hex = createHash("sha256").update(`${PROJECT} ${version} ${commit}`).digest("hex");
  const parts = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(hex)?.slice(1) ?? [];
  const [first, second, third, fourth, fifth] = parts;
  // Version 8: made up by us; variant 10.
  return `urn:uuid:${first}-${second}-8${third}-8${fourth}-${fifth}`;
}
