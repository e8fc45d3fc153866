// Kubernetes objects as they travel: raw JSON, never a typed model, so that nothing a server said is lost.

/** A JSON number that JavaScript cannot hold exactly travels as a frozen `JSON.rawJSON` value. */
export type Json = unknown;

/** `metadata.ownerReferences[]`, with fields we do not know kept by the index signature. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
  readonly [field: string]: Json;
}

/** `metadata.managedFields[]`. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly subresource?: string;
  readonly [field: string]: Json;
}

/** `metadata` of an object that came from a server, hence always with a uid and a resourceVersion. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
  readonly [field: string]: Json;
}

/** One object as a server returned it; `apiVersion` and `kind` are always present (lists get them stamped). */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: Json;
}

/** Names an object whatever the API version it is read at. Cluster-scoped objects have no namespace. */
export interface ObjectId {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** `apps/v1` -> `apps`; `v1` -> `""`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** The inverse of splitting an apiVersion: (`apps`, `v1`) -> `apps/v1`. */
export function apiVersionOf(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

/** The identity of an object. */
export function idOf(object: Pick<KubeObject, "apiVersion" | "kind" | "metadata">): ObjectId {
  const { name, namespace } = object.metadata;
  const id = { group: groupOf(object.apiVersion), kind: object.kind, name };
  return namespace === undefined ? id : { ...id, namespace };
}

/** `Machine.cluster.x-k8s.io ns1/m1`: how an object is printed everywhere, and its key in maps. */
export function formatId(id: ObjectId): string {
  const name = id.namespace === undefined ? id.name : `${id.namespace}/${id.name}`;
  return `${kindKey(id)} ${name}`;
}

/** `Machine.cluster.x-k8s.io`, or `Secret` for the core group: the key of a kind, and its name in flags. */
export function kindKey(kind: { readonly group: string; readonly kind: string }): string {
  return kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
}

/** Plain string order, the same on every machine (no locale). */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A JSON object, for reading fields of unknown shape; anything else (arrays too) becomes undefined. */
export function asRecord(value: Json): Readonly<Record<string, Json>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, Json>)
    : undefined;
}

/** Reads a nested field, `undefined` where the path breaks off. */
export function fieldAt(value: Json, ...path: readonly string[]): Json {
  let current = value;
  for (const step of path) current = asRecord(current)?.[step];
  return current;
}

/** Reads a nested string field, `undefined` when absent, empty or of another type. */
export function stringAt(value: Json, ...path: readonly string[]): string | undefined {
  const found = fieldAt(value, ...path);
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** Reads a nested list, empty when it is absent or of another type. */
export function listAt(value: Json, ...path: readonly string[]): readonly Json[] {
  const found = fieldAt(value, ...path);
  return Array.isArray(found) ? found : [];
}
