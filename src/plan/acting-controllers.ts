// Which controllers act on a kind, as far as the providers of some clusters tell.
import type { ResourceKind } from "../model/kinds.ts";
import type { Controller, Providers } from "../model/provider.ts";

/**
 * The controllers of the provider that defines the kind, stopped ones too. Where no provider claims it, those that the
 * operator named with `--controller` and that may write its group, as far as their roles tell.
 * @returns undefined when nobody claims the kind: then nobody can tell.
 */
export function actingControllers(
  kind: ResourceKind,
  clusters: readonly Providers[],
): readonly Controller[] | undefined {
  const name = kind.crd?.name;
  if (name === undefined) return undefined;
  const owners = clusters.flatMap(({ providers }) =>
    providers.filter(({ crds }) => crds.includes(name)).map(({ label }) => label),
  );
  if (owners.length > 0) {
    // By label, for a provider that is installed twice shows the CRDs once.
    return clusters
      .flatMap(({ providers }) => providers.filter(({ label }) => owners.includes(label)))
      .flatMap(({ controllers }) => controllers);
  }
  const named = clusters
    .flatMap(({ others }) => others)
    .filter(({ groups }) => groups === undefined || groups.includes(kind.group));
  return named.length === 0 ? undefined : named;
}

/** Does one of them want pods? Undefined when nobody claims the kind. */
export function isActedOn(kind: ResourceKind, clusters: readonly Providers[]): boolean | undefined {
  return actingControllers(kind, clusters)?.some(({ replicas }) => replicas > 0);
}
