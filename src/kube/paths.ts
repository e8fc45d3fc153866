// URL paths of the Kubernetes API, from kind and coordinates. Pure.
import type { ResourceKind } from "../model/kinds.ts";
import { apiVersionOf } from "../model/object.ts";

/** What a path names besides the kind; without a name it is the collection. */
export interface PathParts {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
}

/** `/apis/apps/v1/namespaces/x/deployments/y/scale?dryRun=All`. A namespace is ignored for cluster-scoped kinds. */
export function resourcePath(kind: ResourceKind, parts: PathParts = {}): string {
  const root = kind.group === "" ? "/api" : "/apis";
  const namespace = kind.namespaced ? parts.namespace : undefined;
  const segments = [
    ...apiVersionOf(kind.group, kind.version).split("/"),
    ...(namespace === undefined ? [] : ["namespaces", namespace]),
    kind.plural,
    ...[parts.name, parts.subresource].filter((segment) => segment !== undefined),
  ];
  const path = [root, ...segments.map(encodeURIComponent)].join("/");
  return `${path}${queryString(parts.query ?? {})}`;
}

function queryString(query: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined || value === "" ? [] : [`${key}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
