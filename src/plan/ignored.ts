// `--ignore CODE`: the operator has read it and goes on.
import { findingFacts } from "../model/finding-codes.ts";
import type { Finding, Scope } from "../model/plan.ts";

/** Findings of these codes become notes that say so; only where that can lose nothing. */
export function ignoring(findings: readonly Finding[], { ignore }: Scope): readonly Finding[] {
  return findings.map((finding) => {
    const isIgnored = ignore.includes(finding.code) && findingFacts(finding.code).ignorable;
    if (!isIgnored || finding.severity === "note") return finding;
    return { ...finding, severity: "note", why: `${finding.why} (ignored as asked)`, hint: "" };
  });
}
