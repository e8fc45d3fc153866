// Which operating systems and processors a platform of krew's manifest is for: Kubernetes' label selectors over os and arch.

interface Requirement {
  readonly key?: string;
  readonly operator?: string;
  readonly values?: readonly string[];
}

export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>> | null;
  readonly matchExpressions?: readonly Requirement[] | null;
}

export interface OsArch {
  readonly os: string;
  readonly arch: string;
}

/** All that krew runs on. */
export const PLATFORMS: readonly OsArch[] = [
  ...pairs("windows", ["386", "amd64", "arm64"]),
  ...pairs("linux", ["386", "amd64", "arm", "arm64", "ppc64le"]),
  ...pairs("darwin", ["386", "amd64", "arm64"]),
];

function pairs(os: string, architectures: readonly string[]): readonly OsArch[] {
  return architectures.map((arch) => ({ os, arch }));
}

/** What krew would refuse a selector for. */
export function selectorProblem(selector: Selector | null | undefined): string | undefined {
  if (selector === undefined || selector === null) return "a selector has to be set";
  const labels = selector.matchLabels ?? undefined;
  const expressions = selector.matchExpressions ?? [];
  if (labels === undefined && expressions.length === 0) return "the selector is empty";
  const keys = [...Object.keys(labels ?? {}), ...expressions.map(({ key = "" }) => key)];
  const other = keys.find((key) => key !== "os" && key !== "arch");
  if (other !== undefined) return `the selector's key ${JSON.stringify(other)} is not os or arch`;
  return emptyPart(selector);
}

function emptyPart({ matchLabels, matchExpressions }: Selector): string | undefined {
  if (Object.keys(matchLabels ?? { os: "" }).length === 0) return "matchLabels is empty";
  return matchExpressions?.length === 0 ? "matchExpressions is empty" : undefined;
}

/** Nothing is selected by what Kubernetes cannot compile. */
export function selects(selector: Selector | null | undefined, platform: OsArch): boolean {
  if (selector === undefined || selector === null) return false;
  const facts: Readonly<Record<string, string>> = { ...platform };
  const labels = Object.entries(selector.matchLabels ?? {});
  const expressions = selector.matchExpressions ?? [];
  return (
    labels.every(([key, value]) => facts[key] === value) &&
    expressions.every((requirement) => meets(requirement, facts))
  );
}

function meets(requirement: Requirement, facts: Readonly<Record<string, string>>): boolean {
  const { key = "", operator = "", values = [] } = requirement;
  const fact = facts[key];
  switch (operator) {
    case "In":
      return fact !== undefined && values.includes(fact);
    case "NotIn":
      return values.length > 0 && (fact === undefined || !values.includes(fact));
    case "Exists":
      return values.length === 0 && fact !== undefined;
    case "DoesNotExist":
      return values.length === 0 && fact === undefined;
    default:
      return false;
  }
}
