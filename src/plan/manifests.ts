// Documents of `--components` become sets of components: whose each object is, and what makes a file useless.
// Pure: cli reads the files, substitutes variables and parses.
import { LABEL } from "../model/capi.ts";
import { type PivotError, usageError } from "../model/error.ts";
import { CERT_MANAGER, CERT_MANAGER_GROUP } from "../model/install.ts";
import {
  asRecord,
  compareStrings,
  formatId,
  idOf,
  type Json,
  type KubeObject,
  listAt,
  stringAt,
} from "../model/object.ts";
import type { Components } from "../model/provider.ts";
import { keyOfKind } from "./component-index.ts";
import { CRD, inCreationOrder, NAMESPACE } from "./component-kinds.ts";

/** One file, parsed: its documents in order. */
export interface ManifestFile {
  /** As the operator named it; `stdin` for `-`. */
  readonly name: string;
  readonly documents: readonly Json[];
}

const NO_UID = { uid: "", resourceVersion: "" };

/**
 * Components by owner. An object without the provider label is its namespace's provider's, or the only one's of its
 * file.
 * @throws PivotError USAGE for what is no object, for objects that nobody owns, and for an object given twice.
 */
export function readManifests(files: readonly ManifestFile[]): readonly Components[] {
  const owned = files.flatMap(ownedObjects);
  requireOnce(owned.map(({ object }) => object));
  const byOwner = Map.groupBy(owned, ({ owner }) => owner);
  return [...byOwner].map(([owner, entries]) => ({
    owner,
    objects: inCreationOrder(entries.map(({ object }) => object)),
  }));
}

interface Owned {
  readonly owner: string;
  readonly object: KubeObject;
}

function ownedObjects(file: ManifestFile): readonly Owned[] {
  const objects = file.documents.flatMap((document) => objectsOf(document, file));
  if (objects.length === 0) throw usageError(`${file.name} holds no objects`);
  const owners = new Set(objects.flatMap((object) => ownerOf(object) ?? []));
  if (owners.size === 0) throw nobodysFile(file);
  return objects.map((object) => {
    const owner = ownerOf(object) ?? ownerByNamespace(object, objects) ?? onlyOne(owners);
    if (owner === undefined) throw nobodysObject(file, object, owners);
    return { owner, object };
  });
}

/** A `List` is its items. Empty documents, as between two `---`, are nothing. */
function objectsOf(document: Json, file: ManifestFile): readonly KubeObject[] {
  if (document === undefined || document === null) return [];
  const record = asRecord(document);
  if (record === undefined) throw usageError(`${file.name} holds a document that is no object`);
  if (stringAt(record, "kind")?.endsWith("List") === true && Array.isArray(record["items"]))
    return listAt(record, "items").flatMap((item) => objectsOf(item, file));
  const missing = [["apiVersion"], ["kind"], ["metadata", "name"]].find(
    (path) => stringAt(record, ...path) === undefined,
  );
  if (missing !== undefined) throw incomplete(file, record, missing.join("."));
  const metadata = { ...NO_UID, ...asRecord(record["metadata"]) };
  return [{ ...record, metadata } as unknown as KubeObject];
}

function incomplete(file: ManifestFile, record: Json, field: string): PivotError {
  const kind = stringAt(record, "kind");
  const name = stringAt(record, "metadata", "name");
  const which = [kind, name].filter((part) => part !== undefined).join(" ");
  return usageError(
    `${file.name} holds an object without ${field}${which === "" ? "" : ` (${which})`}`,
    "--components takes the manifests that a provider is released with, usually called …-components.yaml",
  );
}

/** By its own label; cert-manager's manifest has none of Cluster API's. */
function ownerOf(object: KubeObject): string | undefined {
  const labels = object.metadata.labels ?? {};
  if (labels[LABEL.clusterctlCore] === CERT_MANAGER) return CERT_MANAGER;
  const isCertManagers =
    keyOfKind(object) === CRD && stringAt(object, "spec", "group") === CERT_MANAGER_GROUP;
  return isCertManagers ? CERT_MANAGER : labels[LABEL.provider];
}

function namespaceOf(object: KubeObject): string | undefined {
  return keyOfKind(object) === NAMESPACE ? object.metadata.name : object.metadata.namespace;
}

function ownerByNamespace(object: KubeObject, objects: readonly KubeObject[]): string | undefined {
  const namespace = namespaceOf(object);
  if (namespace === undefined) return undefined;
  const neighbours = objects.filter((one) => namespaceOf(one) === namespace);
  return onlyOne(new Set(neighbours.flatMap((one) => ownerOf(one) ?? [])));
}

function onlyOne(owners: ReadonlySet<string>): string | undefined {
  return owners.size === 1 ? [...owners][0] : undefined;
}

function nobodysFile({ name }: ManifestFile): PivotError {
  return usageError(
    `${name} says nowhere whose components it holds: no object has the label ${LABEL.provider}`,
    `--components takes the manifests of Cluster API providers and of cert-manager`,
  );
}

function nobodysObject(
  file: ManifestFile,
  object: KubeObject,
  owners: ReadonlySet<string>,
): PivotError {
  return usageError(
    `${file.name} holds components of ${[...owners].sort(compareStrings).join(", ")}; nothing tells whose ${formatId(idOf(object))} is`,
    `give one provider per file, or label the object with ${LABEL.provider}`,
  );
}

function requireOnce(objects: readonly KubeObject[]): void {
  const seen = new Set<string>();
  for (const object of objects) {
    const id = formatId(idOf(object));
    if (seen.has(id)) throw usageError(`--components gives ${id} twice`);
    seen.add(id);
  }
}
