// What every object of one workload cluster needs to know about it, and the small values they share.
import { LABEL } from "../../../src/model/capi.ts";
import type { Json } from "../../../src/model/object.ts";
import type { FleetKind } from "./fleet-kinds.ts";
import { fleetKind } from "./fleet-kinds.ts";
import { type FleetCreation, type Labels, MANAGER } from "./fleet-object.ts";

export const KUBERNETES_VERSION = "v1.35.2";
export const TOPOLOGY_OWNED = "topology.cluster.x-k8s.io/owned";
export const CLONED_FROM_NAME = "cluster.x-k8s.io/cloned-from-name";
export const CLONED_FROM_KIND = "cluster.x-k8s.io/cloned-from-groupkind";
export const CAPI_SECRET_TYPE = "cluster.x-k8s.io/secret";

export interface ClusterScope {
  readonly namespace: string;
  readonly name: string;
  readonly paused: boolean;
  /** Made by the topology controller: server-side applied and labelled. */
  readonly topology: boolean;
}

/** The label of everything that belongs to the cluster. */
export function clusterLabels(scope: ClusterScope): Labels {
  return { [LABEL.clusterName]: scope.name };
}

/** How a user, or the topology controller, creates an object of the cluster. */
export function madeByUser(scope: ClusterScope, labels?: Labels): FleetCreation {
  if (!scope.topology) {
    return { manager: MANAGER.kubectl, ...(labels === undefined ? {} : { labels }) };
  }
  const owned = { ...clusterLabels(scope), [TOPOLOGY_OWNED]: "", ...labels };
  return { manager: MANAGER.topology, apply: true, labels: owned };
}

/** A v1beta2 reference: `{apiGroup, kind, name}`. */
export function groupRef(kind: string, name: string): Json {
  const { group } = fleetKind(kind);
  return { apiGroup: group, kind, name };
}

/** A ClusterClass template reference: `{apiVersion, kind, name}`. */
export function versionRef(kind: string, name: string): Json {
  const { group, version }: FleetKind = fleetKind(kind);
  return { apiVersion: `${group}/${version}`, kind, name };
}

/** Annotations of an object that was made from a template. */
export function clonedFrom(kind: string, name: string): Labels {
  return { [CLONED_FROM_NAME]: name, [CLONED_FROM_KIND]: `${kind}.${fleetKind(kind).group}` };
}

/** Base64 of text. */
export function encoded(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** Five letters that depend on the words only, for names like `md-0-x7k2p-9qvzl`. */
export function suffixOf(...words: readonly (string | number)[]): string {
  const digits = Bun.hash(words.join("/")).toString(36);
  return digits.padStart(5, "0").slice(-5);
}
