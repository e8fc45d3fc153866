// Reads a kubeconfig mapping field by field and refuses what Go's decoder would refuse. Pure.
import { isAbsolute, join } from "node:path";
import { PivotError } from "../model/error.ts";
import { asRecord, type Json } from "../model/object.ts";

/** A file that kubectl would refuse too; never quotes the file, which holds secrets. */
export function invalidKubeconfig(origin: string, what: string): PivotError {
  return new PivotError({ code: "KUBECONFIG_INVALID", message: `kubeconfig ${origin} ${what}` });
}

/** With its padding, which Go demands. */
const BASE64 = /^(?:(?:[\w+/]\s*){4})*(?:(?:[\w+/]\s*){2}=\s*=|(?:[\w+/]\s*){3}=)?\s*$/;

/** Reads members of one mapping and refuses those of another type, as Go's decoder does. Empty means absent. */
export class Fields {
  readonly #value: Readonly<Record<string, Json>>;
  readonly #origin: string;
  readonly #directory: string | undefined;

  constructor(value: Json, origin: string, directory: string | undefined) {
    const record = asRecord(value ?? {});
    if (record === undefined)
      throw invalidKubeconfig(origin, "holds a list or a scalar where a mapping belongs");
    this.#value = record;
    this.#origin = origin;
    this.#directory = directory;
  }

  /** Its path; undefined when the text is from elsewhere. */
  get file(): string | undefined {
    return this.#directory === undefined ? undefined : this.#origin;
  }

  names(): readonly string[] {
    return Object.keys(this.#value);
  }

  raw(name: string): Json {
    return this.#value[name];
  }

  has(name: string): boolean {
    return asRecord(this.#value[name]) !== undefined;
  }

  fields(name: string): Fields {
    return new Fields(this.#value[name], this.#origin, this.#directory);
  }

  items(name: string): readonly Fields[] {
    return this.#list(name).map((item) => new Fields(item, this.#origin, this.#directory));
  }

  text(name: string): string | undefined {
    const value = this.#value[name] ?? "";
    if (typeof value !== "string") throw this.#wrongType(name, "text");
    return value === "" ? undefined : value;
  }

  /** As written; line breaks in it are allowed, as Go allows them. */
  base64(name: string): string | undefined {
    const text = this.text(name);
    if (text !== undefined && !BASE64.test(text)) throw this.#wrongType(name, "base64");
    return text;
  }

  /** An error that names the file. */
  invalid(what: string): PivotError {
    return invalidKubeconfig(this.#origin, what);
  }

  texts(name: string): readonly string[] {
    return this.#list(name).map((item) => {
      if (typeof item !== "string") throw this.#wrongType(name, "text");
      return item;
    });
  }

  flag(name: string): boolean {
    const value = this.#value[name] ?? false;
    if (typeof value !== "boolean") throw this.#wrongType(name, "true or false");
    return value;
  }

  path(name: string): string | undefined {
    const path = this.text(name);
    if (path === undefined || this.#directory === undefined || isAbsolute(path)) return path;
    return join(this.#directory, path);
  }

  /** A bare name is looked up in PATH; only a command with a separator belongs to the file's directory. */
  command(name: string): string | undefined {
    return /[/\\]/.test(this.text(name) ?? "") ? this.path(name) : this.text(name);
  }

  #list(name: string): readonly Json[] {
    const value = this.#value[name] ?? [];
    if (!Array.isArray(value)) throw this.#wrongType(name, "a list");
    return value;
  }

  #wrongType(name: string, wanted: string): PivotError {
    const quote =
      wanted === "text" ? " (quote it: unquoted y, no, on or 1 are not text in YAML 1.1)" : "";
    return invalidKubeconfig(this.#origin, `has a field ${name} that is not ${wanted}${quote}`);
  }
}
