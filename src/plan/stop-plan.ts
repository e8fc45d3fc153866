// Which controllers of the source stop when. Most stop before anything is copied; one whose conversion webhook the run
// itself still needs stops after everything is deleted (design 2: "Webhooks and CRD conversions").
import { formatId } from "../model/object.ts";
import type { Finding, Plan } from "../model/plan.ts";
import type { Controller, Providers, StopPlan } from "../model/provider.ts";
import type { RunRecord } from "../model/run-record.ts";
import { lateProviders } from "./late-providers.ts";
import { travellers } from "./plan-pivot.ts";
import { providerOf } from "./running-providers.ts";

/** Every program of the source that reconciles what moves. cert-manager goes on: it serves others too. */
export function planStop(providers: Providers, plan: Plan): StopPlan {
  const late = lateProviders(providers, travellers(plan));
  const needed = new Set(late.flatMap(({ controllers }) => controllers.map(({ uid }) => uid)));
  const all = distinct([
    ...providers.providers.flatMap(({ controllers }) => controllers),
    ...providers.others,
  ]);
  return {
    parents: distinct(providers.parents),
    controllers: all.filter(({ uid }) => !needed.has(uid)),
    late: all.filter(({ uid }) => needed.has(uid)),
    lateProviders: late.map(({ label }) => label),
  };
}

/**
 * Of a run that is past the point of no return: what it has not stopped yet, now that nothing is needed any more.
 * `record.replicas` names what it has stopped.
 */
export function planLate(
  { whole, stopControllers, replicas }: Pick<RunRecord, "whole" | "stopControllers" | "replicas">,
  plan: Plan,
): readonly Controller[] {
  if (!whole || stopControllers === "never") return [];
  const stopped = new Set(replicas.map(({ uid }) => uid));
  const { parents, controllers, late } = planStop(plan.providers.source, plan);
  return [...parents, ...controllers, ...late].filter(({ uid }) => !stopped.has(uid));
}

/** Two providers may be one program. */
function distinct(controllers: readonly Controller[]): readonly Controller[] {
  return [...new Map(controllers.map((one) => [one.uid, one])).values()];
}

/** What cannot be stopped at all, so that it is known before anything is written. */
export function stopFindings({ parents, controllers, late }: StopPlan): readonly Finding[] {
  return [...parents, ...controllers, ...late]
    .filter(({ id, replicas }) => id.kind === "DaemonSet" && replicas > 0)
    .map(({ id }) => ({
      code: "CONTROLLER_CANNOT_STOP",
      severity: "error",
      objects: [id],
      why: `${formatId(id)} runs on every node and cannot be scaled to 0`,
      hint: "stop it by hand and run again, or leave all controllers running: --stop-controllers=never",
    }));
}

/** The names (`providerOf`) under which kinds of the plan have nobody left who acts once `stop` is done. */
export function stoppedProviders(plan: Plan, stop: StopPlan): ReadonlySet<string> {
  const stopped = new Set([...stop.parents, ...stop.controllers].map(({ uid }) => uid));
  const silent = plan.providers.source.providers.filter(
    ({ controllers }) => controllers.length > 0 && controllers.every(({ uid }) => stopped.has(uid)),
  );
  const crds = new Set(silent.flatMap((provider) => provider.crds));
  return new Set(
    travellers(plan)
      .filter(({ kind }) => crds.has(kind.crd?.name ?? ""))
      .map(({ kind }) => providerOf(kind)),
  );
}

/** Nothing to stop before anything is copied. */
export function isIdle({ parents, controllers }: StopPlan): boolean {
  return parents.length === 0 && controllers.length === 0;
}
