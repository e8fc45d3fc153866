// What can be known without trying anything: from the bodies of what moves, from the GitOps tools that apply them, and
// from the quotas of where they go. Reads only.
import { readKinds } from "./discover/listing.ts";
import type { Clock, ClusterReader } from "./model/client.ts";
import type { Finding, Scope } from "./model/plan.ts";
import { collisionsOf } from "./plan/collisions.ts";
import { APPLIER_KINDS, hasAppliers } from "./plan/gitops.ts";
import { travellers } from "./plan/plan-pivot.ts";
import { bodyFindings } from "./plan/preflight-findings.ts";
import { QUOTA_KIND, quotaFindings } from "./plan/quotas.ts";
import type { Planned } from "./preflight.ts";

export interface ForeknownDeps {
  readonly source: ClusterReader;
  readonly target: ClusterReader;
  readonly clock: Pick<Clock, "now">;
  readonly options: { readonly scope: Scope };
}

export async function foreknown(
  deps: ForeknownDeps,
  planned: Planned,
): Promise<readonly Finding[]> {
  const { plan, bodies, source, stop } = planned;
  const now = deps.clock.now();
  const appliers = hasAppliers(plan, bodies)
    ? await readKinds(deps.source, source.kinds, APPLIER_KINDS)
    : [];
  return [
    ...bodyFindings({
      ...planned,
      ...{ scope: deps.options.scope, appliers, isStopping: stop !== undefined },
      secondsSince: (moment) => (now - Date.parse(moment)) / 1000,
    }),
    ...(await quotasOf(deps, planned)),
  ];
}

/** Asked for only where the target has one. */
async function quotasOf(
  { target: reader }: ForeknownDeps,
  { plan, target }: Planned,
): Promise<readonly Finding[]> {
  const namespaces = new Set(travellers(plan).map(({ id }) => id.namespace));
  const hasSome = [...target.objects.values()].some(
    ({ kind, metadata }) => kind === QUOTA_KIND && namespaces.has(metadata.namespace),
  );
  if (!hasSome) return [];
  const quotas = await readKinds(reader, target.kinds, [QUOTA_KIND]);
  const taken = new Set(collisionsOf(plan, target).map(({ uid }) => uid));
  return quotaFindings(plan, quotas, taken);
}
