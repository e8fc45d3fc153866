// `--components`: reads the files, fills in variables as clusterctl does, and parses. Contacts nobody.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { type Document, LineCounter, parseAllDocuments, type ScalarTag } from "yaml";
import { type PivotError, usageError } from "../model/error.ts";
import { compareStrings, type Json } from "../model/object.ts";
import type { Components } from "../model/provider.ts";
import { type ManifestFile, readManifests } from "../plan/manifests.ts";
import { substitute } from "../plan/variables.ts";
import type { Environment } from "../report/screen.ts";
import type { TerminalInput } from "./io.ts";

export interface ComponentFilesDeps {
  readonly stdin: TerminalInput;
  readonly env: Environment;
}

/**
 * Components by owner, out of files in the order given; `-` is stdin.
 * @throws PivotError USAGE for what cannot be read, parsed or used; it lists every variable that lacks a value.
 */
export async function readComponentFiles(
  paths: readonly string[],
  deps: ComponentFilesDeps,
): Promise<readonly Components[]> {
  if (paths.length === 0) return [];
  if (paths.filter((path) => path === "-").length > 1)
    throw usageError("--components takes - once: stdin can be read once");
  const texts: { readonly name: string; readonly text: string }[] = [];
  for (const path of paths) {
    const name = path === "-" ? "stdin" : path;
    texts.push({ name, text: path === "-" ? await text(deps.stdin) : await read(path) });
  }
  return readManifests(filled(texts, deps.env).map(parse));
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    const words: Readonly<Record<string, string>> = {
      ENOENT: "there is no such file",
      EACCES: "it may not be read by this user",
      EISDIR: "it is a folder",
    };
    throw usageError(`--components ${path} cannot be read: ${words[reason] ?? reason}`);
  }
}

interface Text {
  readonly name: string;
  readonly text: string;
}

/** All files at once, so that one error lists every variable. */
function filled(texts: readonly Text[], env: Environment): readonly Text[] {
  const results = texts.map(({ name, text: raw }) => ({
    name,
    ...substitute(raw, (variable) => env[variable]),
  }));
  const bad = results.find(({ unsupported }) => unsupported.length > 0);
  if (bad !== undefined) {
    throw usageError(
      `${bad.name} holds ${bad.unsupported.slice(0, 3).join(", ")}, which is no variable`,
      `known are \${NAME} and \${NAME:=default}; a dollar sign that means itself is written $$`,
    );
  }
  const missing = results.filter((result) => result.missing.length > 0);
  if (missing.length > 0) throw unresolved(missing);
  return results;
}

function unresolved(
  files: readonly { readonly name: string; readonly missing: readonly string[] }[],
): PivotError {
  const names = [...new Set(files.flatMap(({ missing }) => missing))].sort(compareStrings);
  const where = files.map(({ name }) => name).join(", ");
  const word = names.length === 1 ? "a variable" : "variables";
  return usageError(
    `${where} wants ${word} without a value: ${names.join(", ")}`,
    `set them in the environment, for example: export ${names[0]}=…`,
  );
}

/** Integers that JavaScript would round travel as their text: kube/json.ts. */
const LOSSLESS_INTEGER: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?\d{16,}$/,
  resolve: (value) => JSON.rawJSON(value.replace(/^\+/, "")),
};

function parse({ name, text: source }: Text): ManifestFile {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(source, {
    lineCounter,
    // Duplicate keys are refused, as API servers do; warnings are none of the operator's business.
    uniqueKeys: true,
    logLevel: "error",
    customTags: (tags) => [LOSSLESS_INTEGER, ...tags],
  });
  if (!Array.isArray(documents)) return { name, documents: [] };
  for (const document of documents as readonly Document.Parsed[]) requireParsed(name, document);
  return { name, documents: documents.map((document): Json => document.toJS()) };
}

/** Where it went wrong, without the line itself: it may be a credential. */
function requireParsed(name: string, document: Document.Parsed): void {
  const [error] = document.errors;
  if (error === undefined) return;
  const line = error.linePos?.[0].line;
  const at = line === undefined ? "" : ` in line ${line}`;
  throw usageError(
    `${name} cannot be parsed${at}: ${error.code.toLowerCase().replaceAll("_", " ")}`,
  );
}
