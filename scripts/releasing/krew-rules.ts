// What krew demands of a manifest before it looks at any archive. A port of krew v0.5.0: pkg/index/types.go,
// internal/index/validation/validate.go, cmd/validate-krew-manifest/main.go.
import { basename, extname } from "node:path";
import { parse as parseVersion } from "semver";
import { parse } from "yaml";
import { PLATFORMS, type Selector, selectorProblem, selects } from "./krew-selectors.ts";

export interface FileOperation {
  readonly from?: string;
  readonly to?: string;
}

export interface KrewPlatform {
  readonly uri?: string;
  readonly sha256?: string;
  readonly bin?: string;
  readonly files?: readonly FileOperation[] | null;
  readonly selector?: Selector | null;
}

export interface KrewManifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly version?: string;
    readonly shortDescription?: string;
    readonly platforms?: readonly KrewPlatform[];
  };
}

const API_VERSION = "krew.googlecontainertools.github.com/v1alpha2";
const SAFE_NAME = /^[\w-]+$/;
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])$/i;
const SHA256 = /^[a-f0-9]{64}$/;

/** A list or a mapping in their place makes krew refuse the file; from a boolean or a number it makes a string. */
const STRINGS: readonly string[] = [
  ...["apiVersion", "kind", "metadata.name", "spec.version", "spec.homepage"],
  ...["spec.shortDescription", "spec.description", "spec.caveats"],
];

/** @throws Error when the text is no YAML mapping. */
export function readManifest(text: string): KrewManifest {
  // As krew's parser does: YAML 1.1, where an unquoted `yes` is a boolean.
  const manifest: unknown = parse(text, { version: "1.1" });
  if (typeof manifest !== "object" || manifest === null || Array.isArray(manifest))
    throw new Error("it is no YAML mapping");
  return manifest;
}

/** Everything that krew's validator would refuse, in its words where it has some; empty when it is satisfied. */
export function manifestProblems(file: string, manifest: KrewManifest): readonly string[] {
  const { metadata, spec = {} } = manifest;
  const { platforms = [] } = spec;
  return [
    ...typeProblems(manifest),
    ...(manifest.apiVersion === API_VERSION ? [] : [`apiVersion must be ${API_VERSION}`]),
    ...(manifest.kind === "Plugin" ? [] : ["kind must be Plugin"]),
    ...nameProblems(file, metadata?.name),
    ...descriptionProblems(spec.shortDescription),
    ...versionProblems(spec.version),
    ...(platforms.length > 0 ? [] : ["should have a platform specified"]),
    ...platforms.flatMap((platform, index) =>
      platformProblems(platform).map((problem) => `spec.platforms[${index}]: ${problem}`),
    ),
    ...overlaps(platforms),
  ];
}

function typeProblems(manifest: KrewManifest): readonly string[] {
  return STRINGS.filter((path) => {
    const value = valueAt(manifest, path.split("."));
    return typeof value === "object" && value !== null;
  }).map((path) => `${path} must be a string`);
}

function valueAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined || typeof value !== "object" || value === null) return value;
  return valueAt((value as Readonly<Record<string, unknown>>)[key], rest);
}

function nameProblems(file: string, name: string | undefined): readonly string[] {
  const extension = extname(file);
  const expected = basename(file, extension);
  const isSafe = SAFE_NAME.test(expected) && !DEVICE_NAME.test(expected);
  return [
    ...(extension === ".yaml" ? [] : [`the file's extension must be .yaml, not ${extension}`]),
    ...(isSafe ? [] : [`the plugin name ${expected} is not allowed`]),
    ...(name === expected ? [] : [`the plugin should be named ${expected}, as its file is`]),
  ];
}

function descriptionProblems(text: unknown): readonly string[] {
  if ((text ?? "") === "") return ["should have a short description"];
  return /[\r\n]/.test(String(text)) ? ["should not have line breaks in short description"] : [];
}

function versionProblems(version: unknown): readonly string[] {
  if ((version ?? "") === "") return ["should have a version specified"];
  const text = String(version);
  if (!text.startsWith("v")) return [`version ${text} does not start with v`];
  // semver's own parser would also take a v here.
  const isSemantic = /^\d/.test(text.slice(1)) && parseVersion(text.slice(1)) !== null;
  return isSemantic ? [] : [`version ${text} is no semantic version`];
}

function platformProblems(platform: KrewPlatform): readonly string[] {
  const { uri = "", sha256 = "", bin = "", files, selector } = platform;
  const isMatched = PLATFORMS.some((each) => selects(selector, each));
  const badSelector = selectorProblem(selector);
  return [
    ...(uri === "" ? ["uri has to be set"] : []),
    ...(SHA256.test(sha256) ? [] : ["sha256 has to be set to 64 lower-case hex digits"]),
    ...(bin === "" ? ["bin has to be set"] : []),
    ...(files === undefined || files === null ? [] : fileProblems(files)),
    ...(badSelector === undefined ? [] : [badSelector]),
    ...(badSelector !== undefined || isMatched ? [] : ["the selector matches no platform of krew"]),
  ];
}

function fileProblems(files: readonly FileOperation[]): readonly string[] {
  if (files.length === 0) return ["files has to be unspecified or non-empty"];
  return files.flatMap(({ from = "", to = "" }) => [
    ...(from === "" ? ["from has to be set"] : []),
    ...(to === "" ? ["to has to be set"] : []),
  ]);
}

function overlaps(platforms: readonly KrewPlatform[]): readonly string[] {
  return PLATFORMS.flatMap((each) => {
    const indexes = platforms.flatMap(({ selector }, index) =>
      selects(selector, each) ? [index] : [],
    );
    const pair = `${each.os}/${each.arch}`;
    return indexes.length > 1
      ? [`spec.platforms ${indexes.join(" and ")} both select ${pair}`]
      : [];
  });
}
