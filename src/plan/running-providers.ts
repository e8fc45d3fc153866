// By what name a kind's provider is told apart during a run, and which of them have somebody who acts.
import { LABEL } from "../model/capi.ts";
import type { ResourceKind } from "../model/kinds.ts";
import type { Providers } from "../model/provider.ts";
import { isActedOn } from "./acting-controllers.ts";

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
