// A component that the target has already: the same but for what a server fills in, or in the way.
import { LABEL, OURS } from "../model/capi.ts";
import type { ComponentSet, InstallPlan } from "../model/install.ts";
import {
  asRecord,
  fieldAt,
  formatId,
  idOf,
  type Json,
  type KubeObject,
  kindKey,
} from "../model/object.ts";
import type { Difference, Finding } from "../model/plan.ts";
import { compareObjects } from "./compare.ts";
import { type BodyContext, companionsOf, componentBody } from "./component-body.ts";
import { keyOfKind } from "./component-index.ts";
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  CONFIG_MAP,
  CRD,
  NAMESPACE,
  ROLE,
  ROLE_BINDING,
  SECRET,
} from "./component-kinds.ts";
import { compareCrds } from "./crd-compare.ts";

/** Servers default nothing in these: whatever more is there changes what the object means. */
const EXACT: ReadonlySet<string> = new Set([
  SECRET,
  CONFIG_MAP,
  ROLE,
  CLUSTER_ROLE,
  ROLE_BINDING,
  CLUSTER_ROLE_BINDING,
]);

/** All that a server does default in them. */
const EXACT_DEFAULTS = /(^type|\.apiGroup)$/;

/** Lists that a server fills where there were none. */
const DEFAULTED_LISTS = /(^|\.)(policyTypes|ipFamilies|clusterIPs|finalizers|accessModes)$/;

/** Injected, or counted, in the cluster itself. */
const OWN_TO_CLUSTER = /(^|\.)caBundle$/;

/** Decides which pods may start at all (PodSecurity admission). */
const POD_SECURITY = "pod-security.kubernetes.io/enforce";

/**
 * What would differ if the object in the target were used instead of the body; empty when it may be.
 * Paths only: values may be secret.
 * @param source what the body was made from: it says which versions of a CRD are stored.
 */
export function differencesOf(
  body: KubeObject,
  found: KubeObject,
  source: KubeObject = body,
): readonly string[] {
  const kind = keyOfKind(body);
  if (kind === NAMESPACE) return namespaceDifferences(body, found);
  if (kind === CRD) return compareCrds({ ...body, status: source["status"] }, found);
  const differences = compareObjects(plain(body), plain(found));
  return differences.filter((one) => matters(one, kind, found)).map(({ path }) => path);
}

function namespaceDifferences(body: KubeObject, found: KubeObject): readonly string[] {
  const [wanted, has] = [body, found].map(({ metadata }) => metadata.labels?.[POD_SECURITY]);
  return has === undefined || has === wanted ? [] : [`metadata.labels.${POD_SECURITY}`];
}

/** Without what a cluster or a tool writes beside the object's own content. */
function plain(object: KubeObject): Json {
  const { metadata, status: _, stringData, ...rest } = object;
  const labels = Object.entries(metadata.labels ?? {}).filter(
    ([key]) => key !== LABEL.clusterctl && key !== LABEL.provider,
  );
  const data = { ...asRecord(rest["data"]), ...encoded(stringData) };
  return {
    ...rest,
    ...(stringData === undefined ? {} : { data }),
    metadata: { name: metadata.name, labels: Object.fromEntries(labels) },
  };
}

/** What a server makes of `stringData`. */
function encoded(stringData: Json): Readonly<Record<string, string>> {
  const entries = Object.entries(asRecord(stringData) ?? {}).map(([key, value]) => {
    const bytes = new TextEncoder().encode(String(value));
    return [key, btoa(String.fromCharCode(...bytes))] as const;
  });
  return Object.fromEntries(entries);
}

function matters({ path, change }: Difference, kind: string, found: KubeObject): boolean {
  if (OWN_TO_CLUSTER.test(path) || path === "secrets") return false;
  // Filled by the controller manager.
  if (kind === CLUSTER_ROLE && /^rules\b/.test(path) && "aggregationRule" in found) return false;
  if (change !== "added") return true;
  if (path.startsWith("metadata.")) return false;
  if (EXACT.has(kind)) return !EXACT_DEFAULTS.test(path);
  return isMore(path, found);
}

/** An added item of a list, or a list that nobody defaults; single fields are what servers default. */
function isMore(path: string, found: KubeObject): boolean {
  if (path.endsWith("]")) return true;
  const value = valueAt(found, path);
  return Array.isArray(value) && value.length > 0 && !DEFAULTED_LISTS.test(path);
}

function valueAt(object: Json, path: string): Json {
  let current = object;
  for (const step of path.split(/\.(?![^[]*\])|(?=\[\d+\])/)) {
    const index = /^\[(\d+)\]$/.exec(step)?.[1];
    current =
      index === undefined
        ? asRecord(current)?.[step]
        : (current as readonly Json[] | undefined)?.[Number(index)];
  }
  return current;
}

/** Was the object made by this run? Then it is what we would have made. */
export function isOfRun({ metadata }: KubeObject, run: string): boolean {
  return run !== "" && metadata.annotations?.[OURS.run] === run;
}

/** Findings for every component whose name is taken by something else; `found` is the target's, by `formatId`. */
export function componentCollisions(
  plan: InstallPlan,
  found: ReadonlyMap<string, KubeObject>,
): readonly Finding[] {
  const companions = companionsOf(plan.sets);
  return plan.sets.flatMap((set) =>
    set.objects.flatMap((object) => {
      const there = found.get(formatId(idOf(object)));
      if (there === undefined) return [];
      const context: BodyContext = { set, companions, uids: new Map(), run: "" };
      const paths = differencesOf(componentBody(object, context), there, object);
      return paths.length === 0 ? [] : [collision(set, there, paths)];
    }),
  );
}

const PATHS_SHOWN = 5;

function collision(set: ComponentSet, there: KubeObject, paths: readonly string[]): Finding {
  return {
    code: "COMPONENT_DIFFERS",
    severity: "error",
    objects: [idOf(there)],
    why: `${differsText(there, paths)}, which is a component of ${set.owner}`,
    hint: differsHint(there),
  };
}

/** `the target has another Service ns/x: spec.ports[0].port, …`. */
export function differsText(there: KubeObject, paths: readonly string[]): string {
  const shown = paths.slice(0, PATHS_SHOWN).join(", ");
  const more = paths.length > PATHS_SHOWN ? ` and ${paths.length - PATHS_SHOWN} more` : "";
  return `the target has another ${formatId(idOf(there))} (differs in ${shown}${more})`;
}

/** Nothing is ever changed or overwritten: the operator decides which of the two is right. */
export function differsHint(there: KubeObject): string {
  const { name, namespace } = there.metadata;
  const where = namespace === undefined ? "" : `-n ${namespace} `;
  const kind = kindKey(idOf(there)).toLowerCase();
  return `kubectl get ${kind} ${where}${name} -o yaml in both clusters, then make them equal, delete the one of the target, or install the provider there yourself`;
}

/** Does this webhook configuration or CRD wait for a caBundle? */
export function wantsBundle(object: KubeObject): boolean {
  const annotations = asRecord(fieldAt(object, "metadata", "annotations")) ?? {};
  return Object.keys(annotations).some((key) => /^cert-manager\.io\/inject-/.test(key));
}
