// What bodies tell beforehand: references that would lead nowhere, Clusters that are not to be moved yet, and who else
// writes. Pure.
import type { Finding, Scope } from "../model/plan.ts";
import { type StateInput, stateFindings } from "./cluster-states.ts";
import { type OwnersInput, otherOwners } from "./gitops.ts";
import { type ReferenceInput, referenceFindings } from "./references.ts";

export type BodiesInput = ReferenceInput &
  OwnersInput &
  Pick<StateInput, "secondsSince"> & { readonly scope: Scope };

export function bodyFindings(input: BodiesInput): readonly Finding[] {
  return [
    ...referenceFindings(input),
    ...stateFindings({ ...input, allow: input.scope.allow ?? [] }),
    ...otherOwners(input),
  ];
}
