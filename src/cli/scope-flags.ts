// The flags that say what moves, as typed -> what was meant. Pure: what exists is asked in plan/scope.ts.
import { usageError } from "../model/error.ts";
import { FINDING_CODES, type FindingCode, findingFacts } from "../model/finding-codes.ts";
import type { ObjectRef, Scope } from "../model/plan.ts";
import { parseSelector } from "../model/selector.ts";
import { readAllowed } from "./allow-flag.ts";
import { clusterOf, NAME, NAMESPACE } from "./cluster-flags.ts";
import { badValue } from "./flag-values.ts";

type Texts = readonly string[] | undefined;

/** As clipanion collects them. */
export interface RawScopeFlags {
  readonly namespaces?: Texts;
  readonly allNamespaces?: boolean;
  readonly clusters?: Texts;
  readonly selector?: string | undefined;
  readonly excludeClusters?: Texts;
  readonly include?: Texts;
  readonly leave?: Texts;
  readonly assumeHeld?: Texts;
  readonly controllers?: Texts;
  readonly ignore?: Texts;
  readonly allow?: Texts;
}

const KIND = /^[A-Z][A-Za-z0-9]*(\.[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/;

/** @throws PivotError USAGE, also for flags that contradict each other and for a name that is given twice. */
export function readScope(raw: RawScopeFlags): Scope {
  const namespaces = (raw.namespaces ?? []).map(namespaceOf);
  const clusters = clustersOf(raw.clusters, "--cluster");
  const excluded = clustersOf(raw.excludeClusters, "--exclude-cluster");
  refuseTwice("--namespace", namespaces);
  refuseTwice("--cluster", clusters);
  refuseTwice("--exclude-cluster", excluded);
  const chosen = { namespaces, clusters, excluded, ...selectorOf(raw.selector) };
  refuseContradiction(chosen, raw.allNamespaces ?? false);
  return {
    ...chosen,
    include: (raw.include ?? []).map((text) => refOf(text, "--include")),
    leave: (raw.leave ?? []).map((text) => refOf(text, "--leave")),
    assumeHeld: (raw.assumeHeld ?? []).map((text) => kindOf(text, "--assume-held")),
    controllers: (raw.controllers ?? []).map(controllerOf),
    ignore: (raw.ignore ?? []).map(ignoredCode),
    allow: (raw.allow ?? []).flatMap(readAllowed),
  };
}

type Chosen = Pick<Scope, "namespaces" | "clusters" | "excluded" | "selector">;

interface Contradiction {
  readonly is: (chosen: Chosen, all: boolean) => boolean;
  readonly message: string;
  readonly hint: string;
}

const CONTRADICTIONS: readonly Contradiction[] = [
  {
    is: ({ namespaces }, all) => all && namespaces.length > 0,
    message: "-A and -n contradict each other",
    hint: "-n moves what is in one namespace, -A what is in all: give one or the other",
  },
  {
    is: ({ clusters }, all) => all && clusters.length > 0,
    message: "-A and --cluster contradict each other",
    hint: "--cluster moves one Cluster, -A everything: give one or the other",
  },
  {
    is: ({ clusters, selector }) => clusters.length > 0 && selector !== undefined,
    message: "--selector and --cluster contradict each other",
    hint: "--cluster names Clusters, --selector chooses them by their labels: give one or the other",
  },
  {
    is: ({ clusters, excluded }) => clusters.length > 0 && excluded.length > 0,
    message: "--exclude-cluster and --cluster contradict each other",
    hint: "--cluster names all that moves, so there is nothing to exclude: leave one of them out",
  },
];

function refuseContradiction(chosen: Chosen, all: boolean): void {
  const found = CONTRADICTIONS.find(({ is }) => is(chosen, all));
  if (found !== undefined) throw usageError(found.message, found.hint);
  const { namespaces, clusters, excluded } = chosen;
  const isIn = (cluster: string) => namespaces.includes(cluster.split("/")[0] ?? "");
  const twice = clusters.find(isIn);
  if (twice !== undefined) {
    throw usageError(
      `-n and --cluster contradict each other: -n moves everything that is in the namespace of ${twice}`,
      `for this Cluster alone leave -n out: --cluster ${twice}`,
    );
  }
  const outside = namespaces.length === 0 ? undefined : excluded.find((one) => !isIn(one));
  if (outside === undefined) return;
  throw usageError(
    `--exclude-cluster ${outside} excludes nothing: it is in none of the namespaces of -n`,
    "correct the name, or leave the flag out",
  );
}

function refuseTwice(flag: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw usageError(`${flag} ${twice} is given twice`, "was another one meant? Else leave one out");
}

function clustersOf(texts: Texts, flag: string): readonly string[] {
  return (texts ?? []).map((text) => Object.values(clusterOf(text, flag)).join("/"));
}

function selectorOf(text: string | undefined): Pick<Scope, "selector"> {
  if (text === undefined) return {};
  if (parseSelector(text) !== undefined) return { selector: text };
  throw badValue(
    "--selector",
    text,
    "a label selector: KEY=VALUE, KEY!=VALUE, KEY, !KEY, KEY in (A,B) or KEY notin (A,B), with commas between them",
  );
}

function namespaceOf(text: string): string {
  if (NAMESPACE.test(text)) return text;
  throw badValue("--namespace", text, "the name of one namespace (repeat the flag for more)");
}

function ignoredCode(text: string): FindingCode {
  const code = FINDING_CODES.find((one) => one === text);
  if (code === undefined) {
    const codes = FINDING_CODES.filter((one) => findingFacts(one).ignorable);
    throw badValue("--ignore", text, `the code of a finding: ${codes.join(", ")}`);
  }
  if (findingFacts(code).ignorable) return code;
  throw usageError(
    `${code} cannot be ignored: something could be lost`,
    findingFacts(code).remedy || `leave --ignore ${code} out`,
  );
}

/** Of a workload, whose name is one of a pod's: a DNS subdomain. */
function controllerOf(text: string): string {
  const [namespace = "", name = "", ...rest] = text.split("/");
  if (rest.length === 0 && NAMESPACE.test(namespace) && NAME.test(name)) return text;
  throw badValue(
    "--controller",
    text,
    "NAMESPACE/NAME of a Deployment, StatefulSet or DaemonSet, for example baremetal-operator-system/baremetal-operator-controller-manager",
  );
}

function kindOf(text: string, flag: string): string {
  if (KIND.test(text)) return text;
  throw badValue(flag, text, "Kind or Kind.group, for example Machine.cluster.x-k8s.io");
}

function refOf(text: string, flag: string): ObjectRef {
  const [kind = "", ...path] = text.split("/");
  const isPath = (path.length === 1 || path.length === 2) && path.every((part) => NAME.test(part));
  if (!isPath) throw badValue(flag, text, "KIND/NAMESPACE/NAME, or KIND/NAME without a namespace");
  const [first = "", second] = path;
  const checked = kindOf(kind, flag);
  return second === undefined
    ? { kind: checked, name: first }
    : { kind: checked, namespace: first, name: second };
}
