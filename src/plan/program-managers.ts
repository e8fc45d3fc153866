// Who else decides how many pods a program has: what would undo a scaling to 0.
import { compareStrings, groupOf, type KubeObject, stringAt } from "../model/object.ts";

/** Labels and annotations of tools that apply an object again and again, with what their value names. */
const GITOPS_MARKS: readonly (readonly [key: string, tool: string])[] = [
  ["kustomize.toolkit.fluxcd.io/name", "Flux Kustomization"],
  ["helm.toolkit.fluxcd.io/name", "Flux HelmRelease"],
  ["argocd.argoproj.io/instance", "Argo CD application"],
  ["argocd.argoproj.io/tracking-id", "Argo CD application"],
];

/** In words, e.g. `Flux Kustomization capi`, `HorizontalPodAutoscaler capi-system/capi`. Helm alone comes back for nothing. */
export function managersOf(
  workload: KubeObject,
  autoscalers: readonly KubeObject[],
): readonly string[] {
  const { labels = {}, annotations = {} } = workload.metadata;
  const marks = GITOPS_MARKS.flatMap(([key, tool]) => {
    const value = labels[key] ?? annotations[key];
    // A tracking id is `application:group/kind:namespace/name`.
    return value === undefined ? [] : [`${tool} ${value.split(":")[0]}`];
  });
  const scalers = autoscalers
    .filter((autoscaler) => scales(autoscaler, workload))
    .map(({ metadata }) => `HorizontalPodAutoscaler ${metadata.namespace}/${metadata.name}`);
  return [...new Set([...marks, ...scalers])].sort(compareStrings);
}

function scales(autoscaler: KubeObject, workload: KubeObject): boolean {
  const target = (field: string) => stringAt(autoscaler, "spec", "scaleTargetRef", field);
  return (
    autoscaler.metadata.namespace === workload.metadata.namespace &&
    target("kind") === workload.kind &&
    target("name") === workload.metadata.name &&
    groupOf(target("apiVersion") ?? "") === groupOf(workload.apiVersion)
  );
}
