// Findings as paragraphs: the same code and reason once, with a count and three names.
import { formatId } from "../model/object.ts";
import type { Finding, Severity } from "../model/plan.ts";
import { wrap } from "./layout.ts";
import type { Palette } from "./palette.ts";
import { count } from "./words.ts";

const NAMES_SHOWN = 3;

/** Findings that say the same of several objects, as one. */
export function mergeFindings(findings: readonly Finding[]): readonly Finding[] {
  const merged = new Map<string, Finding>();
  for (const finding of findings) {
    const key = [finding.severity, finding.code, finding.why, finding.hint].join("\n");
    const earlier = merged.get(key);
    const objects = [...(earlier?.objects ?? []), ...finding.objects];
    merged.set(key, { ...finding, objects });
  }
  return [...merged.values()];
}

/** One finding: why, about what, what to do. */
export function findingLines(
  finding: Finding,
  columns: number,
  palette: Palette,
): readonly string[] {
  const { code, severity, objects, why, hint } = finding;
  const heading = `${severity} ${code}`;
  const [first = "", ...rest] = wrap(`${heading}: ${why}`, columns, "", "  ");
  const painted = first.startsWith(heading)
    ? paint(severity, palette)(heading) + first.slice(heading.length)
    : first;
  return [
    painted,
    ...rest,
    ...nameLines(finding, columns, objects.length).map(palette.dim),
    ...(hint === "" ? [] : wrap(`Next: ${hint}`, columns, "  ", "    ")),
  ];
}

/** A single object that the sentence names already is not named twice. */
function nameLines(finding: Finding, columns: number, total: number): readonly string[] {
  const [only] = finding.objects;
  if (only === undefined) return [];
  if (total === 1) {
    return finding.why.includes(formatId(only)) ? [] : wrap(formatId(only), columns, "  ", "    ");
  }
  const shown = finding.objects.slice(0, NAMES_SHOWN).map(formatId);
  const more = total > NAMES_SHOWN ? [`and ${total - NAMES_SHOWN} more`] : [];
  return [`  ${count(total, "objects")}:`, ...[...shown, ...more].map((name) => `    ${name}`)];
}

function paint(severity: Severity, palette: Palette): (text: string) => string {
  switch (severity) {
    case "error":
      return palette.red;
    case "warning":
      return palette.yellow;
    case "note":
      return palette.cyan;
  }
}

/** `2 errors, 1 warning`, without what there is none of. */
export function severityCounts(findings: readonly Finding[]): string {
  const severities: readonly Severity[] = ["error", "warning", "note"];
  return severities
    .map(
      (severity) => [severity, findings.filter((one) => one.severity === severity).length] as const,
    )
    .filter(([, number]) => number > 0)
    .map(([severity, number]) => count(number, `${severity}s`))
    .join(", ");
}
