// Does what the operator named exist, and which Clusters are chosen by it? Asked of the source's inventory before
// anything else is planned.
import { CLUSTER_KIND } from "../model/capi.ts";
import { EXIT, PivotError } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import { nearestWord } from "../model/nearest-word.ts";
import { compareStrings, idOf, type KubeObject, kindKey, type ObjectId } from "../model/object.ts";
import type { ObjectRef, Plan, Scope } from "../model/plan.ts";
import { matchesSelector, parseSelector } from "../model/selector.ts";
import { travellers } from "./plan-pivot.ts";
import { choosesClusters } from "./roots.ts";

/**
 * The scope with the Clusters that `--selector` and `--exclude-cluster` choose: from now on they are named, so that one
 * that comes later is not taken along unseen.
 * @throws PivotError NOTHING_SELECTED and what `requireScope` throws.
 */
export function chooseScope(source: Inventory, scope: Scope): Scope {
  requireScope(source, scope);
  if (!choosesClusters(scope)) return scope;
  const { selector, namespaces, excluded } = scope;
  const wanted = selector === undefined ? {} : parseSelector(selector);
  const isMeant = ({ metadata: { namespace = "", labels = {} } }: KubeObject) =>
    (namespaces.length === 0 || namespaces.includes(namespace)) && matchesSelector(wanted, labels);
  const clusters = clustersIn(source).filter(isMeant).map(nameOf);
  const chosen = clusters.filter((name) => !excluded.includes(name)).sort(compareStrings);
  if (chosen.length === 0) throw nothingSelected(source, scope, clusters.length);
  return { ...scope, clusters: chosen };
}

function nothingSelected(source: Inventory, scope: Scope, found: number): PivotError {
  const { context } = source.identity;
  const { selector, namespaces } = scope;
  const where = namespaces.length === 0 ? "" : ` in ${namespaces.join(", ")}`;
  const what = selector === undefined ? "Cluster" : `Cluster with the labels ${selector}`;
  return new PivotError({
    code: "NOTHING_SELECTED",
    cluster: "source",
    exitCode: EXIT.usage,
    message:
      found === 0
        ? `the source (context ${context}) has no ${what}${where}; nothing was changed`
        : `every ${what}${where} is excluded, so there is nothing to move; nothing was changed`,
    hint: `kubectl --context ${context} get clusters.cluster.x-k8s.io -A --show-labels`,
  });
}

function clustersIn({ objects }: Inventory): readonly KubeObject[] {
  return [...objects.values()].filter((object) => kindKey(idOf(object)) === CLUSTER_KIND);
}

function nameOf({ metadata: { namespace, name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

/** @throws PivotError NOT_CLUSTER_API, NAMESPACE_NOT_FOUND, CLUSTER_NOT_FOUND or OBJECT_NOT_FOUND. */
export function requireScope(source: Inventory, scope: Scope): void {
  const { context, server } = source.identity;
  if (!source.kinds.has(CLUSTER_KIND)) {
    throw new PivotError({
      code: "NOT_CLUSTER_API",
      cluster: "source",
      message: `the source (context ${context}, ${server}) is no management cluster: it has no kind ${CLUSTER_KIND}; nothing was changed`,
      hint: "kubectl config get-contexts   # then --context NAME for the cluster to move from",
    });
  }
  const ids = [...source.objects.values()].map(idOf);
  for (const name of scope.namespaces) requireNamespace(ids, name, context);
  const clusters = clustersIn(source).map(nameOf);
  for (const name of scope.clusters) requireCluster(clusters, name, { context, flag: "--cluster" });
  for (const name of scope.excluded)
    requireCluster(clusters, name, { context, flag: "--exclude-cluster" });
  for (const { cluster } of scope.allow ?? [])
    requireCluster(clusters, cluster, { context, flag: "--allow" });
  for (const ref of scope.include) requireObject(source, ids, ref, "--include");
  for (const ref of scope.leave) requireObject(source, ids, ref, "--leave");
}

function requireNamespace(ids: readonly ObjectId[], name: string, context: string): void {
  const names = ids.filter((id) => kindKey(id) === "Namespace").map((id) => id.name);
  if (names.includes(name)) return;
  throw notFound(
    "NAMESPACE_NOT_FOUND",
    `the source (context ${context}) has no namespace ${name}; nothing was changed`,
    `${didYouMean("--namespace", nearestWord(name, names))}kubectl --context ${context} get namespaces`,
  );
}

function requireCluster(
  clusters: readonly string[],
  name: string,
  { context, flag }: { readonly context: string; readonly flag: string },
): void {
  if (clusters.includes(name)) return;
  const [, own = ""] = name.split("/");
  // Right but for the namespace is more likely than any other slip.
  const near = clusters.find((one) => one.endsWith(`/${own}`)) ?? nearestWord(name, clusters);
  throw notFound(
    "CLUSTER_NOT_FOUND",
    `the source (context ${context}) has no Cluster ${name}; nothing was changed`,
    `${didYouMean(flag, near)}kubectl --context ${context} get clusters.cluster.x-k8s.io -A`,
  );
}

function didYouMean(flag: string, near: string | undefined): string {
  return near === undefined ? "" : `did you mean ${flag} ${near}?\n`;
}

function requireObject(
  source: Inventory,
  ids: readonly ObjectId[],
  ref: ObjectRef,
  flag: string,
): void {
  const { context } = source.identity;
  const isMeant = (id: ObjectId) =>
    (ref.kind === id.kind || ref.kind === kindKey(id)) &&
    ref.name === id.name &&
    ref.namespace === id.namespace;
  if (ids.some(isMeant)) return;
  const path = ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`;
  throw notFound(
    "OBJECT_NOT_FOUND",
    `the source (context ${context}) has no ${ref.kind} ${path}, which ${flag} names; nothing was changed`,
    `kubectl --context ${context} ${listingOf(source, ref)}`,
  );
}

/** What shows the names to choose from; of a kind that nobody serves, the kinds. */
function listingOf({ kinds }: Inventory, ref: ObjectRef): string {
  const kind = [...kinds.values()].find(
    (one) => ref.kind === one.kind || ref.kind === kindKey(one),
  );
  if (kind === undefined) return "api-resources   # the column KIND";
  const { group, plural, namespaced } = kind;
  return `get ${plural}${group === "" ? "" : `.${group}`}${namespaced ? " -A" : ""}`;
}

function notFound(
  code: "NAMESPACE_NOT_FOUND" | "CLUSTER_NOT_FOUND" | "OBJECT_NOT_FOUND",
  message: string,
  hint: string,
): PivotError {
  return new PivotError({ code, cluster: "source", exitCode: EXIT.usage, message, hint });
}

/** @throws PivotError NOTHING_TO_MOVE when the plan would move nothing, and nothing stands in the way either. */
export function requireSomethingToMove(source: Inventory, plan: Plan): void {
  const moves = travellers(plan).some(({ verdict }) => verdict.kind === "move");
  if (moves || plan.findings.some(({ severity }) => severity === "error")) return;
  const { context, server } = source.identity;
  throw new PivotError({
    code: "NOTHING_TO_MOVE",
    cluster: "source",
    message: `the source (context ${context}, ${server}) has no Cluster API objects ${plan.whole ? "" : "in the chosen part "}to move; nothing was changed`,
    hint: `kubectl --context ${context} get clusters.cluster.x-k8s.io -A   # is this the right cluster and namespace?`,
  });
}
