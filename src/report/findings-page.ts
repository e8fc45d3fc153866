// docs/findings.md: every finding, what it means and what to do. Pure.
import { FINDING_CODES, findingFacts } from "../model/finding-codes.ts";

/** Markdown. */
export function findingsPage(): string {
  const rows = FINDING_CODES.map((code) => {
    const { severity, ignorable, about, remedy } = findingFacts(code);
    return `| \`${code}\` | ${severity} | ${ignorable ? "yes" : ""} | ${about} | ${remedy} |`;
  });
  return `${HEADER}${rows.join("\n")}\n`;
}

const HEADER = `# Findings

What \`plan\` and the pivot say before anything is written. An \`error\` blocks the pivot, a \`warning\` is confirmed with the question, a \`note\` is
there to be known. Severities are the worst that a code can have. \`--ignore CODE\` lowers a finding to a note where nothing can be lost by it.
This page is made from \`src/model/finding-codes.ts\`: \`UPDATE_GOLDEN=1 bun test test/report/findings-page.test.ts\`.

| code | severity | \`--ignore\` | what it means | what to do |
| --- | --- | --- | --- | --- |
`;
