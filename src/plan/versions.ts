// The one API version per kind that both clusters speak.
import type { ResourceKind } from "../model/kinds.ts";

/**
 * The source's storage version when the target serves it, else the newest version that both serve.
 * @returns the kind at that version, or undefined when they share none (or the target lacks the kind, or scopes it
 * differently).
 */
export function commonKind(
  source: ResourceKind,
  target: ResourceKind | undefined,
): ResourceKind | undefined {
  if (target === undefined || !target.verbs.includes("create")) return undefined;
  if (target.namespaced !== source.namespaced) return undefined;
  const version = target.versions.includes(source.version)
    ? source.version
    : source.versions.find((one) => target.versions.includes(one));
  if (version === undefined) return undefined;
  // The target's: it decides whether a status comes with the object or in a request of its own.
  const hasStatus =
    target.crd === undefined ? target.hasStatus : target.crd.statusVersions.includes(version);
  return { ...source, version, hasStatus };
}
