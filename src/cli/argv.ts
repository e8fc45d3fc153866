// argv as kubectl users write it -> the few forms that clipanion parses right: `--long=value`, `--switch`, `--no-switch`.
// Clipanion refuses `-nfoo`, `--flag=true`, `-v6` and values that begin with a dash, and reads `-An foo` wrong.
import { usageError } from "../model/error.ts";
import { COMMANDS, type CommandFacts, PIVOT, PLAN, PROGRAM, VERSION } from "./command-table.ts";
import type { Flag } from "./flags.ts";
import { nearestWord } from "./suggest.ts";

/** What was typed, understood: the command, whether help is wanted, and argv for clipanion. */
export interface Invocation {
  readonly command: CommandFacts;
  readonly help: boolean;
  readonly argv: readonly string[];
}

interface Given {
  readonly flag: Flag;
  /** `true` and `false` for switches. */
  readonly value: string;
}

const TRUE_WORDS: ReadonlySet<string> = new Set(["true", "t", "1"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["false", "f", "0"]);
/** kubectl's values of --dry-run. */
const DRY_RUN_WORDS: Readonly<Record<string, string>> = {
  client: "true",
  server: "true",
  none: "false",
};

/**
 * Understands argv (without the program's own name).
 * @throws PivotError USAGE for unknown commands and flags and for missing values.
 */
export function readArgv(argv: readonly string[]): Invocation {
  if (argv[0] === "--version") return { command: VERSION, help: false, argv: [VERSION.name] };
  const { words, given } = new ArgvReader(argv).read();
  const [first, ...rest] = words;
  if (first === "help") return { command: commandOf(rest[0]), help: true, argv: [] };
  const typed = commandOf(first);
  if (rest.length > 0) throw usageError(`unexpected argument ${JSON.stringify(rest[0])}`);
  const command = typed === PIVOT && lastOf(given, "dry-run") === "true" ? PLAN : typed;
  const kept = given.filter(({ flag }) => command !== PLAN || flag.long !== "dry-run");
  for (const { flag } of kept) requireFlagOf(command, flag);
  const args = kept.filter(({ flag }) => flag.long !== "help").map(canonical);
  const head = command.name === "" ? [] : [command.name];
  return { command, help: lastOf(given, "help") === "true", argv: [...head, ...args] };
}

function lastOf(given: readonly Given[], long: string): string | undefined {
  return given.findLast(({ flag }) => flag.long === long)?.value;
}

function canonical({ flag, value }: Given): string {
  if (flag.value !== undefined) return `--${flag.long}=${value}`;
  return value === "true" ? `--${flag.long}` : `--no-${flag.long}`;
}

function commandOf(word: string | undefined): CommandFacts {
  if (word === undefined) return PIVOT;
  const found = COMMANDS.find(({ name }) => name === word);
  if (found !== undefined) return found;
  const names = COMMANDS.map(({ name }) => name).filter((name) => name !== "");
  const near = nearestWord(word, names);
  throw usageError(
    `unknown command ${JSON.stringify(word)}`,
    near === undefined ? `${PROGRAM} --help` : `did you mean ${PROGRAM} ${near}?`,
  );
}

function requireFlagOf(command: CommandFacts, flag: Flag): void {
  if (command.flags.some(({ long }) => long === flag.long)) return;
  const owner = COMMANDS.find(({ flags }) => flags.includes(flag)) ?? PIVOT;
  throw usageError(
    `${nameOf(flag)} is no flag of ${[PROGRAM, command.name].join(" ").trim()}`,
    `it belongs to ${[PROGRAM, owner.name].join(" ").trim()}`,
  );
}

/** `--v` is written `-v`, as everybody does. */
function nameOf(flag: Flag): string {
  return flag.long.length === 1 ? `-${flag.long}` : `--${flag.long}`;
}

const FLAGS: ReadonlyMap<string, Flag> = new Map(
  COMMANDS.flatMap(({ flags }) =>
    flags.flatMap((flag) => [flag.long, ...(flag.aliases ?? [])].map((name) => [name, flag])),
  ),
);
const SHORT_FLAGS: ReadonlyMap<string, Flag> = new Map(
  [...FLAGS.values()].flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag]])),
);

class ArgvReader {
  readonly #rest: string[];
  readonly #words: string[] = [];
  readonly #given: Given[] = [];

  constructor(argv: readonly string[]) {
    this.#rest = [...argv];
  }

  read(): { readonly words: readonly string[]; readonly given: readonly Given[] } {
    for (let token = this.#rest.shift(); token !== undefined; token = this.#rest.shift()) {
      if (token === "--") this.#words.push(...this.#rest.splice(0));
      else if (token.startsWith("--")) this.#long(token.slice(2));
      else if (token.startsWith("-") && token !== "-") this.#short(token.slice(1));
      else this.#words.push(token);
    }
    return { words: this.#words, given: this.#given };
  }

  #long(token: string): void {
    const equals = token.indexOf("=");
    const name = equals < 0 ? token : token.slice(0, equals);
    const flag = FLAGS.get(name);
    if (flag === undefined) throw unknownFlag(`--${name}`);
    this.#take(flag, `--${name}`, equals < 0 ? undefined : token.slice(equals + 1));
  }

  /** `-n foo`, `-nfoo`, `-n=foo` and switches in a row, the last of which may take a value. */
  #short(token: string): void {
    for (let at = 0; at < token.length; at += 1) {
      const letter = token.charAt(at);
      const flag = SHORT_FLAGS.get(letter);
      if (flag === undefined) throw unknownFlag(`-${letter}`, token);
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
      this.#given.push({ flag, value: switchValue(flag, typed, value ?? "true") });
      return;
    }
    const taken = value ?? this.#rest.shift();
    if (taken === undefined) throw usageError(`${typed} needs a value`, `${typed} ${flag.value}`);
    this.#given.push({ flag, value: taken });
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

function unknownFlag(typed: string, bundle?: string): Error {
  // `-namespace` is one dash short, not a row of switches.
  const word = bundle !== undefined && bundle.length > 1 ? bundle : typed.replace(/^-+/, "");
  const near = word.length > 1 ? nearestWord(word, [...FLAGS.keys()]) : undefined;
  const shown = bundle !== undefined && bundle.length > 1 ? `${typed} in -${bundle}` : typed;
  const hint = near === undefined ? `${PROGRAM} --help` : `did you mean --${near}?`;
  return usageError(`unknown flag ${shown}`, hint);
}
