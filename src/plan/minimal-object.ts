// The smallest object that a CRD's schema lets pass: a webhook that validates is asked only about what the schema takes.
import {
  asRecord,
  fieldAt,
  type Json,
  type KubeObject,
  listAt,
  stringAt,
} from "../model/object.ts";

/** Required fields of the spec, with the least value each; what a pattern wants cannot be guessed. */
export function minimalObject(
  crd: KubeObject,
  version: string,
  metadata: { readonly name: string; readonly namespace?: string },
): object {
  const found = listAt(crd, "spec", "versions").find((one) => fieldAt(one, "name") === version);
  const schema = fieldAt(found, "schema", "openAPIV3Schema");
  const spec = fieldAt(schema, "properties", "spec");
  return {
    apiVersion: `${stringAt(crd, "spec", "group")}/${version}`,
    kind: stringAt(crd, "spec", "names", "kind"),
    metadata,
    ...(spec === undefined ? {} : { spec: minimalValue(spec) }),
  };
}

function minimalValue(schema: Json): Json {
  if (fieldAt(schema, "default") !== undefined) return fieldAt(schema, "default");
  const [choice] = listAt(schema, "enum");
  if (choice !== undefined) return choice;
  switch (fieldAt(schema, "type")) {
    case "object":
      return minimalRecord(schema);
    case "array":
      return Array.from({ length: numberAt(schema, "minItems") }, () =>
        minimalValue(fieldAt(schema, "items")),
      );
    case "integer":
    case "number":
      return numberAt(schema, "minimum");
    case "boolean":
      return false;
    default:
      return "x".repeat(Math.max(1, numberAt(schema, "minLength")));
  }
}

function numberAt(schema: Json, field: string): number {
  return Number(fieldAt(schema, field) ?? 0);
}

/** A record that must not be empty gets its first field. */
function minimalRecord(schema: Json): Json {
  const properties = asRecord(fieldAt(schema, "properties")) ?? {};
  const required = listAt(schema, "required").map(String);
  const [first] = Object.keys(properties);
  const isEmpty = required.length === 0 && numberAt(schema, "minProperties") > 0;
  const names = isEmpty && first !== undefined ? [first] : required;
  return Object.fromEntries(names.map((name) => [name, minimalValue(properties[name])]));
}
