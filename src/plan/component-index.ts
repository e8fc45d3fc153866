// The objects that may be components, by kind and by name. Pure.
import type { ComponentSource } from "../model/install.ts";
import { formatId, idOf, type KubeObject, kindKey } from "../model/object.ts";

export interface ComponentIndex {
  /** All of one kind, by `kindKey`. */
  ofKind(kind: string): readonly KubeObject[];
  /** All of one kind in one namespace. */
  inNamespace(kind: string, namespace: string | undefined): readonly KubeObject[];
  find(kind: string, namespace: string | undefined, name: string): KubeObject | undefined;
  readonly all: readonly KubeObject[];
  readonly certManagerNamespace: string | undefined;
}

export function indexComponents(source: ComponentSource): ComponentIndex {
  const byKind = Map.groupBy(source.objects, keyOfKind);
  const byId = new Map(source.objects.map((object) => [formatId(idOf(object)), object]));
  const ofKind = (kind: string) => byKind.get(kind) ?? [];
  return {
    ofKind,
    inNamespace: (kind, namespace) =>
      ofKind(kind).filter(({ metadata }) => metadata.namespace === namespace),
    find: (kind, namespace, name) => byId.get(`${kind} ${pathOf(namespace, name)}`),
    all: source.objects,
    certManagerNamespace: source.certManagerNamespace,
  };
}

function pathOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** `Deployment.apps`. */
export function keyOfKind(object: Pick<KubeObject, "apiVersion" | "kind" | "metadata">): string {
  return kindKey(idOf(object));
}
