// Ownership that no ownerReference tells: by name, by spec, by label. A table of rules, each from an upstream fact.
// Upstream: kubernetes-sigs/cluster-api cmd/clusterctl/client/cluster/objectgraph.go (setSoftOwnership).
import {
  CAPI_GROUP,
  CLUSTER_CLASS_KIND,
  CLUSTER_SECRET_SUFFIXES,
  CRS_BINDING_KIND,
  CRS_KIND,
  isCluster,
  LABEL,
} from "../model/capi.ts";
import { visitRecords } from "../model/json.ts";
import {
  fieldAt,
  formatId,
  groupOf,
  idOf,
  type KubeObject,
  kindKey,
  stringAt,
} from "../model/object.ts";

/** An edge from a dependent to an owner that no ownerReference names. */
export interface SoftEdge {
  readonly dependent: string;
  readonly owner: string;
  /** What is below the owner includes the dependent. */
  readonly reachesDown: boolean;
  /** A plan that holds the dependent needs the owner too. */
  readonly joinsUp: boolean;
  /** The owner is created before the dependent and deleted after it. */
  readonly orders: boolean;
  /** Who else needs the owner is not known: it is copied and kept, unless everything of its kind moves. */
  readonly isShared?: true;
}

/** Finds objects by identity: `formatId` -> uid. */
export type Lookup = (id: {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}) => string | undefined;

type Rule = (object: KubeObject, lookup: Lookup) => readonly SoftEdge[];

const RULES: readonly Rule[] = [
  secretByName,
  classOfCluster,
  clusterOfBinding,
  resourcesOfSet,
  templatesOfClass,
  clusterByLabel,
];

/** All soft edges of an inventory, in the order of its objects. */
export function softEdges(objects: Iterable<KubeObject>): readonly SoftEdge[] {
  const all = [...objects];
  const byId = new Map(all.map((object) => [formatId(idOf(object)), object.metadata.uid]));
  const lookup: Lookup = (id) => byId.get(formatId(id));
  return all.flatMap((object) => RULES.flatMap((rule) => rule(object, lookup)));
}

/** A secret without owners called `<cluster>-<purpose>`; the cluster's name may itself contain dashes. */
function secretByName(object: KubeObject, lookup: Lookup): readonly SoftEdge[] {
  if (object.kind !== "Secret" || object.apiVersion !== "v1") return [];
  if ((object.metadata.ownerReferences ?? []).length > 0) return [];
  const { name, namespace = "" } = object.metadata;
  const suffix = CLUSTER_SECRET_SUFFIXES.find((one) => name.endsWith(`-${one}`));
  if (suffix === undefined) return [];
  const owner = lookup(clusterId(namespace, name.slice(0, -suffix.length - 1)));
  // Secrets come before the Cluster: webhooks of the target may look for them when the Cluster is created.
  return edge(object, owner, { reachesDown: true, joinsUp: false, orders: false });
}

function classOfCluster(object: KubeObject, lookup: Lookup): readonly SoftEdge[] {
  if (!isCluster({ group: groupOf(object.apiVersion), kind: object.kind })) return [];
  const topology = fieldAt(object, "spec", "topology");
  const name = stringAt(topology, "classRef", "name") ?? stringAt(topology, "class");
  if (name === undefined) return [];
  const namespace =
    stringAt(topology, "classRef", "namespace") ??
    stringAt(topology, "classNamespace") ??
    object.metadata.namespace ??
    "";
  const owner = lookup({ group: CAPI_GROUP, kind: "ClusterClass", namespace, name });
  return edge(object, owner, { reachesDown: false, joinsUp: true, orders: true });
}

function clusterOfBinding(object: KubeObject, lookup: Lookup): readonly SoftEdge[] {
  if (kindKey(idOf(object)) !== CRS_BINDING_KIND) return [];
  const name = stringAt(object, "spec", "clusterName");
  if (name === undefined) return [];
  const owner = lookup(clusterId(object.metadata.namespace ?? "", name));
  return edge(object, owner, { reachesDown: true, joinsUp: false, orders: true });
}

/** A set owns what it lists once its controller has seen it; before that only the list tells. */
function resourcesOfSet(object: KubeObject, lookup: Lookup): readonly SoftEdge[] {
  if (kindKey(idOf(object)) !== CRS_KIND) return [];
  const resources = fieldAt(object, "spec", "resources");
  return (Array.isArray(resources) ? resources : []).flatMap((resource) =>
    below(object, lookup, "", stringAt(resource, "kind"), stringAt(resource, "name")),
  );
}

/** Any `{apiVersion, kind, name}` in the spec of a class is one of its templates, in the namespace of the class. */
function templatesOfClass(object: KubeObject, lookup: Lookup): readonly SoftEdge[] {
  if (kindKey(idOf(object)) !== CLUSTER_CLASS_KIND) return [];
  const edges: SoftEdge[] = [];
  visitRecords(object["spec"], (record) => {
    const apiVersion = stringAt(record, "apiVersion");
    if (apiVersion === undefined) return;
    const group = groupOf(apiVersion);
    edges.push(...below(object, lookup, group, stringAt(record, "kind"), stringAt(record, "name")));
  });
  return edges;
}

/** IPAM claims find their pause by this label: they must come after the Cluster and go before it. */
function clusterByLabel(object: KubeObject, lookup: Lookup): readonly SoftEdge[] {
  const name = object.metadata.labels?.[LABEL.clusterName];
  if (name === undefined || !groupOf(object.apiVersion).includes(".")) return [];
  const owner = lookup(clusterId(object.metadata.namespace ?? "", name));
  if (owner === object.metadata.uid) return [];
  return edge(object, owner, { reachesDown: false, joinsUp: false, orders: true });
}

function clusterId(namespace: string, name: string) {
  return { group: CAPI_GROUP, kind: "Cluster", namespace, name };
}

function below(
  owner: KubeObject,
  lookup: Lookup,
  group: string,
  kind: string | undefined,
  name: string | undefined,
): readonly SoftEdge[] {
  if (kind === undefined || name === undefined) return [];
  const dependent = lookup({ group, kind, namespace: owner.metadata.namespace ?? "", name });
  if (dependent === undefined) return [];
  return [
    { dependent, owner: owner.metadata.uid, reachesDown: true, joinsUp: false, orders: false },
  ];
}

function edge(
  dependent: KubeObject,
  owner: string | undefined,
  kind: Pick<SoftEdge, "reachesDown" | "joinsUp" | "orders">,
): readonly SoftEdge[] {
  return owner === undefined ? [] : [{ dependent: dependent.metadata.uid, owner, ...kind }];
}
