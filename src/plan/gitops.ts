// Who else writes what moves: GitOps tools that would bring originals back or unpause them, Helm, and autoscalers. Pure.
import type { Inventory } from "../model/inventory.ts";
import {
  fieldAt,
  formatId,
  idOf,
  type KubeObject,
  type ObjectId,
  stringAt,
} from "../model/object.ts";
import type { Bodies, Finding, Plan } from "../model/plan.ts";
import { movedObjects } from "./plan-pivot.ts";

/** An object of a GitOps tool that applies others. */
interface Applier {
  readonly kind: string;
  readonly group: string;
  /** Undefined: not told, so in any namespace. */
  readonly namespace: string | undefined;
  readonly name: string;
}

const FLUX = { kustomize: "kustomize.toolkit.fluxcd.io", helm: "helm.toolkit.fluxcd.io" };
const ARGO = "argoproj.io";

/** Keys of `Inventory.kinds` of which bodies are read, where something that moves is theirs. */
export const APPLIER_KINDS = [
  `Kustomization.${FLUX.kustomize}`,
  `HelmRelease.${FLUX.helm}`,
  `Application.${ARGO}`,
] as const;

/** Who says of itself that it applies this object, by its labels and annotations. */
function applierOf({
  metadata: { labels = {}, annotations = {} },
}: KubeObject): Applier | undefined {
  for (const [kind, group] of [
    ["Kustomization", FLUX.kustomize],
    ["HelmRelease", FLUX.helm],
  ] as const) {
    const name = labels[`${group}/name`];
    if (name !== undefined) return { kind, group, namespace: labels[`${group}/namespace`], name };
  }
  // `<application>:<group>/<kind>:<namespace>/<name>`, where the application may be `<namespace>_<name>`.
  const tracked = annotations["argocd.argoproj.io/tracking-id"]?.split(":")[0];
  const application = tracked ?? labels["argocd.argoproj.io/instance"];
  if (application === undefined) return undefined;
  const [name = "", namespace] = application.split("_").reverse();
  return { kind: "Application", group: ARGO, namespace, name };
}

/** Does anything that moves say that a GitOps tool applies it? Then its objects are worth reading. */
export function hasAppliers(plan: Plan, bodies: Bodies): boolean {
  return movedObjects(plan).some(({ uid }) => {
    const body = bodies.get(uid);
    return body !== undefined && applierOf(body) !== undefined;
  });
}

export interface OwnersInput {
  readonly plan: Plan;
  readonly bodies: Bodies;
  readonly source: Inventory;
  /** Objects of APPLIER_KINDS in the source. */
  readonly appliers: readonly KubeObject[];
  /** The controllers of the source are stopped while objects move, and do not come back. */
  readonly isStopping: boolean;
}

/** One finding per tool and per sort of autoscaler. */
export function otherOwners(input: OwnersInput): readonly Finding[] {
  const moved = movedObjects(input.plan).flatMap(({ id, uid }) => {
    const body = input.bodies.get(uid);
    return body === undefined ? [] : [{ id, body }];
  });
  return [...gitops(moved, input), ...helm(moved), ...autoscaled(moved, input.source)];
}

interface Moved {
  readonly id: ObjectId;
  readonly body: KubeObject;
}

function gitops(moved: readonly Moved[], input: OwnersInput): readonly Finding[] {
  const groups = Map.groupBy(moved, ({ body }) => JSON.stringify(applierOf(body)));
  return [...groups].flatMap(([key, objects]) => {
    if (key === undefined) return [];
    return gitopsFinding(JSON.parse(key) as Applier, objects, input);
  });
}

function gitopsFinding(
  applier: Applier,
  objects: readonly Moved[],
  { appliers, isStopping }: OwnersInput,
): readonly Finding[] {
  const found = appliers.find((one) => isMeant(one, applier));
  if (found !== undefined && isSuspended(found)) return [];
  const { kind, namespace, name } = applier;
  const what = `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
  const known = found === undefined ? ", which is not in the source: it may run elsewhere" : "";
  return [
    {
      code: "GITOPS_ACTIVE",
      severity: found !== undefined && !isStopping ? "error" : "warning",
      objects: objects.map(({ id }) => id),
      why: `is applied by ${what}${known}: that would undo the pause, or create it anew when it is deleted`,
      hint: suspendHint(applier, found),
    },
  ];
}

function isMeant(one: KubeObject, { kind, group, namespace, name }: Applier): boolean {
  const id = idOf(one);
  const isNamed = id.kind === kind && id.group === group && id.name === name;
  return isNamed && (namespace === undefined || namespace === id.namespace);
}

/** An Application that is not synchronized by itself waits for somebody. */
function isSuspended(applier: KubeObject): boolean {
  if (applier.kind === "Application")
    return fieldAt(applier, "spec", "syncPolicy", "automated") === undefined;
  return fieldAt(applier, "spec", "suspend") === true;
}

function suspendHint({ kind, namespace, name }: Applier, found: KubeObject | undefined): string {
  const place = found?.metadata.namespace ?? namespace;
  const where = place === undefined ? "" : ` -n ${place}`;
  switch (kind) {
    case "Kustomization":
      return `flux suspend kustomization ${name}${where}`;
    case "HelmRelease":
      return `flux suspend helmrelease ${name}${where}`;
    default:
      return `argocd app set ${name} --sync-policy none`;
  }
}

/** Helm itself writes only when somebody calls it. */
function helm(moved: readonly Moved[]): readonly Finding[] {
  const groups = Map.groupBy(
    moved.filter(({ body }) => applierOf(body) === undefined),
    ({ body: { metadata } }) => {
      const name = metadata.annotations?.["meta.helm.sh/release-name"];
      const namespace = metadata.annotations?.["meta.helm.sh/release-namespace"];
      return name === undefined ? "" : `${namespace ?? metadata.namespace}/${name}`;
    },
  );
  return [...groups]
    .filter(([release]) => release !== "")
    .map(([release, objects]) => ({
      code: "HELM_RELEASE",
      severity: "note",
      objects: objects.map(({ id }) => id),
      why: `belongs to the Helm release ${release}, whose record stays in the source: do not upgrade it there any more`,
      hint: "",
    }));
}

const AUTOSCALER = /^cluster\.x-k8s\.io\/cluster-api-autoscaler-node-group-(min|max)-size$/;

/** They write replicas whether or not their Cluster is paused. */
function autoscaled(moved: readonly Moved[], { material }: Inventory): readonly Finding[] {
  const byAnnotation = moved.filter(({ body }) =>
    Object.keys(body.metadata.annotations ?? {}).some((key) => AUTOSCALER.test(key)),
  );
  const scalers = material.autoscalers.flatMap((scaler) =>
    moved
      .filter(({ id }) => isScaled(id, scaler))
      .map(({ id }) => ({ id, scaler: formatId(idOf(scaler)) })),
  );
  return [
    ...(byAnnotation.length === 0
      ? []
      : [
          autoscaling(
            byAnnotation.map(({ id }) => id),
            "the cluster autoscaler (by its annotations)",
          ),
        ]),
    ...scalers.map(({ id, scaler }) => autoscaling([id], scaler)),
  ];
}

function isScaled({ kind, name, namespace }: ObjectId, scaler: KubeObject): boolean {
  const target = fieldAt(scaler, "spec", "scaleTargetRef");
  return (
    stringAt(target, "kind") === kind &&
    stringAt(target, "name") === name &&
    scaler.metadata.namespace === namespace
  );
}

function autoscaling(objects: readonly ObjectId[], who: string): Finding {
  return {
    code: "AUTOSCALED",
    severity: "warning",
    objects,
    why: `its replicas are written by ${who}, paused or not: a change during the pivot undoes the run`,
    hint: "stop that autoscaler during the pivot, then point it at the target",
  };
}
