// What an object names without owning it: fields that hold a reference by the conventions of Kubernetes and of Cluster
// API's providers. Pure; knows no kind by name.
import {
  asRecord,
  fieldAt,
  groupOf,
  type Json,
  type KubeObject,
  stringAt,
} from "../model/object.ts";

/** A reference as it is written. */
export interface FieldReference {
  readonly kind: string;
  /** Undefined: nothing tells. */
  readonly group: string | undefined;
  /** Undefined: that of the object. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Everything that the spec of an object refers to, each once. */
export function referencesIn(object: KubeObject): readonly FieldReference[] {
  const found = new Map<string, FieldReference>();
  collect(object["spec"], "", found);
  return [...found.values()];
}

function collect(value: Json, field: string, into: Map<string, FieldReference>): void {
  if (Array.isArray(value)) {
    // Of `secretRefs`, each is a `secretRef`.
    for (const item of value) collect(item, field.replace(/s$/, ""), into);
    return;
  }
  const reference = referenceOf(field, value);
  if (reference !== undefined) into.set(JSON.stringify(reference), reference);
  for (const [key, member] of Object.entries(asRecord(value) ?? {})) collect(member, key, into);
}

function referenceOf(field: string, value: Json): FieldReference | undefined {
  if (typeof value === "string") return byName(field, value);
  const name = stringAt(value, "name");
  if (name === undefined) return undefined;
  const [kind, group] = kindOf(field, value);
  if (kind === undefined) return undefined;
  return { kind, group, namespace: stringAt(value, "namespace"), name };
}

/** `kind` with `apiVersion`, `apiGroup` or nothing beside it; else what the field's own name says. */
function kindOf(field: string, value: Json): readonly [kind: string | undefined, group?: string] {
  const kind = stringAt(value, "kind");
  if (kind === undefined) return impliedKind(field);
  const apiVersion = stringAt(value, "apiVersion");
  const apiGroup = fieldAt(value, "apiGroup");
  if (apiVersion !== undefined) return [kind, groupOf(apiVersion)];
  if (typeof apiGroup === "string") return [kind, apiGroup];
  return /(Ref|Reference)$/.test(field) ? [kind] : [undefined];
}

/** `secretRef`, `contentFrom.secret`, `secretKeyRef`, `configMapRef`; Metal3's `userData` and the like are Secrets too. */
function impliedKind(field: string): readonly [kind: string | undefined, group?: string] {
  if (/^(secret|.*[sS]ecret(Key)?(Ref|Reference))$/.test(field)) return ["Secret", ""];
  if (/^(configMap|.*[cC]onfigMap(Key)?(Ref|Reference))$/.test(field)) return ["ConfigMap", ""];
  if (/^(userData|metaData|networkData|credentialsRef)$/.test(field)) return ["Secret", ""];
  return [undefined];
}

/** `dataSecretName`, `secretRef: name`, Metal3's `credentialsName`. */
function byName(field: string, name: string): FieldReference | undefined {
  const reference = { group: "", namespace: undefined, name };
  if (name === "") return undefined;
  if (/[sS]ecret(Name|Ref)$|^credentialsName$/.test(field)) return { ...reference, kind: "Secret" };
  return /[cC]onfigMap(Name|Ref)$/.test(field) ? { ...reference, kind: "ConfigMap" } : undefined;
}
