// The normal form of docs/safety.md, "As it was": a cluster without what any write changes and what its own controllers
// write anew, so that equality is the promise: an undone run has changed nothing, a resumed one has done no less and no
// more than one that was never disturbed. Pure.
import { OUR_NAMESPACE } from "../../../src/model/capi.ts";
import {
  asRecord,
  compareStrings,
  fieldAt,
  formatId,
  idOf,
  type Json,
  type KubeObject,
  kindKey,
  type ManagedFieldsEntry,
  stringAt,
} from "../../../src/model/object.ts";

/** One cluster's objects in normal form, by key: `Machine.cluster.x-k8s.io ns1/m1`. */
export type ClusterForm = Readonly<Record<string, Json>>;

export interface FormContext {
  /** What to write for a uid: it names an object of either cluster. */
  readonly names: ReadonlyMap<string, string>;
  /** The uid that an object had at the start, by its key. */
  readonly uidsAtStart: ReadonlyMap<string, string>;
  /** RFC 3339; what is later was written during the run. */
  readonly startedAt: string;
}

/** Of any objects of one cluster. */
export function clusterForm(objects: Iterable<KubeObject>, context: FormContext): ClusterForm {
  const all = [...objects];
  const leaving = new Set(all.filter(isLeavingNamespace).map(({ metadata }) => metadata.name));
  const isLeaving = ({ kind, metadata: { namespace, name } }: KubeObject): boolean =>
    leaving.has(namespace ?? (kind === "Namespace" ? name : ""));
  const kept = all.filter((object) => !isLeaving(object) && !isLeftOut(object));
  const counted = Map.groupBy(kept.filter(isCounted), keyOf);
  return {
    ...Object.fromEntries([...counted].map(([key, alike]) => [key, alike.length])),
    ...Object.fromEntries(
      kept
        .filter((object) => !isCounted(object))
        .map((object) => [keyOf(object), objectForm(object, context)]),
    ),
  };
}

/** It and what is in it is as good as gone: its controller takes its time. */
function isLeavingNamespace({ apiVersion, kind, metadata }: KubeObject): boolean {
  return apiVersion === "v1" && kind === "Namespace" && metadata.deletionTimestamp !== undefined;
}

/** Written by the servers for themselves. A lock of ours is another matter: none may be left. */
function isLeftOut(object: KubeObject): boolean {
  const { labels = {}, namespace } = object.metadata;
  const kind = kindKey(idOf(object));
  if (kind === "Lease.coordination.k8s.io") return namespace !== OUR_NAMESPACE;
  return (
    kind === "Event" ||
    kind === "Event.events.k8s.io" ||
    (kind === "APIService.apiregistration.k8s.io" && LABEL_AUTO in labels)
  );
}

const LABEL_AUTO = "kube-aggregator.kubernetes.io/automanaged";

/** Of Pods the number counts: each has a new name whenever it is made. */
function isCounted({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === "v1" && kind === "Pod";
}

/** The key of an object in a form; those with names that are drawn by lot share one. */
export function keyOf(object: KubeObject): string {
  const key = formatId(idOf(object));
  if (isCounted(object)) return `Pods of ${object.metadata.ownerReferences?.[0]?.name ?? key}`;
  return isRecord(object) ? key.replace(RUN_ID, "-RUN") : key;
}

const RUN_ID = /-[0-9a-f]{8}$/;

function isRecord({ apiVersion, kind, metadata }: KubeObject): boolean {
  return apiVersion === "v1" && kind === "ConfigMap" && metadata.namespace === OUR_NAMESPACE;
}

/** Its status, and who wrote that when, is its controller's, which writes it anew when pods come and go. */
const RESTARTED: ReadonlySet<string> = new Set([
  "Deployment.apps",
  "ReplicaSet.apps",
  "StatefulSet.apps",
]);

function objectForm(object: KubeObject, context: FormContext): Json {
  const { metadata, status, ...rest } = object;
  const { resourceVersion: _, generation: __, uid, managedFields = [], ...kept } = metadata;
  const isOld = uid === context.uidsAtStart.get(keyOf(object));
  const restarts = RESTARTED.has(kindKey(idOf(object)));
  const form = {
    ...rest,
    metadata: {
      ...kept,
      uid: isOld ? "as at the start" : "of a new object",
      ...(managedFields.length === 0 ? {} : { managedFields: ownersOf(object) }),
    },
    ...(status === undefined || restarts
      ? {}
      : { status: isOld ? status : withoutGenerations(status, metadata) }),
  };
  return isRecord(object) ? recordForm(form) : named(form, context);
}

/** Field owners in an order that does not depend on when they wrote. */
function ownersOf(object: KubeObject): readonly Json[] {
  const { managedFields = [] } = object.metadata;
  const key = kindKey(idOf(object));
  const owners = RESTARTED.has(key)
    ? managedFields.filter(({ subresource }) => subresource !== "status")
    : managedFields;
  // Nobody but its own controller writes to a ReplicaSet, whenever that scales it.
  const counted = key === "ReplicaSet.apps" ? owners.map(({ time: _, ...one }) => one) : owners;
  const textOf = ({ manager, operation, subresource = "" }: ManagedFieldsEntry): string =>
    `${manager} ${operation} ${subresource}`;
  return counted.toSorted((a, b) => compareStrings(textOf(a), textOf(b)));
}

/** Of a run's record, what does not depend on when and by whom it was made. */
function recordForm(form: Readonly<Record<string, Json>>): Json {
  const text = stringAt(form, "data", "record");
  if (text === undefined) return form;
  const { phase, source, target, objects } = JSON.parse(text) as Record<string, Json>;
  return {
    kind: form["kind"],
    phase,
    source: fieldAt(source, "uid"),
    target: fieldAt(target, "uid"),
    objects,
  };
}

/** A new object counts its generations anew: of one that was observed counts only whether it is the last one. */
function withoutGenerations(status: Json, { generation = 0 }: KubeObject["metadata"]): Json {
  return mapJson(status, (value, name) => {
    if (name !== "observedGeneration" || typeof value !== "number") return value;
    return value === generation ? "current" : "stale";
  });
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Uids by the names of their objects, in names of fields too, and every time since the start as one. */
function named(form: Json, { names, startedAt }: FormContext): Json {
  const nameOf = (uid: string): string => names.get(uid) ?? uid;
  return mapJson(
    form,
    (value) => {
      if (typeof value !== "string") return value;
      if (TIME.test(value)) return value >= startedAt ? "since the start" : value;
      return value.replaceAll(UID, nameOf);
    },
    (name) => name.replaceAll(UID, nameOf),
  );
}

function mapJson(
  value: Json,
  leaf: (value: Json, name: string) => Json,
  field: (name: string) => string = (name) => name,
  name = "",
): Json {
  if (Array.isArray(value)) return value.map((item: Json) => mapJson(item, leaf, field, name));
  const record = asRecord(value);
  // A raw number is an object to JavaScript, and a leaf to JSON.
  if (record === undefined || "rawJSON" in record) return leaf(value, name);
  return Object.fromEntries(
    Object.entries(record).map(([key, item]) => [field(key), mapJson(item, leaf, field, key)]),
  );
}
