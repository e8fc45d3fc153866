// Reads back what a server holds of a fleet, losslessly, for comparing before with after.
import {
  asRecord,
  fieldAt,
  formatId,
  idOf,
  type Json,
  type KubeObject,
} from "../../../src/model/object.ts";
import { ask, type FleetApi } from "./fleet-api.ts";
import { apiVersionOfKind, FLEET_KINDS, type FleetKind, pathOf } from "./fleet-kinds.ts";

/** Which part of a server to read. */
export interface SnapshotScope {
  readonly namespaces: readonly string[];
  /** Names of cluster-scoped objects, of any kind. */
  readonly clusterScoped?: readonly string[];
}

/** Objects by key, `Machine.cluster.x-k8s.io ns1/m1`, sorted. */
export type Snapshot = ReadonlyMap<string, KubeObject>;

/** Not ours and not moved: made by the server's own controllers in every namespace. */
const FURNITURE: ReadonlySet<string> = new Set(["ConfigMap kube-root-ca.crt"]);

/** Every object of the fleet kinds in these namespaces, and the cluster-scoped ones named. */
export async function snapshotFleet(api: FleetApi, scope: SnapshotScope): Promise<Snapshot> {
  const namespaces = new Set(scope.namespaces);
  const names = new Set(scope.clusterScoped ?? []);
  const lists = await Promise.all(FLEET_KINDS.map((kind) => listKind(api, kind)));
  const wanted = lists.flat().filter(({ kind, metadata }) => {
    if (metadata.namespace === undefined) return names.has(metadata.name);
    return namespaces.has(metadata.namespace) && !FURNITURE.has(`${kind} ${metadata.name}`);
  });
  const entries = wanted.map((object) => [formatId(idOf(object)), object] as const);
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A kind that the server does not know has no objects. */
async function listKind(api: FleetApi, kind: FleetKind): Promise<readonly KubeObject[]> {
  const path = pathOf(kind, undefined);
  const { status } = await api.request("GET", `${path}?limit=1`);
  if (status === 404) return [];
  const items = fieldAt(await ask(api, "GET", path), "items");
  if (!Array.isArray(items)) return [];
  // Items of core kinds come without apiVersion and kind.
  return items.map((item: Json) => ({
    ...(asRecord(item) as unknown as KubeObject),
    apiVersion: apiVersionOfKind(kind),
    kind: kind.kind,
  }));
}

/** Uids of a snapshot: the map that `normalForm` wants. */
export function uidsOf(snapshot: Snapshot): ReadonlyMap<string, string> {
  return new Map([...snapshot].map(([key, object]) => [object.metadata.uid, key]));
}
