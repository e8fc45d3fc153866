// Every flag of every command, once: the tables beside this file, put together.
import {
  SOURCE_ACCESS_FLAGS,
  SOURCE_FLAGS,
  TARGET_ACCESS_FLAGS,
  TARGET_FLAGS,
} from "./cluster-flag-table.ts";
import type { Flag } from "./flag.ts";
import { RUN_FLAGS } from "./run-flag-table.ts";
import { SCOPE_FLAGS } from "./scope-flag-table.ts";

const REQUEST_FLAGS: readonly Flag[] = [
  {
    long: "request-timeout",
    value: "DURATION",
    default: "30s",
    about: "Longest single request, to either cluster; 0 for no limit.",
    isGlobal: true,
  },
];

/** Of every command. */
export const OUTPUT_FLAGS: readonly Flag[] = [
  {
    long: "color",
    value: "auto|always|never",
    default: "'auto'",
    about: "Colours; auto looks at the terminal, NO_COLOR and FORCE_COLOR.",
    isGlobal: true,
  },
  {
    long: "v",
    short: "v",
    value: "LEVEL",
    default: "0",
    about:
      "Say more on stderr: 4 causes of errors, 6 requests, 8 their headers. Credentials and bodies are never shown.",
    isGlobal: true,
  },
  { long: "help", short: "h", default: "false", about: "Show help.", isGlobal: true },
];

/** How to reach both clusters: kubectl's flags, and the same for the target. */
export const CONNECTION_FLAGS: readonly Flag[] = [
  ...SOURCE_ACCESS_FLAGS,
  ...TARGET_ACCESS_FLAGS,
  ...REQUEST_FLAGS,
];

/** The flags that commands share, in the order in which `options` lists them. */
export const GLOBAL_FLAGS: readonly Flag[] = [...CONNECTION_FLAGS, ...OUTPUT_FLAGS];

function outputFlag(value: string, about: string): Flag {
  return { long: "output", short: "o", value, default: "'text'", about };
}

export const PIVOT_FLAGS: readonly Flag[] = [
  ...SOURCE_FLAGS,
  ...TARGET_FLAGS,
  ...SCOPE_FLAGS,
  ...RUN_FLAGS,
  { long: "dry-run", default: "false", about: "The same as the command plan." },
  outputFlag(
    "text|ndjson",
    "Progress for people on stderr, or one JSON object per event on stdout.",
  ),
  ...GLOBAL_FLAGS,
];

export const PLAN_FLAGS: readonly Flag[] = [
  ...SOURCE_FLAGS,
  ...TARGET_FLAGS,
  ...SCOPE_FLAGS,
  {
    long: "all",
    default: "false",
    about: "Show every object, long rows of objects of one kind too.",
  },
  {
    long: "depth",
    value: "NUMBER",
    default: "''",
    about:
      "Show this many levels below each root; what is deeper is counted, but for what blocks the pivot. Default: all levels.",
  },
  ...RUN_FLAGS,
  outputFlag("text|json|yaml", "The plan for people or for programs, on stdout."),
  ...GLOBAL_FLAGS,
];

export const VERSION_FLAGS: readonly Flag[] = [
  {
    long: "servers",
    default: "false",
    about:
      "Ask the API servers for their versions too: the source's, and a target's if one is given.",
  },
  ...SOURCE_FLAGS,
  ...TARGET_FLAGS,
  outputFlag("text|json|yaml", "A few lines, or an object, on stdout."),
  ...GLOBAL_FLAGS,
];
