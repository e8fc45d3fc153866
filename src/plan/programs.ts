// Deployments, StatefulSets and DaemonSets as programs: who they run as, what they are made from, who scales them.
import type { ProviderMaterial } from "../model/inventory.ts";
import { numberOf } from "../model/json.ts";
import {
  asRecord,
  fieldAt,
  idOf,
  type Json,
  type KubeObject,
  listAt,
  stringAt,
} from "../model/object.ts";
import type { Controller } from "../model/provider.ts";
import { featureGatesOf } from "./feature-gates.ts";
import { managersOf } from "./program-managers.ts";

type Labels = Readonly<Record<string, string>>;

/** A workload, with what attribution asks of it. */
export interface Program {
  readonly object: KubeObject;
  readonly uid: string;
  readonly namespace: string;
  /** `ns/name`. */
  readonly path: string;
  /** Its own labels over those of its pods. */
  readonly labels: Labels;
  readonly podLabels: Labels;
  /** `ns/name` of its ServiceAccount. */
  readonly account: string;
  /** Of its manager, see `managerOf`. */
  readonly image: string;
}

/** Every program of a cluster, by `ns/name`; the same for the same objects in any order. */
export function programsOf({ workloads }: ProviderMaterial): readonly Program[] {
  return workloads.map(toProgram).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function toProgram(object: KubeObject): Program {
  const { namespace = "", name, uid, labels = {} } = object.metadata;
  const template = fieldAt(object, "spec", "template");
  const podLabels = (asRecord(fieldAt(template, "metadata", "labels")) ?? {}) as Labels;
  const account = stringAt(template, "spec", "serviceAccountName") ?? "default";
  return {
    object,
    uid,
    namespace,
    path: `${namespace}/${name}`,
    labels: { ...podLabels, ...labels },
    podLabels,
    account: `${namespace}/${account}`,
    image: stringAt(managerOf(containersOf(object)), "image") ?? "",
  };
}

/** What the model calls a controller. */
export function toController(program: Program, { autoscalers }: ProviderMaterial): Controller {
  const { object, uid, image } = program;
  const managedBy = managersOf(object, autoscalers);
  return {
    id: idOf(object),
    uid,
    replicas: replicasOf(object),
    image,
    featureGates: featureGatesOf(containersOf(object)),
    ...(managedBy.length === 0 ? {} : { managedBy }),
  };
}

/** A DaemonSet has no replicas: it wants a pod wherever a node is. */
function replicasOf(object: KubeObject): number {
  if (object.kind === "DaemonSet") return 1;
  return numberOf(fieldAt(object, "spec", "replicas")) ?? 1;
}

function containersOf(object: KubeObject): readonly Json[] {
  return listAt(object, "spec", "template", "spec", "containers");
}

/**
 * clusterctl's contract names the container `manager` (cluster-api docs, developer/providers/contracts/clusterctl.md);
 * beside it may stand proxies. Without one the first container speaks for the program.
 */
function managerOf(containers: readonly Json[]): Json {
  const isManager = (container: Json) =>
    stringAt(container, "name") === "manager" ||
    listAt(container, "command").some((word) => String(word).endsWith("manager"));
  return containers.find(isManager) ?? containers[0];
}
