// argv token by token, as pflag reads it: which flags are given, with which values, and which words stand alone.
import { type PivotError, usageError } from "../model/error.ts";
import type { Flag } from "./flag.ts";
import { findFlag, findShortFlag } from "./flag-index.ts";
import { unknownFlag, unknownShortFlag } from "./suggest.ts";

export interface Given {
  readonly flag: Flag;
  /** `true` and `false` for switches. */
  readonly value: string;
}

/** A flag at the very end whose value was not typed yet. */
export interface Pending {
  readonly flag: Flag;
  /** As it was typed, dashes and all. */
  readonly typed: string;
}

export interface Tokens {
  readonly words: readonly string[];
  readonly given: readonly Given[];
  readonly pending: Pending | undefined;
  /** After `--` everything is a word. */
  readonly isOver: boolean;
}

const TRUE_WORDS: ReadonlySet<string> = new Set(["true", "t", "1"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["false", "f", "0"]);
/** kubectl's values of --dry-run. */
const DRY_RUN_WORDS: Readonly<Record<string, string>> = {
  client: "true",
  server: "true",
  none: "false",
};

/** Whether a word was meant for a switch: `--yes false`. */
export function isSwitchWord(word: string): boolean {
  return TRUE_WORDS.has(word) || FALSE_WORDS.has(word);
}

/** @throws PivotError USAGE for unknown flags and for switches that are neither true nor false. */
export function readTokens(argv: readonly string[]): Tokens {
  return new ArgvReader(argv).read();
}

/** @throws PivotError USAGE */
export function missingValue({ flag, typed }: Pending): PivotError {
  return usageError(`${typed} needs a value`, `${typed} ${flag.value}`);
}

class ArgvReader {
  readonly #rest: string[];
  readonly words: string[] = [];
  readonly given: Given[] = [];
  pending: Pending | undefined;
  isOver = false;

  constructor(argv: readonly string[]) {
    this.#rest = [...argv];
  }

  read(): Tokens {
    for (let token = this.#rest.shift(); token !== undefined; token = this.#rest.shift()) {
      if (token === "--") this.#end();
      else if (token.startsWith("--")) this.#long(token.slice(2));
      else if (token.startsWith("-") && token !== "-") this.#short(token.slice(1));
      else this.words.push(token);
    }
    const { words, given, pending, isOver } = this;
    return { words, given, pending, isOver };
  }

  #end(): void {
    this.isOver = true;
    this.words.push(...this.#rest.splice(0));
  }

  #long(token: string): void {
    const equals = token.indexOf("=");
    const name = equals < 0 ? token : token.slice(0, equals);
    const flag = findFlag(name);
    if (flag === undefined) throw unknownFlag(name);
    this.#take(flag, `--${name}`, equals < 0 ? undefined : token.slice(equals + 1));
  }

  /** `-n foo`, `-nfoo`, `-n=foo` and switches in a row, the last of which may take a value. */
  #short(token: string): void {
    for (let at = 0; at < token.length; at += 1) {
      const letter = token.charAt(at);
      const flag = findShortFlag(letter);
      if (flag === undefined) throw unknownShortFlag(letter, token);
      const tail = token.slice(at + 1);
      if (flag.value !== undefined || tail.startsWith("=")) {
        const value = tail === "" ? undefined : tail.replace(/^=/, "");
        this.#take(flag, `-${letter}`, value);
        return;
      }
      this.#take(flag, `-${letter}`, undefined);
    }
  }

  #take(flag: Flag, typed: string, value: string | undefined): void {
    if (flag.value === undefined) {
      this.given.push({ flag, value: switchValue(flag, typed, value ?? "true") });
      return;
    }
    const taken = value ?? this.#rest.shift();
    if (taken === undefined) this.pending = { flag, typed };
    else this.given.push({ flag, value: taken });
  }
}

function switchValue(flag: Flag, typed: string, value: string): string {
  const word = value.toLowerCase();
  if (TRUE_WORDS.has(word)) return "true";
  if (FALSE_WORDS.has(word)) return "false";
  const special = flag.long === "dry-run" ? DRY_RUN_WORDS[word] : undefined;
  if (special !== undefined) return special;
  throw usageError(`${typed} takes true or false, not ${JSON.stringify(value)}`);
}
