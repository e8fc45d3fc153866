// The commands that are possible next, as they would be typed: with the flags that lead to the clusters from this machine.
import { delimiter } from "node:path";
import type { ConnectionOverrides } from "../kube/overrides.ts";
import type { ClusterName } from "../model/error.ts";
import type { ClusterIdentity } from "../model/inventory.ts";
import type { NextStep, Status } from "../model/status.ts";
import type { Environment } from "../report/screen.ts";
import type { CommandLine } from "../report/status-text.ts";
import type { KubeconfigChoice, TargetChoice } from "./cluster-flags.ts";
import { PROGRAM } from "./command-table.ts";
import { overrideWords } from "./override-flags.ts";
import { shellWord } from "./shell-word.ts";
import type { StatusFlags } from "./status-flags.ts";

/** How a cluster is reached: a context of a kubeconfig (no path: where kubectl looks), the Secret of a Cluster, or flags. */
type Place =
  | FilePlace
  | { readonly cluster: string; readonly overrides?: ConnectionOverrides }
  | { readonly overrides: ConnectionOverrides };

interface FilePlace {
  readonly path?: string;
  /** Undefined where flags say more than a context does. */
  readonly context: string | undefined;
  readonly overrides?: ConnectionOverrides;
}

type Places = Readonly<Partial<Record<ClusterName, Place>>>;

/** What the user gave, and what else is known. */
export interface Known {
  readonly flags: StatusFlags;
  readonly env: Environment;
  /** Servers (host and port) by context, of the kubeconfig of the cluster looked at. */
  readonly servers: ReadonlyMap<string, string>;
}

/** One line for each step of `status`. */
export function commandLines(status: Status, known: Known): readonly CommandLine[] {
  const places = placesOf(status, known);
  return status.next.map((step) => {
    const words = [PROGRAM, step.command, ...flagsOf(step, places, known.env)];
    return {
      command: words.join(" "),
      why: [step.why, ...explain(step, status, places)].join("; "),
    };
  });
}

/** Where the clusters of the first run are; without a run, in the order in which they were given. */
function placesOf({ clusters, runs }: Status, known: Known): Places {
  const given = placesGiven(
    clusters.map(({ identity }) => identity),
    known.flags,
  );
  const roles = clusters.map(({ role }, index) => (runs.length > 0 ? role : ROLES[index]));
  const at = (role: ClusterName) => given[roles.indexOf(role)] ?? elsewhere(role, runs, known);
  const [source, target] = [at("source"), at("target")];
  return { ...(source && { source }), ...(target && { target }) };
}

const ROLES: readonly ClusterName[] = ["source", "target"];

function placesGiven(
  identities: readonly ClusterIdentity[],
  { cluster, other }: StatusFlags,
): readonly Place[] {
  return identities.map((identity, index): Place => {
    const choice: TargetChoice =
      index === 0 || other === undefined ? { from: "kubeconfig", ...cluster } : other;
    if (choice.from === "kubeconfig") return filePlace(choice, identity);
    const overrides = choice.overrides === undefined ? {} : { overrides: choice.overrides };
    if (choice.from === "cluster")
      return { cluster: `${choice.namespace}/${choice.name}`, ...overrides };
    return { overrides: choice.overrides };
  });
}

/** The context by name, because another one may be current when the command is typed. */
function filePlace(
  { path, overrides }: KubeconfigChoice,
  { context, server }: Pick<ClusterIdentity, "context" | "server">,
): FilePlace {
  return {
    ...(path === undefined ? {} : { path }),
    // A cluster without a context is known by its server.
    context: context === server ? undefined : context,
    ...(overrides === undefined ? {} : { overrides }),
  };
}

/** A context of the same kubeconfig that has the name and the server that the run's record has. */
function elsewhere(role: ClusterName, runs: Status["runs"], known: Known): Place | undefined {
  const wanted = runs[0]?.record[role];
  if (wanted === undefined || known.servers.get(wanted.context) !== wanted.server) return undefined;
  const { path } = known.flags.cluster;
  return filePlace(path === undefined ? {} : { path }, wanted);
}

const UNKNOWN = "FILE";

function flagsOf(
  { lost }: NextStep,
  { source, target }: Places,
  env: Environment,
): readonly string[] {
  // Without --kubeconfig a context alone is one of the file that kubectl would take.
  if (lost === "source") return [...targetFlags(target, {}, env), "--source-lost"];
  const from = sourceFlags(source);
  if (lost === "target") return [...from, "--target-lost"];
  const file = source !== undefined && "context" in source ? source : undefined;
  return [...from, ...targetFlags(target, file, env)];
}

function sourceFlags(place: Place | undefined): readonly string[] {
  // There is no flag for a source whose kubeconfig is in a Secret of the other cluster.
  if (place === undefined || "cluster" in place) return ["--kubeconfig", UNKNOWN];
  const overrides = overrideWords(place.overrides, "--");
  if (!("context" in place)) return overrides;
  const { path, context } = place;
  const file = path === undefined ? [] : ["--kubeconfig", shellWord(path)];
  return [...file, ...contextWords("--context", context), ...overrides];
}

function contextWords(flag: string, context: string | undefined): readonly string[] {
  return context === undefined ? [] : [flag, shellWord(context)];
}

/** @param sameFile whose context it is when no file is named. */
function targetFlags(
  place: Place | undefined,
  sameFile: { readonly path?: string } | undefined,
  env: Environment,
): readonly string[] {
  if (place === undefined) return ["--to-kubeconfig", UNKNOWN];
  const overrides = overrideWords(place.overrides, "--to-");
  if ("cluster" in place) return ["--to-cluster", shellWord(place.cluster), ...overrides];
  if (!("context" in place)) return overrides;
  const { path, context } = place;
  const isSame = sameFile !== undefined && sameFile.path === path;
  const file = isSame
    ? []
    : ["--to-kubeconfig", path === undefined ? usualFile(env) : shellWord(path)];
  return [...file, ...contextWords("--to-context", context), ...overrides];
}

/** Where kubectl looks without a flag, as long as that is one file. */
function usualFile({ KUBECONFIG: listed = "" }: Environment): string {
  if (listed === "") return "~/.kube/config";
  return listed.includes(delimiter) ? UNKNOWN : shellWord(listed);
}

/** What stands for the cluster that is not known here. */
function explain({ lost }: NextStep, { runs }: Status, places: Places): readonly string[] {
  const unknown = ROLES.filter((role) => role !== lost && places[role] === undefined);
  return unknown.map((role) => {
    const cluster = runs[0]?.record[role];
    const which = cluster === undefined ? "" : `, ${cluster.context} (${cluster.server})`;
    return `${UNKNOWN}: a kubeconfig of the ${cluster === undefined ? "other cluster" : role}${which}`;
  });
}
