// What the operator of the clusters must know of the CAPI operator: it is not copied, and it would undo a removal.
import type { InstallPlan } from "../model/install.ts";
import { compareStrings } from "../model/object.ts";
import type { Finding } from "../model/plan.ts";
import type { BothProviders, StopPlan } from "../model/provider.ts";
import type { SourceProviders } from "../model/run-record.ts";

export interface OperatorFindingInput {
  readonly providers: BothProviders;
  readonly install: InstallPlan;
  /** Undefined: nobody is stopped. */
  readonly stop: StopPlan | undefined;
  readonly whole: boolean;
  readonly sourceProviders: SourceProviders;
}

export function operatorFindings(input: OperatorFindingInput): readonly Finding[] {
  return [...leftBehind(input), ...bringingBack(input)];
}

/** The components that it has made arrive as they are; what it was asked for, and it itself, does not. */
function leftBehind({ providers, install }: OperatorFindingInput): readonly Finding[] {
  const copied = install.sets.filter(({ from }) => from === "source").map(({ owner }) => owner);
  const names = providers.source.providers
    .filter(({ label, origin }) => origin === "operator" && copied.includes(label))
    .map(({ label }) => label)
    .sort(compareStrings);
  if (names.length === 0) return [];
  const there =
    providers.target.parents.length > 0 ? "; the operator of the target does not know them" : "";
  return [
    {
      code: "OPERATOR_STAYS_BEHIND",
      severity: "note",
      objects: [],
      why: `${names.join(", ")} came by the CAPI operator: the components are copied to the target, the operator and its requests are not, and clusterctl's inventory lists them there${there}`,
      hint: "",
    },
  ];
}

function bringingBack(input: OperatorFindingInput): readonly Finding[] {
  const { providers, stop, whole, sourceProviders } = input;
  if (!whole || stop !== undefined || sourceProviders !== "remove") return [];
  return providers.source.parents
    .filter(({ replicas }) => replicas > 0)
    .map(({ id }) => ({
      code: "OPERATOR_BRINGS_BACK",
      severity: "error",
      objects: [id],
      why: "goes on running and would bring the providers back that are removed from the source",
      hint: "--source-providers=keep, or leave --stop-controllers=never out",
    }));
}
