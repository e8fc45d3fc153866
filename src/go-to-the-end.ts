// A run that was interrupted past the point of no return goes to its end: what is left in the source goes, the copies come
// alive, the rest follows.
import { type Halfway, lookAtTarget, lookHalfway } from "./look-again.ts";
import type { Summary } from "./model/event.ts";
import type { RunRecord } from "./model/run-record.ts";
import { contextOf, endOf } from "./pivot.ts";
import { movedObjects } from "./plan/plan-pivot.ts";
import { runningIn } from "./plan/running-providers.ts";
import { planLate } from "./plan/stop-plan.ts";
import type { PivotDeps } from "./prepare.ts";
import type { RunContext } from "./run/context.ts";
import { afterCommit } from "./run/ending.ts";
import { finish } from "./run/finish.ts";
import { monotonicAt } from "./run/moments.ts";
import { step } from "./run/progress.ts";
import type { Session } from "./run/session.ts";
import { requireStopped } from "./run/silence.ts";
import { requireStillPaused } from "./run/still-paused.ts";
import { requireNoneAnew } from "./run/take-up-rules.ts";
import type { Identities } from "./survey.ts";

/**
 * Steps 12 to 15, from wherever they stopped. Without the source the copies come alive all the same.
 * @throws PivotError with exit code 4.
 */
export async function goToTheEnd(
  deps: PivotDeps,
  session: Session,
  identities: Identities,
  isSourceLost: boolean,
): Promise<Summary> {
  const { record } = session;
  const context = contextOf(deps, session);
  context.emit({ type: "point-of-no-return" });
  return afterCommit(context, record, async (lasting) => {
    const halfway = await lookAndRequire(lasting, { deps, session, identities, isSourceLost });
    const { snapshot, copies, source } = halfway;
    const chosen = { namespaces: [], clusters: clustersOf(record), excluded: [] };
    const scope = { ...deps.options.scope, ...chosen };
    return finish(lasting, {
      ...{ ...identities, session, snapshot, copies, isSourceLost },
      alive: runningIn("source", snapshot.plan),
      startedAt: monotonicAt(deps.clock, record.startedAt),
      pausedAt: monotonicAt(deps.clock, record.pausedAt),
      late: planLate(record, snapshot.plan),
      proof: { machines: "record", look: () => lookAtTarget(deps.target, identities, scope) },
      ...endOf(deps, { plan: snapshot.plan, source }),
    });
  });
}

interface Look {
  readonly deps: PivotDeps;
  readonly session: Session;
  readonly identities: Identities;
  readonly isSourceLost: boolean;
}

/** While originals are left nobody may act on them, and nobody may have made them anew. */
function lookAndRequire(
  context: RunContext,
  { deps, session, identities, isSourceLost }: Look,
): Promise<Halfway> {
  return step(context.emit, "discover", async () => {
    const { run, replicas } = session.record;
    const result = await lookHalfway(deps, identities, run, isSourceLost);
    const { snapshot, source } = result;
    requireNoneAnew(snapshot.plan, result.copies, source);
    const isLeft = movedObjects(snapshot.plan).some(({ uid }) => source.objects.has(uid));
    if (isLeft) {
      await requireStopped(context, replicas);
      await requireStillPaused(context, snapshot.plan);
    }
    return { result, figures: { objects: result.copies.size } };
  });
}

function clustersOf({ fleet }: RunRecord): readonly string[] {
  return fleet.map(({ cluster }) => cluster);
}
