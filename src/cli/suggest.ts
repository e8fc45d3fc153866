// "Did you mean": refusals of words that nobody knows, with the command or flag that was most likely meant.
import { type PivotError, usageError } from "../model/error.ts";
import { nearestWord } from "../model/nearest-word.ts";
import { PROGRAM } from "./command-table.ts";
import { findShortFlag, flagNames } from "./flag-index.ts";

/** What other programs call our commands; the empty name is the pivot, which is called without a command. */
const SYNONYMS: Readonly<Record<string, string>> = {
  move: "",
  pivot: "",
  run: "",
  start: "",
  apply: "",
  diff: "plan",
  preview: "plan",
  check: "plan",
  continue: "resume",
  undo: "rollback",
  abort: "rollback",
};

export function unknownCommand(word: string, names: readonly string[]): PivotError {
  const synonym = SYNONYMS[word];
  const near =
    synonym !== undefined && names.includes(synonym)
      ? synonym
      : nearestWord(
          word,
          names.filter((name) => name !== ""),
        );
  const hint = near === undefined ? `${PROGRAM} --help` : `did you mean ${meant(near)}?`;
  return usageError(`unknown command ${JSON.stringify(word)}`, hint);
}

function meant(name: string): string {
  return name === "" ? `${PROGRAM} without a command` : `${PROGRAM} ${name}`;
}

/** `name` without its dashes. */
export function unknownFlag(name: string): PivotError {
  return usageError(`unknown flag --${name}`, hintFor(nearestWord(name, flagNames())));
}

/** `bundle` is the whole row of letters: `-namespace` is one dash short, not a row of switches. */
export function unknownShortFlag(letter: string, bundle: string): PivotError {
  if (bundle.length > 1) {
    const [word = ""] = bundle.split("=");
    const near = nearestWord(word, flagNames());
    return usageError(`unknown flag -${letter} in -${bundle}`, hintFor(near));
  }
  const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
  const hint = findShortFlag(other) === undefined ? hintFor(undefined) : `did you mean -${other}?`;
  return usageError(`unknown flag -${letter}`, hint);
}

function hintFor(near: string | undefined): string {
  if (near === undefined) return `${PROGRAM} --help`;
  return `did you mean --${near}?`;
}
