// Programs of the source while they are stopped and started: the Deployment or StatefulSet behind a controller, its pods.
import type { ClusterReader } from "../model/client.ts";
import { KubeApiError } from "../model/error.ts";
import { numberOf } from "../model/json.ts";
import type { ResourceKind } from "../model/kinds.ts";
import {
  asRecord,
  fieldAt,
  type Json,
  type KubeObject,
  type ObjectId,
  stringAt,
} from "../model/object.ts";
import { addressOf } from "./context.ts";
import { DEPLOYMENT_KIND, POD_KIND, STATEFUL_SET_KIND } from "./our-kinds.ts";

/** A program by its id and uid; `Controller` and `StoppedController` both are. */
export interface ProgramRef {
  readonly id: ObjectId;
  readonly uid: string;
}

/** The kind to scale it by; undefined for a DaemonSet and whatever else has no `scale` subresource. */
export function scalableKind({ kind }: ObjectId): ResourceKind | undefined {
  return [DEPLOYMENT_KIND, STATEFUL_SET_KIND].find((one) => one.kind === kind);
}

/** Whatever has the name by now; undefined when nothing has. */
export async function readByName(
  reader: ClusterReader,
  id: ObjectId,
): Promise<KubeObject | undefined> {
  const kind = scalableKind(id);
  if (kind === undefined) return undefined;
  try {
    return await reader.get(kind, addressOf({ id }));
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** The workload as it is now; undefined when it is gone or another object has its name. */
export async function readProgram(
  reader: ClusterReader,
  { id, uid }: ProgramRef,
): Promise<KubeObject | undefined> {
  const found = await readByName(reader, id);
  return found?.metadata.uid === uid ? found : undefined;
}

/** Wanted replicas; the server writes its default of 1 out. */
export function replicasOf(workload: KubeObject): number {
  return numberOf(fieldAt(workload, "spec", "replicas")) ?? 1;
}

/** Pods of a workload, those that have ended too: evicted ones stay for long. */
export function podsOf(
  reader: ClusterReader,
  workload: KubeObject,
): Promise<readonly KubeObject[]> {
  const { namespace = "" } = workload.metadata;
  const labelSelector = selectorText(fieldAt(workload, "spec", "selector"));
  return reader.list(POD_KIND, { namespace, labelSelector });
}

/** May a pod still run something, by its phase? */
export function isLive(pod: KubeObject): boolean {
  return !ENDED.has(stringAt(pod, "status", "phase") ?? "");
}

const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed"]);

/** A LabelSelector as a query says it (apimachinery pkg/apis/meta/v1/helpers.go, FormatLabelSelector). */
export function selectorText(selector: Json): string {
  const labels = Object.entries(asRecord(fieldAt(selector, "matchLabels")) ?? {});
  const expressions = fieldAt(selector, "matchExpressions");
  return [
    ...labels.map(([key, value]) => `${key}=${value}`),
    ...(Array.isArray(expressions) ? expressions.map(expressionText) : []),
  ].join(",");
}

function expressionText(expression: Json): string {
  const key = stringAt(expression, "key") ?? "";
  const values = fieldAt(expression, "values");
  const list = `(${Array.isArray(values) ? values.join(",") : ""})`;
  switch (fieldAt(expression, "operator")) {
    case "In":
      return `${key} in ${list}`;
    case "NotIn":
      return `${key} notin ${list}`;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return key;
  }
}
