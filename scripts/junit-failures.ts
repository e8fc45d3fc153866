// The failed tests of a junit file that `bun test` wrote, as text: said once more at the end, where a log that was cut
// short still has it.
import { existsSync, readFileSync } from "node:fs";

/** How much of what a test said when it failed is repeated. */
const LINES_PER_FAILURE = 16;

const FAILED_CASE = /<testcase ([^>]*[^/])>\s*<failure ([^>]*?)(?:\/>|>([\s\S]*?)<\/failure>)/g;
const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  amp: "&",
};

/** One text per failed test: its file and name, and below it, indented, the beginning of what it said. */
export function failedTests(report: string): readonly string[] {
  const text = existsSync(report) ? readFileSync(report, "utf8") : "";
  return [...text.matchAll(FAILED_CASE)].map(([, test = "", failure = "", body]) => {
    const said = plain(body ?? attribute(failure, "message")).trim();
    const lines = said.split("\n").slice(0, LINES_PER_FAILURE);
    const name = `${plain(attribute(test, "classname"))} > ${plain(attribute(test, "name"))}`;
    return [`${attribute(test, "file")}: ${name}`, ...lines.map((line) => `    ${line}`)].join(
      "\n",
    );
  });
}

function attribute(attributes: string, name: string): string {
  return new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
}

function plain(escaped: string): string {
  return escaped.replace(/&(?:#(\d+)|(\w+));/g, (all, code?: string, word = "") =>
    code === undefined ? (ENTITIES[word] ?? all) : String.fromCodePoint(Number(code)),
  );
}
