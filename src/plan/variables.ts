// `${VAR}` in manifests, as clusterctl substitutes them (yamlprocessor/simple_processor.go with drone/envsubst): values
// from the environment, defaults where it has none, `$$` for a dollar sign.
import { compareStrings } from "../model/object.ts";

/** Variables without a value, and expressions that mean nothing here. */
export interface Substitution {
  readonly text: string;
  readonly missing: readonly string[];
  /** `${VAR^^}` and other shell functions: clusterctl knows them, no provider's components use them. */
  readonly unsupported: readonly string[];
}

type Lookup = (name: string) => string | undefined;

/** Substitutes every variable; what has no value stays as it was and is listed. */
export function substitute(text: string, lookup: Lookup): Substitution {
  const reader = new Reader(text, lookup);
  const result = reader.readText();
  const missing = [...new Set(reader.missing)].sort(compareStrings);
  return { text: result, missing, unsupported: [...new Set(reader.unsupported)] };
}

/** `${VAR}`, with the blanks that clusterctl tolerates. */
const PLAIN = /\$\{\s*([A-Za-z0-9_]+)\s*\}/y;
const WITH_DEFAULT = /\$\{([A-Za-z0-9_]+)(:=|:-|=|-)/y;
const OTHER = /\$\{[^}\n]*\}?/y;

class Reader {
  readonly missing: string[] = [];
  readonly unsupported: string[] = [];
  readonly #text: string;
  readonly #lookup: Lookup;
  #at = 0;

  constructor(text: string, lookup: Lookup) {
    this.#text = text;
    this.#lookup = lookup;
  }

  /** Up to the end, or to the brace that closes a default. */
  readText(isDefault = false): string {
    let result = "";
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (isDefault && character === "}") return result;
      if (this.#text.startsWith("$$", this.#at)) {
        result += "$";
        this.#at += 2;
      } else if (this.#text.startsWith("${", this.#at)) {
        result += this.#readVariable();
      } else {
        result += character;
        this.#at += 1;
      }
    }
    return result;
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #readVariable(): string {
    const plain = this.#take(PLAIN);
    if (plain !== null) return this.#valueOf(plain[1] ?? "", undefined);
    const start = this.#at;
    const name = this.#take(WITH_DEFAULT)?.[1];
    if (name === undefined) return this.#refuse();
    // Read whole even when it is not needed: what it names may be nested.
    const seen = this.missing.length;
    const fallback = this.readText(true);
    if (this.#at >= this.#text.length) {
      this.#at = start;
      return this.#refuse();
    }
    this.#at += 1;
    // A variable of a default that is not used may be missing.
    if (this.#lookup(name)) this.missing.length = seen;
    return this.#valueOf(name, fallback);
  }

  /** An empty value takes the default; an empty default is none, as for clusterctl. */
  #valueOf(name: string, fallback: string | undefined): string {
    const value = this.#lookup(name);
    if (value !== undefined && (value !== "" || fallback === undefined)) return value;
    if (value === undefined && (fallback ?? "") === "") this.missing.push(name);
    return fallback ?? "";
  }

  #refuse(): string {
    const found = this.#take(OTHER)?.[0] ?? "${";
    this.unsupported.push(found);
    return found;
  }
}
