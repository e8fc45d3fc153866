// Looking: two clusters become inventories and a plan. Reads only; used for the preview, and again when the source
// stands still.
import { readBodies } from "./discover/bodies.ts";
import { discover } from "./discover/discover.ts";
import { identify, requireDifferent } from "./discover/identity.ts";
import type { Clock, ClusterReader } from "./model/client.ts";
import type { Emit } from "./model/event.ts";
import type { ClusterIdentity, Inventory } from "./model/inventory.ts";
import { formatId, idOf, type KubeObject } from "./model/object.ts";
import type { Bodies, Finding, Plan, Scope } from "./model/plan.ts";
import type { Preview } from "./model/preview.ts";
import { collisionFindings, collisionsOf, mayShare } from "./plan/collisions.ts";
import { sortFindings } from "./plan/findings.ts";
import { planPivot, travellers } from "./plan/plan-pivot.ts";
import { requireScope, requireSomethingToMove } from "./plan/scope.ts";
import { step } from "./run/progress.ts";
import { refuseOccupied } from "./run/session.ts";

export interface SurveyDeps {
  readonly source: ClusterReader;
  readonly target: ClusterReader;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly options: { readonly scope: Scope };
}

export interface Survey {
  readonly source: Inventory;
  readonly target: Inventory;
  readonly plan: Plan;
  /** Of everything that travels. */
  readonly bodies: Bodies;
}

type Identities = Readonly<Record<"source" | "target", ClusterIdentity>>;

/**
 * Steps 1 and 2: connects, reads both clusters, plans. Writes nothing.
 * @throws PivotError SAME_CLUSTER, LOCKED, RUN_UNFINISHED, NOT_CLUSTER_API, NOTHING_TO_MOVE, … and what the clients throw.
 */
export async function previewPivot(deps: SurveyDeps): Promise<Preview> {
  const identities = await connect(deps);
  return step(deps.emit, "discover", async () => {
    const seen = await survey(deps, identities);
    requireSomethingToMove(seen.source, seen.plan);
    const findings = sortFindings([...seen.plan.findings, ...(await findCollisions(deps, seen))]);
    const { source, plan } = seen;
    return {
      result: { ...identities, plan: { ...plan, findings } },
      figures: { objects: source.objects.size, kinds: source.kinds.size },
    };
  });
}

function connect({ source, target, clock, emit }: SurveyDeps): Promise<Identities> {
  return step(emit, "connect", async () => {
    const [from, to] = await Promise.all([identify(source), identify(target)]);
    requireDifferent(from, to);
    await refuseOccupied({ source, target, clock });
    const result = { source: from, target: to };
    return { result, figures: { source: from.version, target: to.version } };
  });
}

/** Plans twice: the first plan says of what the bodies are needed that the second one reads. */
export async function survey(deps: SurveyDeps, identities: Identities): Promise<Survey> {
  const { scope } = deps.options;
  const [source, target] = await Promise.all([
    discover(deps.source, identities.source),
    discover(deps.target, identities.target),
  ]);
  requireScope(source, scope);
  const draft = planPivot({ source, target, scope, bodies: new Map() });
  const wanted = travellers(draft).map(({ uid, kind, id }) => ({ uid, kind, ...place(id) }));
  const bodies = await readBodies(deps.source, wanted);
  return { source, target, plan: planPivot({ source, target, scope, bodies }), bodies };
}

function place({ namespace }: { readonly namespace?: string }): { readonly namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

/** What the target has under the same names; bodies are read only where equality would make it harmless. */
async function findCollisions(
  deps: SurveyDeps,
  { plan, target, bodies }: Survey,
): Promise<readonly Finding[]> {
  const collisions = collisionsOf(plan, target);
  const inTarget = new Map<string, KubeObject>();
  for (const object of target.objects.values()) inTarget.set(formatId(idOf(object)), object);
  const wanted = collisions.filter(mayShare).flatMap(({ id, kind }) => {
    const uid = inTarget.get(formatId(id))?.metadata.uid;
    return uid === undefined ? [] : [{ uid, kind, ...place(id) }];
  });
  const found = await readBodies(deps.target, wanted);
  const byName = new Map([...found.values()].map((object) => [formatId(idOf(object)), object]));
  return collisionFindings(collisions, bodies, byName, target);
}
