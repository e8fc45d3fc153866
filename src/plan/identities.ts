// Which credentials an object is reconciled with: providers name an identity in `identityRef`, and nobody owns it.
// Upstream: AWSCluster, VSphereCluster, AzureCluster, IBMVPCCluster … and their templates keep it at one of two places.
import {
  fieldAt,
  formatId,
  groupOf,
  idOf,
  type Json,
  type KubeObject,
  stringAt,
} from "../model/object.ts";
import type { Bodies } from "../model/plan.ts";
import type { SoftEdge } from "./soft-owners.ts";

/** From every body that names an identity to that identity, if there is one of that name. */
export function identityEdges(objects: readonly KubeObject[], bodies: Bodies): readonly SoftEdge[] {
  const named = [...bodies.values()].flatMap((body) => {
    const spec = body["spec"];
    const refs = [fieldAt(spec, "identityRef"), fieldAt(spec, "template", "spec", "identityRef")];
    const names = refs.flatMap((ref) => namesOf(ref, body));
    return names.length === 0 ? [] : [{ dependent: body.metadata.uid, names }];
  });
  if (named.length === 0) return [];
  const byId = new Map(objects.map((object) => [formatId(idOf(object)), object.metadata.uid]));
  return named.flatMap(({ dependent, names }) => {
    const owner = names.flatMap((name) => byId.get(name) ?? [])[0];
    return owner === undefined ? [] : [edgeOf(dependent, owner)];
  });
}

/** In the order of likelihood: of its own group, in a namespace or in none; a kind without a group is a Secret's. */
function namesOf(ref: Json, body: KubeObject): readonly string[] {
  const [kind, name] = [stringAt(ref, "kind"), stringAt(ref, "name")];
  if (kind === undefined || name === undefined) return [];
  const apiVersion = stringAt(ref, "apiVersion");
  const group =
    stringAt(ref, "apiGroup") ??
    groupOf(apiVersion ?? (kind === "Secret" ? "v1" : body.apiVersion));
  const namespace = stringAt(ref, "namespace") ?? body.metadata.namespace;
  const inNamespace = namespace === undefined ? [] : [formatId({ group, kind, namespace, name })];
  return [...inNamespace, formatId({ group, kind, name })];
}

function edgeOf(dependent: string, owner: string): SoftEdge {
  return { dependent, owner, reachesDown: false, joinsUp: true, orders: true, isShared: true };
}
