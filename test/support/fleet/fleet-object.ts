// One object of a fleet before it exists: who writes what of it, and who owns it. Pure; `apply-fleet.ts` makes it real.
import { formatId, type Json } from "../../../src/model/object.ts";
import { fleetKind } from "./fleet-kinds.ts";

export type Labels = Readonly<Record<string, string>>;
export type Fields = Readonly<Record<string, Json>>;

/** Names of field managers as real installations show them. */
export const MANAGER = {
  /** Every controller writes with the name of its program. */
  controller: "manager",
  kubectl: "kubectl-client-side-apply",
  clusterctl: "clusterctl",
  topology: "capi-topology",
  machineDeployment: "capi-machinedeployment",
  machineSet: "capi-machineset",
  machineSetMetadata: "capi-machineset-metadata",
  controlPlane: "capi-kubeadmcontrolplane",
  controlPlaneMetadata: "capi-kubeadmcontrolplane-metadata",
} as const;

/** An owner by its key, see `keyOf`; the uid is filled in when it exists. */
export interface FleetOwner {
  readonly key: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Fields of metadata that somebody writes. */
export interface FleetMetadata {
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly finalizers?: readonly string[];
}

/** What the first writer sends. */
export interface FleetCreation extends FleetMetadata {
  readonly manager: string;
  /** Server-side apply instead of a POST. */
  readonly apply?: boolean;
}

/** What another writer adds: labels and annotations by server-side apply, as the CAPI controllers do. */
export interface FleetLayer {
  readonly manager: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

/** What the object's own controller adds by merge patch: finalizers above all, and parts of the spec. */
export interface FleetAdoption extends FleetMetadata {
  readonly spec?: Fields;
}

/** Status for an object of this generation. */
export type StatusOf = (generation: number) => Fields;

export interface FleetObject {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly creation: FleetCreation;
  /** Everything beside apiVersion, kind and metadata: `spec`, `data`, `type`. */
  readonly content: Fields;
  readonly owners: readonly FleetOwner[];
  /** Who writes the owner references; default: `creation`. */
  readonly ownersBy?: "creation" | "adoption";
  readonly layer?: FleetLayer;
  readonly adoption?: FleetAdoption;
  readonly status?: StatusOf;
}

/** `Machine.cluster.x-k8s.io ns1/m1`: the same text as `formatId` gives for the object read back. */
export function keyOf(object: Pick<FleetObject, "kind" | "namespace" | "name">): string {
  const { group, kind } = fleetKind(object.kind);
  const id = { group, kind, name: object.name };
  return formatId(object.namespace === undefined ? id : { ...id, namespace: object.namespace });
}

type Named = Pick<FleetObject, "kind" | "namespace" | "name">;

/** The controller owner: `controller` and `blockOwnerDeletion`. */
export function controlledBy(owner: Named): FleetOwner {
  return { key: keyOf(owner), controller: true, blockOwnerDeletion: true };
}

/** A plain owner, neither flag written. */
export function ownedBy(owner: Named): FleetOwner {
  return { key: keyOf(owner) };
}

/** A plain owner with `blockOwnerDeletion`. */
export function blockedBy(owner: Named): FleetOwner {
  return { key: keyOf(owner), blockOwnerDeletion: true };
}

/** Objects in creation order: level n has owners in levels before n only. */
export function ownerLevels(fleet: readonly FleetObject[]): readonly (readonly FleetObject[])[] {
  const byKey = new Map(fleet.map((object) => [keyOf(object), object]));
  if (byKey.size !== fleet.length) throw new Error(`fleet has twice: ${duplicates(fleet)}`);
  const depths = new Map<string, number>();
  const depthOf = (key: string, wantedBy: string): number => {
    const known = depths.get(key);
    if (known !== undefined) return known;
    const object = byKey.get(key);
    if (object === undefined) throw new Error(`${wantedBy} is owned by ${key}, not in the fleet`);
    const depth = Math.max(-1, ...object.owners.map((owner) => depthOf(owner.key, key))) + 1;
    depths.set(key, depth);
    return depth;
  };
  const levels: FleetObject[][] = [];
  for (const [key, object] of byKey) {
    const depth = depthOf(key, key);
    while (levels.length <= depth) levels.push([]);
    levels[depth]?.push(object);
  }
  return levels;
}

function duplicates(fleet: readonly FleetObject[]): string {
  const keys = fleet.map(keyOf);
  return keys.filter((key, index) => keys.indexOf(key) !== index).join(", ");
}
