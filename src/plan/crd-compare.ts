// May a CustomResourceDefinition that the target has stand for the source's? It must take every object that the source
// stores and lose no field of it; what it has more does no harm. CRDs are never changed, hence never downgraded.
import {
  asRecord,
  fieldAt,
  type Json,
  type KubeObject,
  listAt,
  stringAt,
} from "../model/object.ts";

/** Paths of what the target's CRD lacks; empty when it will do. */
export function compareCrds(body: KubeObject, found: KubeObject): readonly string[] {
  const same = ["group", "scope", "names.kind", "names.plural"].filter(
    (path) => textAt(body, path) !== textAt(found, path),
  );
  const missing = storedVersions(body).flatMap((version) => {
    const theirs = servedVersion(found, version);
    if (theirs === undefined) return [`versions[${version}]`];
    return isNewer(found, body) ? [] : lostFields(versionOf(body, version), theirs, version);
  });
  return [...same, ...missing, ...conversionDifferences(body, found)].map((path) => `spec.${path}`);
}

function textAt(crd: KubeObject, path: string): string | undefined {
  return stringAt(crd, "spec", ...path.split("."));
}

/** Of a CRD out of a cluster what it says; of a manifest what will be stored. */
function storedVersions(crd: KubeObject): readonly string[] {
  const stored = listAt(crd, "status", "storedVersions").map(String);
  const storage = listAt(crd, "spec", "versions").find((one) => fieldAt(one, "storage") === true);
  return [...new Set([...stored, stringAt(storage, "name") ?? ""])].filter((one) => one !== "");
}

function versionOf(crd: KubeObject, name: string): Json {
  return listAt(crd, "spec", "versions").find((one) => fieldAt(one, "name") === name);
}

function servedVersion(crd: KubeObject, name: string): Json {
  const version = versionOf(crd, name);
  return fieldAt(version, "served") === true ? version : undefined;
}

/** Serves a version that ranks above all of ours: whoever made it knows ours and converts. */
function isNewer(found: KubeObject, body: KubeObject): boolean {
  const [theirs, ours] = [found, body].map((crd) =>
    listAt(crd, "spec", "versions")
      .map((version) => rankOf(stringAt(version, "name") ?? ""))
      .sort((a, b) => b - a),
  );
  return (theirs?.[0] ?? 0) > (ours?.[0] ?? 0);
}

const STABILITY: Readonly<Record<string, number>> = { alpha: 0, beta: 1 };

/** `v1alpha3` < `v1beta1` < `v1beta2` < `v1` < `v2`: apimachinery pkg/version/helpers.go, as one number. */
function rankOf(version: string): number {
  const [, major, stability = "", minor = "0"] =
    /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  if (major === undefined) return 0;
  return (STABILITY[stability] ?? 2) * 1_000_000 + Number(major) * 1_000 + Number(minor);
}

/** Fields that ours has and theirs would prune. */
function lostFields(ours: Json, theirs: Json, version: string): readonly string[] {
  const into: string[] = [];
  const schema = ["schema", "openAPIV3Schema"];
  compareSchemas(fieldAt(ours, ...schema), fieldAt(theirs, ...schema), "", into);
  return into.map((path) => `versions[${version}].schema${path}`);
}

function compareSchemas(ours: Json, theirs: Json, path: string, into: string[]): void {
  if (fieldAt(theirs, "x-kubernetes-preserve-unknown-fields") === true) return;
  for (const inner of ["items", "additionalProperties"]) {
    const schema = fieldAt(ours, inner);
    if (asRecord(schema) !== undefined) compareSchemas(schema, fieldAt(theirs, inner), path, into);
  }
  const properties = asRecord(fieldAt(ours, "properties"));
  // A free-form map has every field.
  if (properties === undefined || fieldAt(theirs, "additionalProperties") !== undefined) return;
  for (const [name, schema] of Object.entries(properties)) {
    const there = fieldAt(theirs, "properties", name);
    if (there === undefined) into.push(`${path}.${name}`);
    else compareSchemas(schema, there, `${path}.${name}`, into);
  }
}

/** Several versions are converted by the provider or not at all: both sides must agree on who does it. */
function conversionDifferences(body: KubeObject, found: KubeObject): readonly string[] {
  const strategyOf = (crd: KubeObject) => stringAt(crd, "spec", "conversion", "strategy") ?? "None";
  if (strategyOf(body) !== strategyOf(found)) return ["conversion.strategy"];
  const service = ["conversion", "webhook", "clientConfig", "service"];
  return ["name", "namespace", "path"]
    .map((field) => [...service, field])
    .filter((path) => stringAt(body, "spec", ...path) !== stringAt(found, "spec", ...path))
    .map((path) => path.join("."));
}
