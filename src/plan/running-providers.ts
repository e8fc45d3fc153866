// By what name a kind's provider is told apart during a run, and which of them have somebody who acts.
import { LABEL } from "../model/capi.ts";
import type { ClusterName } from "../model/error.ts";
import type { ResourceKind } from "../model/kinds.ts";
import type { Plan } from "../model/plan.ts";
import type { Providers } from "../model/provider.ts";
import { isActedOn } from "./acting-controllers.ts";
import { travellers } from "./plan-pivot.ts";

/** Its provider label, else who converts it, else its group: the same for all kinds of one controller, as far as known. */
export function providerOf({ crd, group }: ResourceKind): string {
  return crd?.labels[LABEL.provider] ?? crd?.conversion?.service ?? group;
}

/** Those of which a program of this cluster wants pods. `kinds`: of the source, whose names these are. */
export function runningProviders(
  providers: Providers,
  kinds: readonly ResourceKind[],
): ReadonlySet<string> {
  return new Set(kinds.filter((kind) => isActedOn(kind, [providers]) === true).map(providerOf));
}

/** Providers that have somebody there who acts, as far as the plan saw. */
export function runningIn(cluster: ClusterName, plan: Plan): ReadonlySet<string> {
  const kinds = travellers(plan).map(({ kind }) => kind);
  return runningProviders(plan.providers[cluster], kinds);
}
