// What is said of a code of findings.

export interface FindingFacts {
  /** The worst it can be. */
  readonly severity: "error" | "warning" | "note";
  /** `--ignore` may lower it to a note: nothing is lost, whatever comes of it. */
  readonly ignorable: boolean;
  readonly about: string;
  /** What to do; empty where there is nothing to do. */
  readonly remedy: string;
}
