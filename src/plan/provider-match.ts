// The same provider in another cluster, although somebody else may have installed it there under other labels.
import type {
  BothProviders,
  ComparedProvider,
  Comparison,
  Provider,
  Providers,
} from "../model/provider.ts";
import { compareVersions } from "./provider-version.ts";

/** Every provider of the source beside what it is in the target. */
export function compareProviders({ source, target }: BothProviders): readonly ComparedProvider[] {
  return source.providers.map((provider) => {
    const other = counterpartOf(provider, target);
    return { source: provider, target: other, comparison: comparisonOf(provider, other) };
  });
}

function comparisonOf(provider: Provider, other: Provider | undefined): Comparison {
  if (other === undefined) return "absent";
  return isInstalled(other) ? compareVersions(provider.version, other.version) : "kinds";
}

/** CRDs alone may be what a provider that was removed has left, or what somebody prepared. */
export function isInstalled({ controllers, version }: Provider): boolean {
  return controllers.length > 0 || version !== undefined;
}

/**
 * By manifest label, else by name and type as clusterctl compares them, else by the kinds it defines; the newest where
 * it is installed several times (cmd/clusterctl/client/cluster/mover.go takes the highest version, too).
 */
function counterpartOf(provider: Provider, { providers }: Providers): Provider | undefined {
  const { label, name, type, crds } = provider;
  const ways: readonly ((other: Provider) => boolean)[] = [
    (other) => other.label === label,
    (other) => type !== undefined && other.type === type && other.name === name,
    (other) => other.crds.some((crd) => crds.includes(crd)),
  ];
  for (const isSame of ways) {
    const [first, ...rest] = providers.filter(isSame);
    if (first !== undefined) return rest.reduce(newer, first);
  }
  return undefined;
}

function newer(one: Provider, other: Provider): Provider {
  return compareVersions(one.version, other.version) === "newer" ? other : one;
}
