// What a pod template refers to by name: the same for planning, which follows it, and for reading, which reads no more.
import { asRecord, fieldAt, type Json, type KubeObject, listAt, stringAt } from "./object.ts";

/** A Secret or ConfigMap by name; an optional one may be missing. */
export interface NamedReference {
  readonly name: string;
  readonly optional: boolean;
}

export interface PodReferences {
  readonly serviceAccount: string;
  readonly secrets: readonly NamedReference[];
  readonly configMaps: readonly NamedReference[];
  /** imagePullSecrets: a missing one does not keep a pod from starting. */
  readonly pullSecrets: readonly string[];
  /** PersistentVolumeClaims, those of a StatefulSet's claim templates too. */
  readonly claims: readonly string[];
  readonly priorityClass: string | undefined;
}

/** The references of a Deployment, StatefulSet or DaemonSet. */
export function podReferences(workload: KubeObject): PodReferences {
  const spec = fieldAt(workload, "spec", "template", "spec");
  const volumes = volumeSources(spec);
  const containers = ["containers", "initContainers"].flatMap((field) => listAt(spec, field));
  const env = containers.flatMap((container) => listAt(container, "env"));
  const envFrom = containers.flatMap((container) => listAt(container, "envFrom"));
  const valueFrom = env.map((one) => fieldAt(one, "valueFrom"));
  const templates = listAt(workload, "spec", "volumeClaimTemplates");
  return {
    serviceAccount: stringAt(spec, "serviceAccountName") ?? "default",
    secrets: named([
      ...volumes.map((one) => rename(fieldAt(one, "secret"), "secretName")),
      ...valueFrom.map((one) => fieldAt(one, "secretKeyRef")),
      ...envFrom.map((one) => fieldAt(one, "secretRef")),
    ]),
    configMaps: named([
      ...volumes.map((one) => fieldAt(one, "configMap")),
      ...valueFrom.map((one) => fieldAt(one, "configMapKeyRef")),
      ...envFrom.map((one) => fieldAt(one, "configMapRef")),
    ]),
    pullSecrets: pullSecretsOf(spec),
    claims: [
      ...volumes.flatMap((one) => stringAt(one, "persistentVolumeClaim", "claimName") ?? []),
      ...templates.flatMap((one) => stringAt(one, "metadata", "name") ?? []),
    ],
    priorityClass: stringAt(spec, "priorityClassName"),
  };
}

/** `imagePullSecrets` of a pod spec, or of a ServiceAccount. */
export function pullSecretsOf(holder: Json): readonly string[] {
  return listAt(holder, "imagePullSecrets").flatMap((one) => stringAt(one, "name") ?? []);
}

/** Volumes, with the sources of projected ones taken apart. In those a Secret is named by `name`. */
function volumeSources(spec: Json): readonly Json[] {
  return listAt(spec, "volumes").flatMap((volume) => [
    volume,
    ...listAt(volume, "projected", "sources"),
  ]);
}

function rename(reference: Json, field: string): Json {
  const record = asRecord(reference);
  return record === undefined ? undefined : { name: record[field], ...record };
}

/** One per name; optional only when it is so everywhere. */
function named(references: readonly Json[]): readonly NamedReference[] {
  const found = new Map<string, NamedReference>();
  for (const reference of references) {
    const name = stringAt(reference, "name");
    if (name === undefined) continue;
    const optional = fieldAt(reference, "optional") === true;
    found.set(name, { name, optional: optional && (found.get(name)?.optional ?? true) });
  }
  return [...found.values()];
}
