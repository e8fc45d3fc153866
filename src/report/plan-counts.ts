// The figures of a plan, counted once for every output.
import { isCluster } from "../model/capi.ts";
import { compareStrings } from "../model/object.ts";
import type { Plan, PlannedObject, VerdictKind } from "../model/plan.ts";
import { pathOf } from "./words.ts";

export interface PlanCounts extends Readonly<Record<VerdictKind, number>> {
  readonly clusters: number;
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
}

/** Objects that a run would write, in create order. */
export function plannedObjects(plan: Plan): readonly PlannedObject[] {
  return plan.groups.flatMap((group) => group.objects);
}

/** Of planned objects, those with one verdict. */
export function withVerdict(
  objects: readonly PlannedObject[],
  verdict: VerdictKind,
): readonly PlannedObject[] {
  return objects.filter((object) => object.verdict.kind === verdict);
}

export function countPlan(plan: Plan): PlanCounts {
  const objects = [...plannedObjects(plan), ...plan.others];
  const severity = (word: string) => plan.findings.filter((one) => one.severity === word).length;
  return {
    move: withVerdict(objects, "move").length,
    copy: withVerdict(objects, "copy").length,
    keep: withVerdict(objects, "keep").length,
    blocked: withVerdict(objects, "blocked").length,
    clusters: clustersOf(plan).length,
    errors: severity("error"),
    warnings: severity("warning"),
    notes: severity("note"),
  };
}

/** `ns/name` of every Cluster that moves, sorted. */
export function clustersOf(plan: Plan): readonly string[] {
  return withVerdict(plannedObjects(plan), "move")
    .filter(({ id }) => isCluster(id))
    .map(({ id }) => pathOf(id))
    .sort(compareStrings);
}

/** Whether something forbids the run. */
export function isPlanBlocked(plan: Plan): boolean {
  return plan.findings.some((finding) => finding.severity === "error");
}
