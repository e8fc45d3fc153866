// What keeps a namespace or a CRD of ours from being deleted: an object that neither this run made nor the cluster or a
// component of this run makes by itself.
import { OURS } from "../model/capi.ts";
import { CERT_ANNOTATION } from "../model/install.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { formatId, idOf, type KubeObject } from "../model/object.ts";
import { keyOfKind } from "./component-index.ts";
import { CRD, NAMESPACE, SECRET } from "./component-kinds.ts";

/** Every cluster, or the programs that ran there, fill a namespace with these. */
const FURNITURE: ReadonlySet<string> = new Set([
  "ConfigMap kube-root-ca.crt",
  "ConfigMap openshift-service-ca.crt",
  "ServiceAccount default",
]);

const FURNITURE_KINDS: ReadonlySet<string> = new Set([
  // Leaders of programs that are gone.
  "Lease.coordination.k8s.io",
  "Endpoints",
  "EndpointSlice.discovery.k8s.io",
  "PodMetrics.metrics.k8s.io",
]);

/** What keeps a holder, in words. */
export interface Foreign {
  readonly what: string;
  /** On its way out: in deletion already, or its owner is gone. */
  readonly isGoing: boolean;
}

/** One foreign object for every holder (a Namespace or a CRD, by uid) that has any; one that stays, if there is one. */
export function foreignObjects(
  target: Inventory,
  holders: readonly KubeObject[],
  run: string,
): ReadonlyMap<string, Foreign> {
  const holderOf = new Map(holders.map((holder) => [keyOfHolder(holder), holder.metadata.uid]));
  const foreign = new Map<string, Foreign>();
  const add = (holder: string, found: Foreign): void => {
    if (foreign.get(holder)?.isGoing !== false) foreign.set(holder, found);
  };
  for (const object of target.objects.values()) {
    const keys = isOurs(object, target.objects, run) ? [] : holdersOf(object, target);
    for (const holder of keys.flatMap((key) => holderOf.get(key) ?? []))
      add(holder, foreignOf(object));
  }
  for (const holder of holders) {
    const unseen = target.unlisted.filter(({ kind }) => mayHold(holder, kind));
    for (const { kind } of unseen)
      add(holder.metadata.uid, { what: `perhaps ${kind.plural}`, isGoing: true });
  }
  return foreign;
}

function foreignOf(object: KubeObject): Foreign {
  const { deletionTimestamp, ownerReferences = [] } = object.metadata;
  const isGoing = deletionTimestamp !== undefined || ownerReferences.length > 0;
  return { what: formatId(idOf(object)), isGoing };
}

/** Keys of the namespace that an object is in, and of the CRD that defines its kind. */
function holdersOf(object: KubeObject, { kinds }: Inventory): readonly string[] {
  const { namespace } = object.metadata;
  const crd = kinds.get(keyOfKind(object))?.crd?.name;
  return [
    ...(namespace === undefined || isFurniture(object) ? [] : [`${NAMESPACE} ${namespace}`]),
    ...(crd === undefined ? [] : [`${CRD} ${crd}`]),
  ];
}

/** Where a kind may not be listed, emptiness cannot be known; or it is about to go itself, with its CRD. */
function mayHold(holder: KubeObject, kind: ResourceKind): boolean {
  return keyOfKind(holder) === NAMESPACE
    ? kind.namespaced
    : kind.crd?.name === holder.metadata.name;
}

function keyOfHolder(holder: KubeObject): string {
  return `${keyOfKind(holder)} ${holder.metadata.name}`;
}

function isFurniture(object: KubeObject): boolean {
  const kind = keyOfKind(object);
  return (
    FURNITURE_KINDS.has(kind) ||
    FURNITURE.has(`${kind} ${object.metadata.name}`) ||
    (kind === SECRET && CERT_ANNOTATION.certificateName in (object.metadata.annotations ?? {}))
  );
}

/** Made by this run, or owned by what is: the garbage collector is about to take it. A holder is in no other one. */
function isOurs(
  object: KubeObject,
  objects: ReadonlyMap<string, KubeObject>,
  run: string,
  depth = 0,
): boolean {
  if (object.metadata.annotations?.[OURS.run] === run) return true;
  if (depth > MAX_DEPTH) return false;
  return (object.metadata.ownerReferences ?? []).some((owner) => {
    const found = objects.get(owner.uid);
    return found !== undefined && isOurs(found, objects, run, depth + 1);
  });
}

/** Pod, ReplicaSet, Deployment; owners may form a circle. */
const MAX_DEPTH = 5;
