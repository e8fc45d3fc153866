// Looking, providers' half: what the target lacks and will get, and what keeps it from getting it. Reads only.
import { readComponents, readNamesakes } from "./discover/components.ts";
import type { ClusterReader } from "./model/client.ts";
import type { ComponentSource, InstallPlan } from "./model/install.ts";
import type { Inventory } from "./model/inventory.ts";
import { formatId, idOf } from "./model/object.ts";
import type { Finding, Scope } from "./model/plan.ts";
import type { Components, Providers } from "./model/provider.ts";
import { componentCollisions } from "./plan/component-compare.ts";
import { componentFindings } from "./plan/component-findings.ts";
import { componentIds, isLacking, planInstall } from "./plan/install-plan.ts";
import { findProviders } from "./plan/providers.ts";

export interface InstallSurveyDeps {
  readonly source: ClusterReader;
  readonly target: ClusterReader;
  readonly options: {
    readonly scope: Scope;
    readonly providers: "copy" | "skip";
    readonly manifests: readonly Components[];
  };
}

export interface InstallSurvey {
  readonly plan: InstallPlan;
  readonly findings: readonly Finding[];
}

const NOTHING: InstallSurvey = { plan: { sets: [], unlisted: [] }, findings: [] };
const NO_COMPONENTS: ComponentSource = { objects: [] };

/** What is to be created in the target before anything is paused; nothing with `--providers=skip`. */
export async function surveyInstall(
  deps: InstallSurveyDeps,
  source: Inventory,
  target: Inventory,
): Promise<InstallSurvey> {
  const { scope, providers, manifests } = deps.options;
  if (providers === "skip") return NOTHING;
  const both = {
    source: findProviders(source, scope.controllers),
    target: findProviders(target, scope.controllers),
  };
  const isNeeded = manifests.length > 0 || lacks(both);
  const components = isNeeded
    ? await readComponents(deps.source, source, both.source)
    : NO_COMPONENTS;
  const { plan, findings } = planInstall({ ...both, components, manifests });
  const namesakes = await readNamesakes(deps.target, target, componentIds(plan));
  const names = new Set([...target.objects.values()].map((object) => formatId(idOf(object))));
  const there = {
    has: (id: string) => names.has(id),
    hasCertManager: both.target.certManager !== undefined,
  };
  return {
    plan,
    findings: [
      ...findings,
      ...componentFindings(plan, there),
      ...componentCollisions(plan, namesakes),
    ],
  };
}

function lacks({ source, target }: Readonly<Record<"source" | "target", Providers>>): boolean {
  return source.providers.some((provider) => isLacking(provider, target));
}
